// Secrets of the node:crypto provider: bytes on the JavaScript heap, counted, so that a test sees every one that is left.

import { TlsError } from '../../../src/base/errors.ts';
import type { Secret } from '../../../src/crypto/secret.ts';

/** Counts the secrets and record protections that are alive. */
export class Ledger {
  readonly alive = new Set<object>();
  /** Where each one was made, for the message of a test that finds some left. */
  readonly origins = new WeakMap<object, string>();
  trace = false;

  add(item: object): void {
    this.alive.add(item);
    if (this.trace) this.origins.set(item, new Error('made here').stack ?? '');
  }
}

export class NodeSecret implements Secret {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #ledger: Ledger;
  #disposed = false;

  /** Copies `bytes`. */
  constructor(ledger: Ledger, bytes: Uint8Array) {
    this.#ledger = ledger;
    this.#bytes = Uint8Array.from(bytes);
    this.length = bytes.length;
    ledger.add(this);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** The bytes themselves, for this provider only. */
  static bytesOf(secret: Secret, ledger: Ledger): Uint8Array {
    if (!(secret instanceof NodeSecret) || secret.#ledger !== ledger) {
      throw new TlsError('ERR_FOREIGN_HANDLE', 'a secret of another provider');
    }
    if (secret.#disposed) throw new TlsError('ERR_STALE_HANDLE', 'the secret was disposed of');
    return secret.#bytes;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#bytes.fill(0);
    this.#ledger.alive.delete(this);
  }
}
