// The kernels as the tests call them, one by one, to compare them with their slow twins over their whole ranges.

import { inverseNtt, ntt } from './ntt';
import { compressEncode, decodeDecompress } from './poly';

/** ntt.ts: the forward transform in place; |f| <= 3400. */
export function mlkemNtt(f: usize): void {
  ntt(f);
}

/** ntt.ts: the inverse transform in place, times 2^16; |f| <= 2600. */
export function mlkemInverseNtt(f: usize): void {
  inverseNtt(f);
}

/** poly.ts: Compress_d and ByteEncode_d; factor = round(2^d * 2^15 / q). */
export function mlkemCompress(f: usize, d: i32, factor: i32, out: usize): void {
  compressEncode(f, d, factor, out);
}

/** poly.ts: ByteDecode_d and Decompress_d. */
export function mlkemDecompress(bytes: usize, d: i32, f: usize): void {
  decodeDecompress(bytes, d, f);
}
