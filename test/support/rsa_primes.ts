// RSA keys of fixed primes for the trace check: as many as secrets are compared, the same in every run, and without the
// minutes that it takes to search for those of large ones. Nobody else may use them: anyone can read them here.

import { secretBytes } from '../ct/subject.ts';

/** How far the next prime is from secretBytes(index) with its top two bits and lowest two set. In steps of four: they are 3 modulo 4, as castls' own. */
const offsets: Readonly<Record<number, readonly number[]>> = {
  128: [2084, 1116, -104, 564, 320, 516, 3308, 1776, 264],
  192: [3976, 2940, -3452, 488, 2508, 3792, 324, 2280, 2564],
  256: [436, 1140, -1556, 5480, 1776, 1528, 1088, 500, 284],
};

// The edges of secretBytes: long runs of zeros and of ones, a zero half at either end. Its third is its zeroth here.
const seeds = [0, 1, 2, 4, 5, 6, 7, 8, 9];

const EXPONENT = 65537n;

/** How many primes of a length there are, and how many keys: ordered pairs of two. */
export const PRIMES = seeds.length;
export const KEYS = PRIMES * (PRIMES - 1);

/** Prime number `index` of `length` bytes: 128, 192 or 256. Modulo PRIMES. */
export function rsaPrime(length: number, index: number): Uint8Array {
  return bytesOf(primeValue(length, index % PRIMES), length);
}

function primeValue(length: number, index: number): bigint {
  const base = secretBytes(seeds[index], length);
  base[0] |= 0xc0;
  base[length - 1] |= 3;
  return numberOf(base) + BigInt(offsets[length][index]);
}

export type RsaParts = Readonly<Record<'n' | 'p' | 'q' | 'dp' | 'dq' | 'qi', Uint8Array>>;

const made = new Map<string, RsaParts>();

/** Key number `index` of `bits` bits, for the public exponent 65537. Modulo KEYS. */
export function rsaKey(bits: number, index: number): RsaParts {
  const length = bits / 16;
  const first = Math.floor((index % KEYS) / (PRIMES - 1));
  const second = (first + 1 + (index % (PRIMES - 1))) % PRIMES;
  const name = `${bits} ${first} ${second}`;
  let parts = made.get(name);
  if (parts === undefined) {
    const [p, q] = [primeValue(length, first), primeValue(length, second)];
    const half = (value: bigint) => bytesOf(value, length);
    const [dp, dq] = [inverse(EXPONENT, p - 1n), inverse(EXPONENT, q - 1n)];
    parts = {
      n: bytesOf(p * q, 2 * length),
      p: half(p),
      q: half(q),
      dp: half(dp),
      dq: half(dq),
      qi: half(inverse(q, p)),
    };
    made.set(name, parts);
  }
  return parts;
}

/** a^-1 mod m by the extended Euclidean algorithm. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next] = [m, a % m];
  let [t, nextT] = [0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return t < 0n ? t + m : t;
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function bytesOf(value: bigint, length: number): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));
}
