// Keccak as FIPS 202 writes it, on arrays of BigInt lanes: slow, obvious, the twin of assembly/shared/hash/keccak*.ts.

const MASK = (1n << 64n) - 1n;

function rotl(lane: bigint, n: number): bigint {
  return ((lane << BigInt(n % 64)) | (lane >> BigInt((64 - (n % 64)) % 64))) & MASK;
}

/** §3.2.5, algorithm 5. */
function rc(t: number): bigint {
  let r = [1, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < t % 255; i++) {
    r = [0, ...r];
    for (const tap of [0, 4, 5, 6]) r[tap] ^= r[8];
    r = r.slice(0, 8);
  }
  return BigInt(r[0]);
}

const constants = Array.from({ length: 24 }, (_, round) => {
  let constant = 0n;
  for (let j = 0; j <= 6; j++) constant |= rc(j + 7 * round) << BigInt(2 ** j - 1);
  return constant;
});

/** Keccak-f[1600] (§3.3) over lanes[x + 5y]. */
export function keccakF(lanes: bigint[]): bigint[] {
  let a = lanes;
  const at = (x: number, y: number) => a[(x % 5) + 5 * (y % 5)];
  for (const constant of constants) {
    // theta
    const c = [0, 1, 2, 3, 4].map(x => at(x, 0) ^ at(x, 1) ^ at(x, 2) ^ at(x, 3) ^ at(x, 4));
    a = a.map((lane, i) => lane ^ c[((i % 5) + 4) % 5] ^ rotl(c[((i % 5) + 1) % 5], 1));
    // rho
    const rotated = [...a];
    for (let t = 0, x = 1, y = 0; t < 24; t++, [x, y] = [y, (2 * x + 3 * y) % 5]) {
      rotated[x + 5 * y] = rotl(at(x, y), ((t + 1) * (t + 2)) / 2);
    }
    a = rotated;
    // pi
    a = a.map((_, i) => at((i % 5) + 3 * Math.floor(i / 5), i % 5));
    // chi
    a = a.map((lane, i) => lane ^ (~at((i % 5) + 1, Math.floor(i / 5)) & MASK & at((i % 5) + 2, Math.floor(i / 5))));
    // iota
    a[0] ^= constant;
  }
  return a;
}

/** The sponge (§4) with rate and output length in bytes; `suffix` holds the domain bits and the first padding bit. */
export function sponge(rate: number, suffix: number, message: Uint8Array, outputLength: number): Uint8Array {
  const padded = [...message, suffix];
  while (padded.length % rate !== 0) padded.push(0);
  padded[padded.length - 1] ^= 0x80;
  let lanes: bigint[] = new Array(25).fill(0n);
  for (let block = 0; block < padded.length; block += rate) {
    lanes = lanes.map((lane, i) => {
      const bytes = 8 * i < rate ? padded.slice(block + 8 * i, block + 8 * i + 8) : [];
      return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) ^ lane;
    });
    lanes = keccakF(lanes);
  }
  const out: number[] = [];
  while (out.length < outputLength) {
    for (let i = 0; i < rate; i++) out.push(Number((lanes[i >> 3] >> BigInt(8 * (i & 7))) & 0xffn));
    lanes = keccakF(lanes);
  }
  return Uint8Array.from(out.slice(0, outputLength));
}

export function sha3(bits: 224 | 256 | 384 | 512, message: Uint8Array): Uint8Array {
  return sponge(200 - bits / 4, 0x06, message, bits / 8);
}

export function shake(strength: 128 | 256, message: Uint8Array, outputLength: number): Uint8Array {
  return sponge(200 - strength / 4, 0x1f, message, outputLength);
}
