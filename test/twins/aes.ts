// AES as FIPS 197 writes it and its modes, byte by byte and bit by bit: slow, obvious, the twin of assembly/core.

function double(a: number): number {
  return ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;
}

function multiply(a: number, b: number): number {
  let product = 0;
  for (; b > 0; b >>= 1, a = double(a)) if (b & 1) product ^= a;
  return product;
}

/** FIPS 197 §5.1.1: the inverse (0 for 0), then the affine map. */
export function substitute(a: number): number {
  let inverse = 0;
  for (let b = 1; b < 256; b++) if (multiply(a, b) === 1) inverse = b;
  let out = 0x63;
  for (let n = 0; n < 5; n++) out ^= ((inverse << n) | (inverse >> (8 - n))) & 0xff;
  return out;
}

const sbox = Array.from({ length: 256 }, (_, a) => substitute(a));
const sboxInverse = Array.from({ length: 256 }, (_, a) => sbox.indexOf(a));

/** Round keys of 16 bytes, one array behind the other (FIPS 197 §5.2). */
export function expandKey(key: Uint8Array): number[] {
  const keyWords = key.length / 4;
  const out = [...key];
  let rcon = 1;
  for (let i = keyWords; i < 4 * (keyWords + 7); i++) {
    let word = out.slice(-4);
    if (i % keyWords === 0) {
      word = [...word.slice(1), word[0]].map(b => sbox[b]);
      word[0] ^= rcon;
      rcon = double(rcon);
    } else if (keyWords > 6 && i % keyWords === 4) {
      word = word.map(b => sbox[b]);
    }
    const before = out.slice(4 * (i - keyWords), 4 * (i - keyWords) + 4);
    out.push(...word.map((b, j) => b ^ before[j]));
  }
  return out;
}

function addRoundKey(state: number[], schedule: number[], round: number): number[] {
  return state.map((b, i) => b ^ schedule[16 * round + i]);
}

/** Byte p of the state is row p % 4 of column p / 4. */
function shiftRows(state: number[], direction: 1 | -1): number[] {
  return state.map((_, p) => state[(p + direction * 4 * (p % 4) + 64) % 16]);
}

function mixColumns(state: number[], factors: readonly number[]): number[] {
  return state.map((_, p) =>
    [0, 1, 2, 3].reduce((sum, i) => sum ^ multiply(state[(p & 12) + ((p + i) % 4)], factors[i]), 0),
  );
}

export function encryptBlock(schedule: number[], block: ArrayLike<number>): Uint8Array {
  const rounds = schedule.length / 16 - 1;
  let state = addRoundKey(Array.from(block), schedule, 0);
  for (let round = 1; round <= rounds; round++) {
    state = shiftRows(
      state.map(b => sbox[b]),
      1,
    );
    if (round < rounds) state = mixColumns(state, [2, 3, 1, 1]);
    state = addRoundKey(state, schedule, round);
  }
  return Uint8Array.from(state);
}

export function decryptBlock(schedule: number[], block: ArrayLike<number>): Uint8Array {
  const rounds = schedule.length / 16 - 1;
  let state = addRoundKey(Array.from(block), schedule, rounds);
  for (let round = rounds - 1; round >= 0; round--) {
    state = shiftRows(state, -1).map(b => sboxInverse[b]);
    state = addRoundKey(state, schedule, round);
    if (round > 0) state = mixColumns(state, [14, 11, 13, 9]);
  }
  return Uint8Array.from(state);
}

function xor(a: ArrayLike<number>, b: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(a, (x, i) => x ^ b[i]);
}

/** Whole blocks, no padding (SP 800-38A §6.2). */
export function cbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const schedule = expandKey(key);
  const out = new Uint8Array(data.length);
  let chain = iv;
  for (let at = 0; at < data.length; at += 16) {
    chain = encryptBlock(schedule, xor(chain, data.subarray(at, at + 16)));
    out.set(chain, at);
  }
  return out;
}

export function cbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const schedule = expandKey(key);
  const out = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 16) {
    const chain = at === 0 ? iv : data.subarray(at - 16, at);
    out.set(xor(decryptBlock(schedule, data.subarray(at, at + 16)), chain), at);
  }
  return out;
}

/** SP 800-38D §6.3, algorithm 1: bit 0 is the first bit of the first byte. */
export function multiplyBlocks(x: bigint, y: bigint): bigint {
  let z = 0n;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) z ^= y;
    y = (y >> 1n) ^ (y & 1n ? 0xe1n << 120n : 0n);
  }
  return z;
}

function toBigInt(block: Uint8Array): bigint {
  return block.reduce((sum, b) => (sum << 8n) | BigInt(b), 0n);
}

function toBlock(x: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((x >> BigInt(8 * (15 - i))) & 0xffn));
}

/** GHASH of both strings padded with zeros, and of their lengths in bits. */
export function ghash(h: Uint8Array, aad: Uint8Array, data: Uint8Array): Uint8Array {
  let y = 0n;
  for (const part of [aad, data]) {
    for (let at = 0; at < part.length; at += 16) {
      const block = new Uint8Array(16);
      block.set(part.subarray(at, at + 16));
      y = multiplyBlocks(y ^ toBigInt(block), toBigInt(h));
    }
  }
  const lengths = (BigInt(8 * aad.length) << 64n) | BigInt(8 * data.length);
  return toBlock(multiplyBlocks(y ^ lengths, toBigInt(h)));
}

/** The 16-byte nonce whose counter block J0 is `first`: J0 = (nonce * H + lengths) * H. */
export function nonceOfCounter(h: Uint8Array, first: Uint8Array): Uint8Array {
  // H^(2^128 - 2) is the inverse of H.
  let inverse = 1n << 127n;
  let square = toBigInt(h);
  for (let bit = 1; bit < 128; bit++) {
    square = multiplyBlocks(square, square);
    inverse = multiplyBlocks(inverse, square);
  }
  return toBlock(multiplyBlocks(multiplyBlocks(toBigInt(first), inverse) ^ 128n, inverse));
}

/** Ciphertext and full tag (SP 800-38D §7.1). */
export function gcmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
): [Uint8Array, Uint8Array] {
  const schedule = expandKey(key);
  const h = encryptBlock(schedule, new Uint8Array(16));
  const first = nonce.length === 12 ? Uint8Array.of(...nonce, 0, 0, 0, 1) : ghash(h, new Uint8Array(0), nonce);
  const out = new Uint8Array(data.length);
  const view = new DataView(first.slice().buffer);
  for (let at = 0; at < data.length; at += 16) {
    view.setUint32(12, view.getUint32(12) + 1);
    out.set(xor(data.subarray(at, at + 16), encryptBlock(schedule, new Uint8Array(view.buffer))), at);
  }
  return [out, xor(ghash(h, aad, out), encryptBlock(schedule, first))];
}
