// Key agreement by node:crypto: X25519, X448, the NIST curves, and ML-KEM where this Node has it (24.7 and later). Key pairs
// are of OpenSSL's random generator: the source that is given is not asked.

import * as crypto from 'node:crypto';
import { unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyExchange, KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Secret } from '../crypto/secret.ts';
import { NamedGroup } from '../registry/named_groups.ts';

type Base = Pick<CryptoProvider, 'importSecret'>;

/** A key pair of node's, as bytes outside. */
interface Pair {
  readonly share: Uint8Array;
  /** The shared secret, which the caller wipes. @throws whatever node throws for a share that is none */
  agree(peerShare: Uint8Array): Uint8Array;
}

/** One kind of key agreement. */
export interface Agreement {
  /** For people. */
  readonly name: string;
  /** Lengths in bytes of the first share, and of the answer to it. */
  readonly shareLength: number;
  readonly answerLength: number;
  generate(): Pair;
  /** @throws whatever node throws for a share that is none */
  respond(peerShare: Uint8Array): { readonly share: Uint8Array; readonly secret: Uint8Array };
}

/** SPKI of RFC 8410 keys: what stands before the bytes of the key. */
const montgomery = {
  x25519: { length: 32, spki: Buffer.from('302a300506032b656e032100', 'hex') },
  x448: { length: 56, spki: Buffer.from('3042300506032b656f033900', 'hex') },
} as const;

function montgomeryAgreement(name: 'x25519' | 'x448'): Agreement {
  const { length, spki } = montgomery[name];
  const generate = (): Pair => {
    const { publicKey, privateKey } = crypto.generateKeyPairSync(name as 'x25519');
    const der = publicKey.export({ format: 'der', type: 'spki' });
    return {
      share: new Uint8Array(der.subarray(der.length - length)),
      agree(peerShare) {
        const peer = crypto.createPublicKey({ key: Buffer.concat([spki, peerShare]), format: 'der', type: 'spki' });
        return bytesOf(crypto.diffieHellman({ privateKey, publicKey: peer }));
      },
    };
  };
  return agreement(name, length, generate);
}

function curveAgreement(name: string, curve: string, length: number): Agreement {
  const generate = (): Pair => {
    const ecdh = crypto.createECDH(curve);
    const share = bytesOf(ecdh.generateKeys());
    return {
      share,
      agree(peerShare) {
        // Compressed points are no TLS shares (RFC 8422 §5.1.2).
        if (peerShare[0] !== 4) throw new Error('no uncompressed point');
        return bytesOf(ecdh.computeSecret(peerShare));
      },
    };
  };
  return agreement(name, 2 * length + 1, generate);
}

function agreement(name: string, length: number, generate: () => Pair): Agreement {
  return {
    name,
    shareLength: length,
    answerLength: length,
    generate,
    respond(peerShare) {
      const own = generate();
      return { share: own.share, secret: own.agree(peerShare) };
    },
  };
}

export const x25519: Agreement = /* @__PURE__ */ montgomeryAgreement('x25519');
export const x448: Agreement = /* @__PURE__ */ montgomeryAgreement('x448');
export const secp256r1: Agreement = /* @__PURE__ */ curveAgreement('secp256r1', 'prime256v1', 32);
export const secp384r1: Agreement = /* @__PURE__ */ curveAgreement('secp384r1', 'secp384r1', 48);
export const secp521r1: Agreement = /* @__PURE__ */ curveAgreement('secp521r1', 'secp521r1', 66);

/** Of node since 24.7; its types are older. */
interface Kem {
  encapsulate?(key: crypto.KeyObject): { readonly sharedKey: Buffer; readonly ciphertext: Buffer };
  decapsulate?(key: crypto.KeyObject, ciphertext: Uint8Array): Buffer;
}

/** SPKI of RFC 9935 keys: what stands before the encapsulation key. */
const kems = {
  768: { key: 1184, ciphertext: 1088, spki: Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex') },
  1024: { key: 1568, ciphertext: 1568, spki: Buffer.from('30820632300b06096086480165030404030382062100', 'hex') },
} as const;

/** ML-KEM (FIPS 203); null where this Node has none. */
export function mlKem(bits: 768 | 1024): Agreement | null {
  const { encapsulate, decapsulate } = crypto as Kem;
  if (encapsulate === undefined || decapsulate === undefined) return null;
  const { key: keyLength, ciphertext: ciphertextLength, spki } = kems[bits];
  const type = `ml-kem-${bits}`;
  // Built over an OpenSSL before 3.5 it has the functions and not the algorithm.
  if (!hasKeyType(type)) return null;
  return {
    name: `MLKEM${bits}`,
    shareLength: keyLength,
    answerLength: ciphertextLength,
    generate() {
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type as 'x25519');
      const der = publicKey.export({ format: 'der', type: 'spki' });
      return {
        share: new Uint8Array(der.subarray(der.length - keyLength)),
        agree: ciphertext => bytesOf(decapsulate(privateKey, ciphertext)),
      };
    },
    respond(peerShare) {
      const peer = crypto.createPublicKey({ key: Buffer.concat([spki, peerShare]), format: 'der', type: 'spki' });
      const { sharedKey, ciphertext } = encapsulate(peer);
      return { share: bytesOf(ciphertext), secret: bytesOf(sharedKey) };
    },
  };
}

