// DES (FIPS 46-3) on lists of bits, with the tables as they are printed there: the twin of assembly/legacy/triple_des.ts.

type Bits = number[];

const range = (from: number, step: number, count: number) => Array.from({ length: count }, (_, i) => from + step * i);
/** Tables whose rows of `count` count down by 8. */
const down = (count: number, ...starts: number[]) => starts.flatMap(start => range(start, -8, count));

const IP = down(8, 58, 60, 62, 64, 57, 59, 61, 63);
const C0 = [...down(8, 57, 58, 59), ...down(4, 60)];
const D0 = [...down(8, 63, 62, 61), 28, 20, 12, 4];
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47, 55, 30,
  40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
];
const E = range(0, 4, 8).flatMap(first => range(first, 1, 6).map(n => ((n + 31) % 32) + 1));
const shifts = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** S1 to S8: four rows of sixteen values, in hexadecimal. */
const S = [
  'e4d12fb83a6c5907 0f74e2d1a6cb9538 41e8d62bfc973a50 fc8249175b3ea06d',
  'f18e6b34972dc05a 3d47f28ec01a69b5 0e7ba4d158c6932f d8a13f42b67c05e9',
  'a09e63f51dc7b428 d709346a285ecbf1 d6498f30b12c5ae7 1ad069874fe3b52c',
  '7de3069a1285bc4f d8b56f03472c1ae9 a690cb7df13e5284 3f06a1d8945bc72e',
  '2c417ab6853fd0e9 eb2c47d150fa3986 421bad78f9c5630e b8c71e2d6f09a453',
  'c1af92680d34e75b af427c9561de0b38 9ef528c3704a1db6 432c95fabe17608d',
  '4b2ef08d3c975a61 d0b7491ae35c2f86 14bdc37eaf680592 6bd814a7950fe23c',
  'd2846fb1a93e50c7 1fd8a374c56b0e92 7b419ce206adf358 21e74a8dfc90356b',
].map(rows => rows.split(' '));

const bitsOf = (bytes: Uint8Array): Bits => [...bytes].flatMap(byte => range(7, -1, 8).map(n => (byte >> n) & 1));
const numberOf = (bits: Bits): number => bits.reduce((number, bit) => 2 * number + bit, 0);
const permute = (bits: Bits, table: number[]): Bits => table.map(n => bits[n - 1]);
const rotate = (bits: Bits, by: number): Bits => [...bits.slice(by), ...bits.slice(0, by)];
const xor = (a: Bits, b: Bits): Bits => a.map((bit, i) => bit ^ b[i]);

function roundKeys(key: Uint8Array): Bits[] {
  let c = permute(bitsOf(key), C0);
  let d = permute(bitsOf(key), D0);
  return shifts.map(by => {
    c = rotate(c, by);
    d = rotate(d, by);
    return permute([...c, ...d], PC2);
  });
}

function f(r: Bits, key: Bits): Bits {
  const mixed = xor(permute(r, E), key);
  const out = S.flatMap((rows, box) => {
    const six = mixed.slice(6 * box, 6 * box + 6);
    const row = numberOf([six[0], six[5]]);
    const value = Number.parseInt(rows[row][numberOf(six.slice(1, 5))], 16);
    return range(3, -1, 4).map(n => (value >> n) & 1);
  });
  return permute(out, P);
}

function crypt(block: Uint8Array, keys: Bits[]): Uint8Array {
  const start = permute(bitsOf(block), IP);
  let [l, r] = [start.slice(0, 32), start.slice(32)];
  for (const key of keys) [l, r] = [r, xor(l, f(r, key))];
  const out: Bits = [];
  [...r, ...l].forEach((bit, i) => {
    out[IP[i] - 1] = bit; // the inverse of IP
  });
  return Uint8Array.from(range(0, 8, 8), at => numberOf(out.slice(at, at + 8)));
}

export const desEncrypt = (key: Uint8Array, block: Uint8Array): Uint8Array => crypt(block, roundKeys(key));
export const desDecrypt = (key: Uint8Array, block: Uint8Array): Uint8Array => crypt(block, roundKeys(key).reverse());

/** EDE with the 24 bytes K1 K2 K3 (SP 800-67 §3). */
export function tripleDesEncrypt(key: Uint8Array, block: Uint8Array): Uint8Array {
  const [k1, k2, k3] = [0, 8, 16].map(at => key.subarray(at, at + 8));
  return desEncrypt(k3, desDecrypt(k2, desEncrypt(k1, block)));
}
