// Application traffic secrets of TLS 1.3 and their updates (RFC 9846 §4.6.3, §7.2), and the exporter.

import type { CipherSuite13 } from '../../crypto/record_protection.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { Carrier, Direction } from '../flow/carrier.ts';
import type { Exporter } from '../flow/exporter.ts';
import type { Disposable } from '../flow/owned.ts';
import { checkVerifyData, export13, nextTrafficSecret, verifyData } from '../key_schedule/key_schedule13.ts';

/** Owns the two application traffic secrets of a connection. */
export class ApplicationKeys13 implements Disposable {
  readonly suite: CipherSuite13;
  readonly #secrets: Record<Direction, Secret>;

  /** Takes both secrets over. */
  constructor(suite: CipherSuite13, read: Secret, write: Secret) {
    this.suite = suite;
    this.#secrets = { read, write };
  }

  /** Puts the present secret of a direction to use. */
  install(carrier: Carrier, direction: Direction): void {
    carrier.changeKeys(direction, 'application', this.suite, this.#secrets[direction]);
  }

  /** Goes on to the next generation of a direction. @returns the new secret, which stays here, for the key log */
  update(carrier: Carrier, direction: Direction): Secret {
    const next = nextTrafficSecret(this.suite.keyDerivation, this.#secrets[direction]);
    this.#secrets[direction].dispose();
    this.#secrets[direction] = next;
    this.install(carrier, direction);
    return next;
  }

  /** verify_data of a Finished after the handshake, whose key comes from the present secret (RFC 9846 §4.4). */
  verifyData(direction: Direction, transcript: Uint8Array): Uint8Array {
    return verifyData(this.suite.keyDerivation, this.#secrets[direction], transcript);
  }

  /** True if `received` is the verify_data of a Finished after the handshake; compares in constant time. */
  checkVerifyData(direction: Direction, transcript: Uint8Array, received: Uint8Array): boolean {
    return checkVerifyData(this.suite.keyDerivation, this.#secrets[direction], transcript, received);
  }

  dispose(): void {
    this.#secrets.read.dispose();
    this.#secrets.write.dispose();
  }
}

/** The exporter of TLS 1.3, which makes no difference between no context and an empty one. */
export class Exporter13 implements Exporter {
  readonly #suite: CipherSuite13;
  readonly #secret: Secret;

  /** Takes exporter_secret over. */
  constructor(suite: CipherSuite13, secret: Secret) {
    this.#suite = suite;
    this.#secret = secret;
  }

  export(label: string, context: Uint8Array | null, length: number): Secret {
    return export13(this.#suite.keyDerivation, this.#secret, label, context ?? new Uint8Array(0), length);
  }

  dispose(): void {
    this.#secret.dispose();
  }
}
