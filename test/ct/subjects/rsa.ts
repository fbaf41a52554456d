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
 * The modulus is public and its R^2 is computed in variable time, so the modulus is the same for all secrets: the parts
 * belong to it (in both orders of the primes) or do not, which the result alone says.
 */
const privateImport: Subject = {
  name: 'rsaPrivateImport (p, q, dP, dQ, qInv; right and wrong)',
  family: 'rsa_private',
  secrets: KEYS + 2,
  prepare: ({ abi, bytes, scratch }, index) => {
    const { n, ...parts } = key(0);
    const secrets = [parts.p, parts.q, parts.dp, parts.dq, parts.qi];
    if (index >= 2) {
      secrets.forEach((_, i) => {
        secrets[i] = secretBytes(index - 2, HALF).map((byte, at) => byte ^ (at === 9 ? i : 0));
      });
      for (const prime of [secrets[0], secrets[1]]) {
        prime[0] |= 0xc0;
        prime[HALF - 1] |= 1;
      }
    } else if (index === 1) {
      secrets.reverse();
      secrets[0] = parts.q;
      secrets[1] = parts.p;
    }
    const at = scratch + 0x4000;
    secrets.forEach((part, i) => {
      bytes.set(part, at + i * HALF);
    });
    const [p, q, dP, dQ, qInv] = secrets.map((_, i) => at + i * HALF);
    bytes.set(n, at + 0x1000);
    bytes.set([1, 0, 1], at + 0x2000);
    return () => abi.rsaPrivateImport(scratch, BITS, at + 0x1000, at + 0x2000, 3, p, q, dP, dQ, qInv);
  },
};

/** The private operation uses the prepared key alone. Signs twice: blinding drawn, blinding squared. */
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
    const random = put(secretBytes(index + 1, LENGTH)); // zero has no inverse: a fault
    return () => {
      for (let i = 0; i < 2; i++) {
        if (abi.rsaPrivateApply(scratch, data, random) !== 0) throw new Error('the private operation fails its check');
      }
    };
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
  name: 'primeCandidate and primeScreen (candidate)',
  family: 'rsa_private',
  secrets: 64,
  prepare: ({ abi, bytes, scratch }, index) => {
    abi.primeSetUp();
    bytes.set(secretBytes(index, 128), scratch);
    return () => {
      abi.primeCandidate(scratch, 128);
      abi.primeScreen(scratch, 128);
    };
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

/** As RSA key exchange uses it (src/wasm/rsa_key_transport.ts): the exponent is public, the padded block is not. */
const publicPowerOfSecret: Subject = {
  name: 'ffdhPower, 2048 bits, with 65537 (base)',
  family: 'rsa_private',
  secrets: KEYS,
  prepare: ({ abi, bytes, scratch }, index) => {
    const modulus = secretBytes(9, 256);
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    bytes.set(modulus, scratch);
    const block = secretBytes(index, 256);
    block.set([0, 2]); // in range, as every padded block is
    bytes.set(block, scratch + 0x400);
    bytes.set([1, 0, 1], scratch + 0x800);
    return () => {
      if (!abi.ffdhPower(scratch + 0xc00, scratch, 256, scratch + 0x400, scratch + 0x800, 3)) {
        throw new Error(`block ${index} is out of range`);
      }
    };
  },
};

export const rsaSubjects: readonly Subject[] = [
  privateImport,
  privateOperation,
  premaster,
  screen,
  round,
  derive,
  power,
  publicPowerOfSecret,
];
