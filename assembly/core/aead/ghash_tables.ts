// Multiplication by a constant P in GHASH's field (SP 800-38D §6.3) as a Toeplitz matrix, and the tables of its parts.
//
// Bit t of a block, counted as in SP 800-38D from the first byte's most significant bit, is the coefficient of x^t.
// Let g_k be the coefficient of x^127 in P * x^k, k = 0..254. The matrix T[i][j] = g_(127 - i + j) maps X to P * X but
// for the first byte: coefficient i of P * X is that of x^127 in P * X * x^(127 - i) unless the reduction
// x^128 = x^7 + x^2 + x + 1 feeds it on its way up, which happens for i < 7 alone.
//
// g as a string of 255 bits holds every window that T has: a Toeplitz matrix of n by n bytes is a string of 16n - 1
// bits, its three distinct quarters are substrings, sums of matrices are sums of strings. The leaves are strings of 15
// bits: bit a of output byte, for bit b of the input byte, is bit 7 + a - b.
import { wipe } from '../../shared/ct';

/** Bytes of toeplitzProduct's tables of one constant: 81 leaves, a table of 16 bytes for either nibble. */
export const PRODUCT_TABLES: usize = 2592;

/** Bytes of toeplitzBlock's tables of one constant: 31 diagonals, a table of 16 bytes for either nibble. */
export const BLOCK_TABLES: usize = 992;

// Which nibbles have bit 0, 1, 2, 3.
const nibbleBits = memory.data<u8>([
  0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff,
  0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff,
  0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
  0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
], 16);

// g_0..g_254, bit k of a little-endian string.
const g = memory.data(32, 16);

/** Leaves the string of the constant P in g. */
function expandConstant(constant: v128): void {
  // CT begin: secret = constant
  // First as P * x^k without reduction: a block read as a big-endian number has the coefficient of x^127 in bit 0.
  const g0 = bswap<u64>(i64x2.extract_lane(constant, 1));
  let g1 = bswap<u64>(i64x2.extract_lane(constant, 0));
  // What left at x^127 in step t comes back at x^7, x^2, x^1 and x^0, and reaches x^127 again 121, 126, 127 and 128
  // steps later.
  g1 ^= (g0 << 57) ^ (g0 << 62) ^ (g0 << 63);
  const g2 = g0 ^ ((g0 >> 1) | (g1 << 63)) ^ ((g0 >> 2) | (g1 << 62)) ^ ((g0 >> 7) | (g1 << 57));
  const g3 = g1 ^ ((g1 >> 1) | (g2 << 63)) ^ ((g1 >> 2) | (g2 << 62)) ^ ((g1 >> 7) | (g2 << 57));
  store<u64>(g, g0);
  store<u64>(g, g1, 8);
  store<u64>(g, g2, 16);
  store<u64>(g, g3, 24);
  // CT end
}

/** Writes BLOCK_TABLES bytes. The window of diagonal d starts at bit 120 - 8d. */
export function buildBlockTables(constant: v128, tables: usize): void {
  // CT begin: secret = constant
  expandConstant(constant);
  for (let at = g + 30; at >= g; at--, tables += 32) leaf(<u32>load<u16>(at), tables);
  wipe(g, 32);
  // CT end
}

/** Writes PRODUCT_TABLES bytes. */
export function buildProductTables(constant: v128, tables: usize): void {
  // CT begin: secret = constant
  expandConstant(constant);
  const g0 = load<u64>(g);
  const g1 = load<u64>(g, 8);
  const g2 = load<u64>(g, 16);
  const g3 = load<u64>(g, 24);
  // Quarters of 8 by 8 bytes: T2 starts at bit 0, T1 at 64, T0 at 128. In the product's order: T0 + T1, T1 + T2, T1.
  tables = leaves8(g2 ^ g1, g3 ^ g2, tables);
  tables = leaves8(g1 ^ g0, g2 ^ g1, tables);
  leaves8(g1, g2, tables);
  wipe(g, 32);
  // CT end
}

/** Leaves of 8 by 8 bytes, 127 bits; returns where the next ones go. */
function leaves8(low: u64, high: u64, tables: usize): usize {
  // CT begin: secret = low, high
  const middle = (low >> 32) | (high << 32);
  tables = leaves4(high ^ middle, tables);
  tables = leaves4(middle ^ low, tables);
  return leaves4(middle, tables);
  // CT end
}

/** Leaves of 4 by 4 bytes, 63 bits. */
function leaves4(bits: u64, tables: usize): usize {
  // CT begin: secret = bits
  tables = leaves2(<u32>(bits >> 32) ^ <u32>(bits >> 16), tables);
  tables = leaves2(<u32>(bits >> 16) ^ <u32>bits, tables);
  return leaves2(<u32>(bits >> 16), tables);
  // CT end
}

/** Leaves of 2 by 2 bytes, 31 bits. */
function leaves2(bits: u32, tables: usize): usize {
  // CT begin: secret = bits
  leaf((bits >> 16) ^ (bits >> 8), tables);
  leaf((bits >> 8) ^ bits, tables + 32);
  leaf(bits >> 8, tables + 64);
  return tables + 96;
  // CT end
}

/** The products of every low and every high nibble with a matrix of 8 by 8 bits, 15 bits of which count. */
// @ts-ignore: decorator
@inline
function leaf(bits: u32, tables: usize): void {
  // CT begin: secret = bits
  const b0 = load<v128>(nibbleBits);
  const b1 = load<v128>(nibbleBits, 16);
  const b2 = load<v128>(nibbleBits, 32);
  const b3 = load<v128>(nibbleBits, 48);
  store<v128>(
    tables,
    v128.xor(
      v128.xor(v128.and(b0, column(bits >> 7)), v128.and(b1, column(bits >> 6))),
      v128.xor(v128.and(b2, column(bits >> 5)), v128.and(b3, column(bits >> 4))),
    ),
  );
  store<v128>(
    tables,
    v128.xor(
      v128.xor(v128.and(b0, column(bits >> 3)), v128.and(b1, column(bits >> 2))),
      v128.xor(v128.and(b2, column(bits >> 1)), v128.and(b3, column(bits))),
    ),
    16,
  );
  // CT end
}

// @ts-ignore: decorator
@inline
function column(bits: u32): v128 {
  return i8x16.splat(<i8>bits);
}
