// GHASH sixteen blocks at a time. The state is kept as sixteen columns: vector p holds byte p of the sixteen blocks of
// a batch, so that one product by H^16 (ghash_product.ts) moves all sixteen partial hashes on.
//
// The end: block k of the last batch still wants H^(16 - k). The first half of the lanes times H^8 joins the second
// half, the first half of that times H^4 the last quarter; four blocks remain, which are hashed one by one.
import { wipe } from '../../shared/ct';
import { PART_TABLES, addPart, hashKeyIn, partsOf, tablesIn } from '../cipher/aes_state';
import { toeplitzProduct } from './ghash_product';
import { PRODUCT_TABLES, buildProductTables } from './ghash_tables';
import { HASH_KEY_LENGTH, multiply, prepareHashKey } from './multiply';

const BATCH: usize = 256;

// Everything a running hash leaves behind, in one piece to wipe.
const WORKING: usize = 2240;
const working = memory.data(2240, 16);
const columns = working; //         the state: 16 vectors
const nibbles = working + 256; //   of each column a vector of low nibbles and one of high nibbles
const between = working + 768; //   16 vectors: a transposition half done, products of the end
const scratch = working + 1024; //  PRODUCT_SCRATCH
const staged = working + 1984; //   a batch that comes in pieces

/** Bytes in `staged`. */
let position: usize = 0;

/** Makes the tables of H^16, H^8 and H^4, once. */
function prepareTables(state: usize): void {
  if (partsOf(state) & PART_TABLES) return;
  // CT begin: secret = hash key
  const power = between;
  const parts = nibbles;
  let tables = tablesIn(state) + 3 * PRODUCT_TABLES;
  store<v128>(power, multiply(load<v128>(hashKeyIn(state), HASH_KEY_LENGTH), hashKeyIn(state)));
  for (let i = 0; i < 3; i++) {
    prepareHashKey(power, parts);
    store<v128>(power, multiply(load<v128>(power), parts));
    tables -= PRODUCT_TABLES;
    buildProductTables(power, tables);
  }
  // CT end
  addPart(state, PART_TABLES);
}

/** Begins a hash of `blocks` blocks: leading blocks of zeros fill the first batch and change nothing. */
export function batchBegin(state: usize, blocks: usize): void {
  prepareTables(state);
  memory.fill(columns, 0, 256);
  memory.fill(staged, 0, BATCH);
  position = ((0 - blocks) & 15) << 4;
}

/** Hashes bytes padded to whole blocks. Some block must follow: the last batch is batchEnd's. */
export function batchAbsorb(state: usize, data: usize, length: usize): void {
  // CT begin: secret = state, bytes at data
  while (length > 0) {
    if (position == BATCH) flush(state);
    if (position == 0 && length >= BATCH) {
      absorbBatch(data);
      multiplyColumns(tablesIn(state));
      data += BATCH;
      length -= BATCH;
    } else {
      const part = min(BATCH - position, length);
      memory.copy(staged + position, data, part);
      position = (position + part + 15) & ~15;
      data += part;
      length -= part;
    }
  }
  // CT end
}

/** Hashes the last block and returns the hash. */
export function batchEnd(state: usize, block: v128): v128 {
  if (position == BATCH) flush(state);
  // CT begin: secret = state, block
  store<v128>(staged + position, block);
  absorbBatch(staged);
  const tables = tablesIn(state);
  toeplitzProduct(tables + PRODUCT_TABLES, nibbles, between, scratch);
  reduceFirst(between);
  for (let at: usize = 0; at < 256; at += 16) {
    const product = load<v128>(between + at);
    fold(at, v128.shuffle<u64>(product, product, 0, 0));
  }
  toeplitzProduct(tables + 2 * PRODUCT_TABLES, nibbles, between, scratch);
  reduceFirst(between);
  for (let at: usize = 0; at < 256; at += 16) {
    const product = load<v128>(between + at);
    fold(at, v128.shuffle<u32>(product, product, 2, 2, 2, 2));
  }
  transposeHalf(columns, between);
  transposeHalf(between, columns);
  const parts = hashKeyIn(state);
  let y = multiply(load<v128>(columns, 192), parts);
  y = multiply(v128.xor(y, load<v128>(columns, 208)), parts);
  y = multiply(v128.xor(y, load<v128>(columns, 224)), parts);
  y = multiply(v128.xor(y, load<v128>(columns, 240)), parts);
  wipe(working, WORKING);
  return y;
  // CT end
}

