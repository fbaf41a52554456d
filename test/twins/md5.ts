// MD5 as RFC 1321 writes it, on plain numbers: slow, obvious, the twin of assembly/legacy/md5.ts.

const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const functions = [
  (x: number, y: number, z: number) => (x & y) | (~x & z),
  (x: number, y: number, z: number) => (x & z) | (y & ~z),
  (x: number, y: number, z: number) => x ^ y ^ z,
  (x: number, y: number, z: number) => y ^ (x | ~z),
];
const words = [(i: number) => i, (i: number) => 5 * i + 1, (i: number) => 3 * i + 5, (i: number) => 7 * i];

export function md5(message: Uint8Array): Uint8Array {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const padded = new DataView(new ArrayBuffer(length));
  message.forEach((byte, i) => {
    padded.setUint8(i, byte);
  });
  padded.setUint8(message.length, 0x80);
  padded.setBigUint64(length - 8, BigInt(message.length) * 8n, true);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < length; block += 64) {
    let [a, b, c, d] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const word = padded.getUint32(block + 4 * (words[round](i) % 16), true);
      const sum = (a + functions[round](b, c, d) + word + Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1)))) >>> 0;
      const shift = shifts[round][i % 4];
      const rotated = (sum << shift) | (sum >>> (32 - shift));
      [a, b, c, d] = [d, (b + rotated) >>> 0, b, c];
    }
    [a, b, c, d].forEach((value, i) => {
      state[i] = (state[i] + value) >>> 0;
    });
  }
  const out = new DataView(new ArrayBuffer(16));
  state.forEach((value, i) => {
    out.setUint32(4 * i, value, true);
  });
  return new Uint8Array(out.buffer);
}
