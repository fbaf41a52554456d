// What TLS 1.2 needs beside groups, over node:crypto: Diffie-Hellman with explicit primes, RSA key transport.

import {
  constants,
  createDiffieHellman,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import { minimumPrimeBits } from '../../../src/crypto/finite_field_policy.ts';
import type { FiniteFieldDh, KeyExchange, KeyExchangeGroup } from '../../../src/crypto/key_exchange.ts';
import type { Decrypter, RsaKeyTransport } from '../../../src/crypto/signature.ts';
import { type Ledger, NodeSecret } from './secret.ts';

const big = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

/** RFC 7919 §A.1: ffdhe2048, computed from its definition: 2^2048 - 2^1984 + ([2^1918 * e] + 560316) * 2^64 - 1. */
export function ffdhe2048Prime(): Uint8Array {
  // e * 2^1918 by its series, with guard bits.
  const guard = 128n;
  let term = 1n << (1918n + guard);
  let sum = 0n;
  for (let n = 1n; term > 0n; n++) {
    sum += term;
    term /= n;
  }
  const floor = sum >> guard;
  const prime = (1n << 2048n) - (1n << 1984n) + (floor + 560316n) * (1n << 64n) - 1n;
  return new Uint8Array(Buffer.from(prime.toString(16), 'hex'));
}

export function nodeFiniteFieldDh(ledger: Ledger): FiniteFieldDh {
  return {
    group(prime, generator, policy) {
      const bits = big(prime).toString(2).length;
      if (bits < minimumPrimeBits(policy)) throw new TlsError('ERR_WEAK_KEY', `a prime of ${bits} bits`);
      if ((prime[prime.length - 1] & 1) === 0) throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'an even prime');
      return dheGroup(ledger, prime, generator, true);
    },
  };
}

/** ffdhe2048 as a named group. */
export function nodeFfdhe2048(ledger: Ledger): KeyExchangeGroup {
  return dheGroup(ledger, ffdhe2048Prime(), Uint8Array.of(2), false);
}

function dheGroup(ledger: Ledger, prime: Uint8Array, generator: Uint8Array, tls12: boolean): KeyExchangeGroup {
  const start = (): KeyExchange => {
    const dh = createDiffieHellman(Buffer.from(prime), Buffer.from(generator));
    const share = padded(dh.generateKeys(), prime.length);
    const exchange: KeyExchange = {
      group: self,
      share,
      complete(peerShare) {
        exchange.dispose();
        const value = big(peerShare);
        if (peerShare.length !== prime.length || value < 2n || value > big(prime) - 2n) {
          throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'a Diffie-Hellman value out of range');
        }
        const secret = padded(dh.computeSecret(Buffer.from(peerShare)), prime.length);
        const zeros = tls12 ? secret.findIndex(byte => byte !== 0) : 0;
        return new NodeSecret(ledger, secret.subarray(zeros));
      },
      dispose: () => void ledger.alive.delete(exchange),
    };
    ledger.add(exchange);
    return exchange;
  };
  const self: KeyExchangeGroup = {
    id: tls12 ? 0 : 0x0100,
    name: 'ffdhe2048',
    tls12,
    finiteField: { prime, generator },
    generate: start,
    respond(peerShare) {
      const exchange = start();
      return { share: exchange.share, sharedSecret: exchange.complete(peerShare) as NodeSecret };
    },
  };
  return self;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes, length - bytes.length);
  return whole;
}

export function nodeRsaKeyTransport(ledger: Ledger): RsaKeyTransport {
  return {
    encryptPremaster(key, clientVersion, random) {
      if (key.type !== 'rsa') throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'not an RSA key');
      const premaster = new Uint8Array(48);
      random(premaster);
      premaster.set([clientVersion >> 8, clientVersion & 255]);
      const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
      const publicKey = createPublicKey({
        key: { kty: 'RSA', n: b64(key.modulus), e: b64(key.exponent) },
        format: 'jwk',
      });
      const ciphertext = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
      return { ciphertext: new Uint8Array(ciphertext), premaster: new NodeSecret(ledger, premaster) };
    },
  };
}

/** Raw RSA, and the padding by hand: some Nodes refuse PKCS#1 v1.5 decryption. Not in constant time. */
export function nodeDecrypter(ledger: Ledger, key: KeyObject): Decrypter {
  return {
    decryptPremaster(ciphertext, clientVersion, random) {
      const fallback = new Uint8Array(48);
      random(fallback);
      let premaster: Uint8Array = fallback;
      try {
        const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext);
        const start = block.indexOf(0, 2) + 1;
        const opened = block.subarray(start);
        const good = block[0] === 0 && block[1] === 2 && start >= 11 && opened.length === 48;
        if (good && ((opened[0] << 8) | opened[1]) === clientVersion) premaster = new Uint8Array(opened);
      } catch {} // a ciphertext of wrong length
      return new NodeSecret(ledger, premaster);
    },
  };
}
