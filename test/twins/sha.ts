// SHA-1 and SHA-2 as FIPS 180-4 writes them, on BigInt words: slow, obvious, the twin of assembly/shared/hash and
// assembly/shared/hash/sha1.ts. Constants are computed from their definitions.

type Word = bigint;

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every(p => n % p !== 0)) found.push(n);
  return found;
}

/** Largest integer whose `degree`-th power is at most n. */
function root(n: bigint, degree: bigint): bigint {
  let low = 0n;
  let high = 1n << 200n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= n) low = middle;
    else high = middle - 1n;
  }
  return low;
}

/** First `bits` fractional bits of the root of a prime (§4.2, §5.3). */
function fraction(prime: number, degree: number, bits: number): Word {
  return root(BigInt(prime) << BigInt(degree * bits), BigInt(degree)) & ((1n << BigInt(bits)) - 1n);
}

/** §5.1: the message, a one bit, zeros, its length in bits; as big-endian words in blocks of 16. */
function blocks(message: Uint8Array, bits: number): Word[][] {
  const blockBytes = (bits * 16) / 8;
  const lengthBytes = blockBytes / 8;
  const padded = [...message, 0x80];
  while (padded.length % blockBytes !== blockBytes - lengthBytes) padded.push(0);
  const length = BigInt(message.length) * 8n;
  for (let i = lengthBytes - 1; i >= 0; i--) padded.push(Number((length >> BigInt(8 * i)) & 0xffn));
  const words: Word[] = [];
  for (let at = 0; at < padded.length; at += bits / 8) {
    words.push(padded.slice(at, at + bits / 8).reduce((word, byte) => (word << 8n) | BigInt(byte), 0n));
  }
  return Array.from({ length: words.length / 16 }, (_, i) => words.slice(16 * i, 16 * i + 16));
}

function bytesOf(words: Word[], bits: number): Uint8Array {
  return Uint8Array.from(
    words.flatMap(word =>
      Array.from({ length: bits / 8 }, (_, i) => Number((word >> BigInt(bits - 8 - 8 * i)) & 0xffn)),
    ),
  );
}

function sha2(message: Uint8Array, bits: 32 | 64, initial: Word[], rotations: number[][]): Uint8Array {
  const mask = (1n << BigInt(bits)) - 1n;
  const rounds = bits === 32 ? 64 : 80;
  const k = primes(rounds).map(p => fraction(p, 3, bits));
  const rotr = (x: Word, n: number) => ((x >> BigInt(n)) | (x << BigInt(bits - n))) & mask;
  const [big0, big1, small0, small1] = rotations;
  const big = (x: Word, n: number[]) => rotr(x, n[0]) ^ rotr(x, n[1]) ^ rotr(x, n[2]);
  const small = (x: Word, n: number[]) => rotr(x, n[0]) ^ rotr(x, n[1]) ^ (x >> BigInt(n[2]));
  let state = initial;
  for (const w of blocks(message, bits)) {
    for (let t = 16; t < rounds; t++)
      w.push((small(w[t - 2], small1) + w[t - 7] + small(w[t - 15], small0) + w[t - 16]) & mask);
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < rounds; t++) {
      const t1 = h + big(e, big1) + ((e & f) ^ (~e & mask & g)) + k[t] + w[t];
      const t2 = big(a, big0) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(t1 + t2) & mask, a, b, c, (d + t1) & mask, e, f, g];
    }
    state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) & mask);
  }
  return bytesOf(state, bits);
}

const rotations256 = [
  [2, 13, 22],
  [6, 11, 25],
  [7, 18, 3],
  [17, 19, 10],
];
const rotations512 = [
  [28, 34, 39],
  [14, 18, 41],
  [1, 8, 7],
  [19, 61, 6],
];

export function sha256(message: Uint8Array): Uint8Array {
  return sha2(
    message,
    32,
    primes(8).map(p => fraction(p, 2, 32)),
    rotations256,
  );
}

export function sha224(message: Uint8Array): Uint8Array {
  // §5.3.2: the second 32 bits of the fractional parts that start SHA-384.
  const initial = primes(16)
    .slice(8)
    .map(p => fraction(p, 2, 64) & 0xffffffffn);
  return sha2(message, 32, initial, rotations256).subarray(0, 28);
}

export function sha512(message: Uint8Array): Uint8Array {
  return sha2(
    message,
    64,
    primes(8).map(p => fraction(p, 2, 64)),
    rotations512,
  );
}

export function sha384(message: Uint8Array): Uint8Array {
  return sha2(
    message,
    64,
    primes(16)
      .slice(8)
      .map(p => fraction(p, 2, 64)),
    rotations512,
  ).subarray(0, 48);
}

export function sha1(message: Uint8Array): Uint8Array {
  const mask = 0xffffffffn;
  const rotl = (x: Word, n: number) => ((x << BigInt(n)) | (x >> BigInt(32 - n))) & mask;
  let state = [0x67452301n, 0xefcdab89n, 0x98badcfen, 0x10325476n, 0xc3d2e1f0n];
  for (const w of blocks(message, 32)) {
    for (let t = 16; t < 80; t++) w.push(rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1));
    let [a, b, c, d, e] = state;
    for (let t = 0; t < 80; t++) {
      const f = t < 20 ? (b & c) ^ (~b & mask & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) ^ (b & d) ^ (c & d);
      const k = [0x5a827999n, 0x6ed9eba1n, 0x8f1bbcdcn, 0xca62c1d6n][Math.floor(t / 20)];
      [a, b, c, d, e] = [(rotl(a, 5) + f + e + k + w[t]) & mask, a, rotl(b, 30), c, d];
    }
    state = [a, b, c, d, e].map((x, i) => (x + state[i]) & mask);
  }
  return bytesOf(state, 32);
}