function flush(state: usize): void {
  absorbBatch(staged);
  multiplyColumns(tablesIn(state));
  memory.fill(staged, 0, BATCH);
  position = 0;
}

/** One half of the transposition of 16 by 16 bytes: two of the four perfect shuffles. */
// @ts-ignore: decorator
@inline
function transposeHalf(from: usize, to: usize): void {
  for (const end = from + 64; from != end; from += 16, to += 64) {
    const a = load<v128>(from);
    const b = load<v128>(from, 64);
    const c = load<v128>(from, 128);
    const d = load<v128>(from, 192);
    const ac0 = unpackLow(a, c);
    const ac1 = unpackHigh(a, c);
    const bd0 = unpackLow(b, d);
    const bd1 = unpackHigh(b, d);
    store<v128>(to, unpackLow(ac0, bd0));
    store<v128>(to, unpackHigh(ac0, bd0), 16);
    store<v128>(to, unpackLow(ac1, bd1), 32);
    store<v128>(to, unpackHigh(ac1, bd1), 48);
  }
}

// @ts-ignore: decorator
@inline
function unpackLow(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function unpackHigh(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Adds 16 blocks to the state and splits it into nibbles. */
function absorbBatch(blocks: usize): void {
  // CT begin: secret = state, blocks
  transposeHalf(blocks, between);
  let at: usize = 0;
  for (let from = between, end = between + 64; from != end; from += 16, at += 64) {
    const a = load<v128>(from);
    const b = load<v128>(from, 64);
    const c = load<v128>(from, 128);
    const d = load<v128>(from, 192);
    const ac0 = unpackLow(a, c);
    const ac1 = unpackHigh(a, c);
    const bd0 = unpackLow(b, d);
    const bd1 = unpackHigh(b, d);
    fold(at, unpackLow(ac0, bd0));
    fold(at + 16, unpackHigh(ac0, bd0));
    fold(at + 32, unpackLow(ac1, bd1));
    fold(at + 48, unpackHigh(ac1, bd1));
  }
  // CT end
}

/** Adds to the column at byte offset `at` and splits it into nibbles. */
// @ts-ignore: decorator
@inline
function fold(at: usize, value: v128): void {
  const mask = i8x16.splat(0x0f);
  value = v128.xor(value, load<v128>(columns + at));
  store<v128>(columns + at, value);
  store<v128>(nibbles + (at << 1), v128.and(value, mask));
  store<v128>(nibbles + (at << 1), v128.and(i16x8.shr_u(value, 4), mask), 16);
}

/** The state times the constant of the tables. */
// @ts-ignore: decorator
@inline
function multiplyColumns(tables: usize): void {
  toeplitzProduct(tables, nibbles, columns, scratch);
  reduceFirst(columns);
}

/** What the Toeplitz matrix leaves out (ghash_tables.ts): coefficient i < 7 wants those of x^(121 + i), and so on. */
// @ts-ignore: decorator
@inline
function reduceFirst(product: usize): void {
  const a = load<v128>(product, 240);
  const shifted6 = i16x8.shl(v128.and(a, i8x16.splat(3)), 6);
  const shifted7 = i16x8.shl(v128.and(a, i8x16.splat(1)), 7);
  const correction = v128.xor(v128.xor(i8x16.add(a, a), shifted6), shifted7);
  store<v128>(product, v128.xor(load<v128>(product), correction));
}
