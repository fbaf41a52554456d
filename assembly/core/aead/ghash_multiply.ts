// A block times a constant in GHASH's field (SP 800-38D §6.3): a Toeplitz matrix and a correction of one byte.
import { wipe } from '../../shared/ct';
import { BLOCK_SCRATCH, toeplitzBlock } from './ghash_block';

const scratch = memory.data(112, 16); // BLOCK_SCRATCH

/** A block times the constant of the tables. */
export function multiplyBlock(block: v128, tables: usize): v128 {
  // CT begin: secret = block, tables
  const product = toeplitzBlock(block, tables, scratch);
  const zero = i32x4.splat(0);
  const last = v128.shuffle<u8>(product, zero, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  return v128.xor(product, reduction(last));
  // CT end
}

/**
 * What the Toeplitz matrix leaves out of byte 0, given byte 15 of its product (ghash_tables.ts): coefficient i < 7 also
 * wants that of x^(121 + i), i < 2 that of x^(126 + i), and i = 0 that of x^127.
 */
// @ts-ignore: decorator
@inline
export function reduction(last: v128): v128 {
  // CT begin: secret = last
  const shifted6 = i16x8.shl(v128.and(last, i8x16.splat(3)), 6);
  const shifted7 = i16x8.shl(v128.and(last, i8x16.splat(1)), 7);
  return v128.xor(v128.xor(i8x16.add(last, last), shifted6), shifted7);
  // CT end
}

/** Wipes what multiplyBlock leaves in memory. */
export function multiplyWipe(): void {
  wipe(scratch, BLOCK_SCRATCH);
}
