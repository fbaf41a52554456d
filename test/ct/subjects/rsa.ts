// Trace subjects of the rsa_private binary that handle RSA keys: import, the private operation, premaster decryption,
// prime search, derivation. Each at every size of ../variants.ts; a trace is that of a size, not of a key.

import { rsaKey, rsaPrime } from '../../support/rsa_primes.ts';
import { type Subject, secretBytes } from '../subject.ts';
import { rsaBits } from '../variants.ts';

const SECRETS = 32;
/** More windows than any power has. */
const ALL = 0xffff;
const EXPONENT = Uint8Array.of(1, 0, 1);

/**
 * The modulus is public and its R^2 is computed in variable time, so the modulus is the same for all secrets: the parts
 * belong to it (in both orders of the primes) or do not, which the result alone says.
 */
function privateImport(bits: number): Subject {
  const half = bits / 16;
  return {
    name: `rsaPrivateImport, ${bits} bits (p, q, dP, dQ, qInv; right and wrong)`,
    family: 'rsa_private',
    secrets: SECRETS + 2,
    prepare: ({ abi, bytes, scratch }, index) => {
      const { n, ...parts } = rsaKey(bits, 0);
      const secrets = [parts.p, parts.q, parts.dp, parts.dq, parts.qi];
      if (index >= 2) {
        secrets.forEach((_, i) => {
          secrets[i] = secretBytes(index - 2, half).map((byte, at) => byte ^ (at === 9 ? i : 0));
        });
        for (const prime of [secrets[0], secrets[1]]) {
          prime[0] |= 0xc0;
          prime[half - 1] |= 1;
        }
      } else if (index === 1) {
        secrets.reverse();
        secrets[0] = parts.q;
        secrets[1] = parts.p;
      }
      const at = scratch + 0x8000;
      secrets.forEach((part, i) => {
        bytes.set(part, at + i * half);
      });
      const [p, q, dP, dQ, qInv] = secrets.map((_, i) => at + i * half);
      bytes.set(n, at + 0x2000);
      bytes.set(EXPONENT, at + 0x3000);
      return () => abi.rsaPrivateImport(scratch, bits, at + 0x2000, at + 0x3000, 3, p, q, dP, dQ, qInv);
    },
  };
}

/**
 * The private operation uses the prepared key alone. Signs twice: blinding drawn, blinding squared; the first time in steps of
 * which one ends within a power and one where a power ends.
 */
function privateOperation(bits: number): Subject {
  return {
    name: `rsaPrivateBegin, rsaPrivateStep and rsaPrivateFinish, ${bits} bits, with fresh blinding and squared one (key, blinding)`,
    family: 'rsa_private',
    secrets: SECRETS,
    prepare: ({ abi, bytes, scratch }, index) => {
      const parts = rsaKey(bits, index);
      let at = scratch + 0x8000;
      const put = (value: Uint8Array): number => {
        bytes.set(value, at);
        at += value.length;
        return at - value.length;
      };
      const [n, e] = [put(parts.n), put(EXPONENT)];
      const [p, q, dp, dq, qi] = [parts.p, parts.q, parts.dp, parts.dq, parts.qi].map(put);
      if (abi.rsaPrivateImport(scratch, bits, n, e, 3, p, q, dp, dq, qi) !== 0)
        throw new Error('the key does not import');
      const data = put(new Uint8Array(bits / 8).fill(1).fill(0, 0, 1));
      const random = put(secretBytes(index + 1, bits / 8)); // zero has no inverse: a fault
      return () => {
        for (const [job, windows] of [
          [scratch + 0x10000, Math.ceil(bits / 20)],
          [scratch + 0x20000, ALL],
        ]) {
          if (abi.rsaPrivateBegin(scratch, job, data, random) !== 0) throw new Error('the number is too large');
          while (abi.rsaPrivateStep(scratch, job, windows) !== 0);
          if (abi.rsaPrivateFinish(scratch, job, data) !== 0) throw new Error('the private operation fails its check');
        }
      };
    },
  };
}

/** Of the paddings index 0 is good; then every place where one byte can be wrong. */
function premaster(bits: number): Subject {
  const length = bits / 8;
  return {
    name: `rsaPremaster, ${bits} bits (padding good and bad in every place, wrong version)`,
    family: 'rsa_private',
    secrets: length + 12,
    prepare: ({ abi, bytes, scratch }, index) => {
      const block = secretBytes(7, length).map(byte => byte | 1);
      block.set([0, 2]);
      block[length - 49] = 0;
      block.set([3, 3], length - 48);
      if (index > 0)
        block[index - 1 < length ? index - 1 : length - 47] ^= index % 3 === 0 ? 0xff : block[index - 1] || 1;
      bytes.set(block, scratch);
      bytes.set(secretBytes(index, 48), scratch + 0x1000);
      return () => abi.rsaPremaster(scratch + 0x2000, scratch, length, 0x0303, scratch + 0x1000);
    },
  };
}

function screen(bits: number): Subject {
  const length = bits / 16;
  return {
    name: `primeCandidate and primeScreen, ${length} bytes (candidate)`,
    family: 'rsa_private',
    secrets: 64,
    prepare: ({ abi, bytes, scratch }, index) => {
      abi.primeSetUp();
      bytes.set(secretBytes(index, length), scratch);
      return () => {
        abi.primeCandidate(scratch, length);
        abi.primeScreen(scratch, length);
      };
    },
  };
}

function round(bits: number): Subject {
  const length = bits / 16;
  return {
    name: `primeRound, ${length} bytes (candidate, prime or not, and base)`,
    family: 'rsa_private',
    secrets: SECRETS,
    prepare: ({ abi, bytes, scratch }, index) => {
      const candidate = index % 2 === 0 ? rsaPrime(length, index / 2) : secretBytes(index, length);
      bytes.set(candidate, scratch);
      abi.primeCandidate(scratch, length);
      bytes.set(secretBytes(index + 1, length), scratch + 0x1000);
      return () => abi.primeRound(scratch, length, scratch + 0x1000);
    },
  };
}

function derive(bits: number): Subject {
  const half = bits / 16;
  return {
    name: `rsaDerive, primesSwapped and primesFarApart, ${half} bytes (p, q)`,
    family: 'rsa_private',
    secrets: SECRETS,
    prepare: ({ abi, bytes, scratch }, index) => {
      const { p, q } = rsaKey(bits, index);
      const at = (place: number) => scratch + 0x400 * place;
      bytes.set(p, at(0));
      bytes.set(q, at(1));
      return () => {
        abi.primesSwapped(at(0), at(1), half);
        abi.primesFarApart(at(0), at(1));
        abi.rsaDerive(at(0), at(1), half, at(2), at(3), at(4), at(5), at(6));
      };
    },
  };
}

/** What is done when a key is made or read. */
export const rsaKeySubjects: readonly Subject[] = rsaBits.flatMap(bits => [
  privateImport(bits),
  screen(bits),
  round(bits),
  derive(bits),
]);

export const rsaSubjects: readonly Subject[] = [
  ...rsaKeySubjects,
  ...rsaBits.flatMap(bits => [privateOperation(bits), premaster(bits)]),
];
