// Trace subjects of the rsa_private binary: the private operation, premaster decryption, prime search, derivation,
// finite-field powers. Keys come from node:crypto: traces are compared for one size, not for one key.

import { generateKeyPairSync } from 'node:crypto';
import { type Subject, secretBytes } from '../subject.ts';

const BITS = 1024; // as large as the arithmetic needs to show its shape; RSA-2048 signs with primes of this size
const LENGTH = BITS / 8;
const HALF = LENGTH / 2;
const KEYS = 32;

type Jwk = Record<string, string>;
const keys: Jwk[] = [];

function key(index: number): Record<'n' | 'p' | 'q' | 'dp' | 'dq' | 'qi', Uint8Array> {
  keys[index] ??= generateKeyPairSync('rsa', { modulusLength: BITS }).privateKey.export({ format: 'jwk' }) as Jwk;
  const part = (name: string, length: number): Uint8Array => {
    const bytes = Buffer.from(keys[index][name], 'base64url');
    const out = new Uint8Array(length);
    out.set(bytes, length - bytes.length);
    return out;
  };
  return {
    n: part('n', LENGTH),
    p: part('p', HALF),
    q: part('q', HALF),
    dp: part('dp', HALF),
    dq: part('dq', HALF),
    qi: part('qi', HALF),
  };
}

/**
 * The modulus is public and its R^2 is computed in variable time, so traces of different moduli differ in rsaPrivateImport.
 * The private operation itself uses the prepared key alone.
 */
const privateOperation: Subject = {
  name: 'rsaPrivateApply with fresh blinding (key, blinding)',
  family: 'rsa_private',
  secrets: KEYS,
  prepare: ({ abi, bytes, scratch }, index) => {
    const parts = key(index);
    let at = scratch + 0x4000;
    const put = (value: Uint8Array): number => {
      bytes.set(value, at);
      at += value.length;
      return at - value.length;
    };
    const [n, e] = [put(parts.n), put(Uint8Array.of(1, 0, 1))];
    const [p, q, dp, dq, qi] = [parts.p, parts.q, parts.dp, parts.dq, parts.qi].map(put);
    if (abi.rsaPrivateImport(scratch, BITS, n, e, 3, p, q, dp, dq, qi) !== 0)
      throw new Error('the key does not import');
    const data = put(new Uint8Array(LENGTH).fill(1).fill(0, 0, 1));
    const random = put(secretBytes(index, LENGTH));
    return () => abi.rsaPrivateApply(scratch, data, random);
  },
};

/** Of the paddings index 0 is good; then every place where one byte can be wrong. */
const premaster: Subject = {
  name: 'rsaPremaster (padding good and bad in every place, wrong version)',
  family: 'rsa_private',
  secrets: 140,
  prepare: ({ abi, bytes, scratch }, index) => {
    const block = secretBytes(7, LENGTH).map(byte => byte | 1);
    block.set([0, 2]);
    block[LENGTH - 49] = 0;
    block.set([3, 3], LENGTH - 48);
    if (index > 0)
      block[index - 1 < LENGTH ? index - 1 : LENGTH - 47] ^= index % 3 === 0 ? 0xff : block[index - 1] || 1;
    bytes.set(block, scratch);
    bytes.set(secretBytes(index, 48), scratch + 0x1000);
    return () => abi.rsaPremaster(scratch + 0x2000, scratch, LENGTH, 0x0303, scratch + 0x1000);
  },
};

const screen: Subject = {
  name: 'primeScreen (candidate)',
  family: 'rsa_private',
  secrets: 64,
  prepare: ({ abi, bytes, scratch }, index) => {
    abi.primeSetUp();
    bytes.set(secretBytes(index, 128), scratch);
    abi.primeCandidate(scratch, 128);
    return () => abi.primeScreen(scratch, 128);
  },
};

const round: Subject = {
  name: 'primeRound (candidate, prime or not, and base)',
  family: 'rsa_private',
  secrets: KEYS,
  prepare: ({ abi, bytes, scratch }, index) => {
    const candidate = index % 2 === 0 ? key(index).p : secretBytes(index, HALF);
    bytes.set(candidate, scratch);
    abi.primeCandidate(scratch, HALF);
    bytes.set(secretBytes(index, HALF), scratch + 0x1000);
    return () => abi.primeRound(scratch, HALF, scratch + 0x1000);
  },
};

const derive: Subject = {
  name: 'rsaDerive and primesSwapped (p, q)',
  family: 'rsa_private',
  secrets: KEYS,
  prepare: ({ abi, bytes, scratch }, index) => {
    const { p, q } = key(index);
    bytes.set(p, scratch);
    bytes.set(q, scratch + 0x400);
    return () => {
      abi.primesSwapped(scratch, scratch + 0x400, HALF);
      abi.primesFarApart(scratch, scratch + 0x400);
      abi.rsaDerive(
        scratch,
        scratch + 0x400,
        HALF,
        scratch + 0x800,
        scratch + 0xc00,
        scratch + 0x1000,
        scratch + 0x1400,
        scratch + 0x1800,
      );
    };
  },
};

const power: Subject = {
  name: 'ffdhPower, 2048 bits (exponent)',
  family: 'rsa_private',
  secrets: KEYS,
  prepare: ({ abi, bytes, scratch }, index) => {
    const prime = secretBytes(9, 256);
    prime[0] |= 0x80;
    prime[255] |= 1;
    bytes.set(prime, scratch);
    bytes.set(new Uint8Array(256).fill(2, 255), scratch + 0x400);
    bytes.set(secretBytes(index, 32), scratch + 0x800);
    return () => abi.ffdhPower(scratch + 0xc00, scratch, 256, scratch + 0x400, scratch + 0x800, 32);
  },
};

export const rsaSubjects: readonly Subject[] = [privateOperation, premaster, screen, round, derive, power];