function hasKeyType(type: string): boolean {
  try {
    crypto.generateKeyPairSync(type as 'x25519');
    return true;
  } catch {
    return false;
  }
}

/** Two agreements, one behind the other in shares and secrets (RFC 10024). */
export function hybrid(name: string, first: Agreement, second: Agreement): Agreement {
  return {
    name,
    shareLength: first.shareLength + second.shareLength,
    answerLength: first.answerLength + second.answerLength,
    generate() {
      const pairs = [first.generate(), second.generate()] as const;
      return {
        share: concat(pairs[0].share, pairs[1].share),
        agree: answer =>
          joinSecrets(pairs[0].agree(answer.subarray(0, first.answerLength)), () =>
            pairs[1].agree(answer.subarray(first.answerLength)),
          ),
      };
    },
    respond(peerShare) {
      const one = first.respond(peerShare.subarray(0, first.shareLength));
      let share = one.share;
      const secret = joinSecrets(one.secret, () => {
        const other = second.respond(peerShare.subarray(first.shareLength));
        share = concat(one.share, other.share);
        return other.secret;
      });
      return { share, secret };
    },
  };
}

function joinSecrets(first: Uint8Array, makeSecond: () => Uint8Array): Uint8Array {
  try {
    const second = makeSecond();
    try {
      return concat(first, second);
    } finally {
      second.fill(0);
    }
  } finally {
    first.fill(0);
  }
}

/** The agreement as a TLS group. Synchronous. @param kem a wrong answer is no ciphertext, not no key */
export function nativeGroup(base: Base, agreed: Agreement, { kem = false } = {}): KeyExchangeGroup {
  const id = (NamedGroup as Record<string, number>)[agreed.name];
  const group: KeyExchangeGroup = {
    id,
    name: agreed.name,
    tls12: !kem,
    generate: () => new NativeKeyExchange(base, group, agreed, kem),
    respond(peerShare) {
      const given = unsharedBytes(peerShare, "the peer's share");
      if (given.length !== agreed.shareLength) throw invalidShare(agreed);
      const { share, secret } = refusing(agreed, () => agreed.respond(given));
      return { share, sharedSecret: imported(base, secret) };
    },
  };
  return group;
}

class NativeKeyExchange implements KeyExchange {
  readonly group: KeyExchangeGroup;
  readonly share: Uint8Array;
  readonly #base: Base;
  readonly #agreed: Agreement;
  readonly #kem: boolean;
  #pair: Pair | null;

  constructor(base: Base, group: KeyExchangeGroup, agreed: Agreement, kem: boolean) {
    this.group = group;
    this.#base = base;
    this.#agreed = agreed;
    this.#kem = kem;
    this.#pair = agreed.generate();
    this.share = this.#pair.share;
  }

  complete(peerShare: Uint8Array): Secret {
    const pair = this.#pair;
    if (pair === null) throw new TlsError('ERR_INVALID_STATE', 'a key exchange completes once');
    this.dispose();
    const given = unsharedBytes(peerShare, "the peer's share");
    if (given.length !== this.#agreed.answerLength) {
      if (!this.#kem) throw invalidShare(this.#agreed);
      throw new TlsError('ERR_INVALID_CIPHERTEXT', `an answer to ${this.#agreed.name} of wrong length`);
    }
    return imported(
      this.#base,
      refusing(this.#agreed, () => pair.agree(given)),
    );
  }

  dispose(): void {
    this.#pair = null;
  }
}

function imported(base: Base, secret: Uint8Array): Secret {
  try {
    return base.importSecret(secret);
  } finally {
    secret.fill(0);
  }
}

function refusing<T>(agreed: Agreement, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw invalidShare(agreed, cause);
  }
}

function invalidShare({ name }: Agreement, cause?: unknown): TlsError {
  return new TlsError('ERR_INVALID_PUBLIC_KEY', `not a valid ${name} share`, { cause });
}

/** A Buffer of node's crypto is nobody else's. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}
