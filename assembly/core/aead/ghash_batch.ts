// GHASH sixteen blocks at a time. The state is kept as sixteen columns: vector p holds byte p of the sixteen blocks of
// a batch, so that one product by H^16 (ghash_product.ts) moves all sixteen partial hashes on.
//
// The end: lane k of the last batch still wants H^(16 - k), so the sixteen lanes are hashed as blocks, one by one.
import { wipe } from '../../shared/ct';
import { PART_BATCH_TABLES, addPart, batchTablesIn, blockTablesIn, partsOf, subkeyIn } from '../cipher/aes_state';
import { multiplyBlock, reduction } from './ghash_multiply';
import { toeplitzProduct } from './ghash_product';
import { buildProductTables } from './ghash_tables';

const BATCH: usize = 256;

// Everything a running hash leaves behind, in one piece to wipe: between hashes it is zero.
const WORKING: usize = 2528;
const working = memory.data(2528, 16);
const columns = working; //         the state: 16 vectors
const nibbles = working + 256; //   of each column a vector of low nibbles and one of high nibbles
const between = working + 768; //   16 vectors: a transposition half done
const scratch = working + 1024; //  PRODUCT_SCRATCH
const staged = working + 2272; //   a batch that comes in pieces

/** Up to this many blocks go one by one, if blocks are left over from whole batches: a product costs as much. */
const FEW: usize = 6;

/** Bytes in `staged`. */
let position: usize = 0;
/** Bytes to hash one by one before the first batch. */
let lead: usize = 0;

/** Makes the tables of H^16, once. */
function prepareTables(state: usize): void {
  if (partsOf(state) & PART_BATCH_TABLES) return;
  // CT begin: secret = hash subkey
  let power = load<v128>(subkeyIn(state));
  for (let i = 1; i < 16; i++) power = multiplyBlock(power, blockTablesIn(state));
  buildProductTables(power, batchTablesIn(state));
  // CT end
  addPart(state, PART_BATCH_TABLES);
}

/** Begins a hash of `blocks` blocks. What they exceed whole batches by comes first. */
export function batchBegin(state: usize, blocks: usize): void {
  prepareTables(state);
  const over = blocks & 15;
  lead = over <= FEW ? over << 4 : 0;
  // Leading blocks of zeros fill the first batch and change nothing.
  position = ((0 - blocks) & 15) << 4;
}

/** Hashes bytes padded to whole blocks. Some block must follow: the last batch is batchEnd's. */
export function batchAbsorb(state: usize, data: usize, length: usize): void {
  // CT begin: secret = state, bytes at data
  while (length > 0) {
    if (position == BATCH) flush(state);
    if (position == 0 && length >= BATCH) {
      absorbBatch(data);
      multiplyColumns(batchTablesIn(state));
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
  transposeHalf(columns, between);
  transposeHalf(between, columns);
  const tables = blockTablesIn(state);
  let y = i32x4.splat(0);
  for (let at: usize = 0; at < BATCH; at += 16) {
    const lane = v128.xor(load<v128>(columns + at), load<v128>(staged + at));
    y = multiplyBlock(v128.xor(y, lane), tables);
  }
  wipe(working, WORKING);
  return y;
  // CT end
}

function flush(state: usize): void {
  if (lead != 0) {
    hashLead(state);
  } else {
    absorbBatch(staged);
    multiplyColumns(batchTablesIn(state));
  }
  memory.fill(staged, 0, BATCH);
  position = 0;
}

/** Hashes the few blocks at the end of `staged`; the result joins the first block of the first batch. */
function hashLead(state: usize): void {
  // CT begin: secret = tables, staged
  let y = i32x4.splat(0);
  for (let at = BATCH - lead; at < BATCH; at += 16) {
    y = multiplyBlock(v128.xor(y, load<v128>(staged + at)), blockTablesIn(state));
  }
  store<v128>(between, y);
  for (let i: usize = 0; i < 16; i++) store<u8>(columns + (i << 4), load<u8>(between + i));
  lead = 0;
  // CT end
}

/** One half of the transposition of 16 by 16 bytes: two of the four perfect shuffles. */
// @ts-ignore: decorator
@inline
function transposeHalf(from: usize, to: usize): void {
  // CT begin: secret = blocks
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
  // CT end
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

/** The nibbles of the state with 16 blocks added. */
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
    split(at, unpackLow(ac0, bd0));
    split(at + 16, unpackHigh(ac0, bd0));
    split(at + 32, unpackLow(ac1, bd1));
    split(at + 48, unpackHigh(ac1, bd1));
  }
  // CT end
}

/** Adds the column at byte offset `at` of the state and splits the sum into nibbles. */
// @ts-ignore: decorator
@inline
function split(at: usize, value: v128): void {
  // CT begin: secret = value
  const mask = i8x16.splat(0x0f);
  value = v128.xor(value, load<v128>(columns + at));
  store<v128>(nibbles + (at << 1), v128.and(value, mask));
  store<v128>(nibbles + (at << 1), v128.and(i16x8.shr_u(value, 4), mask), 16);
  // CT end
}

/** The state times the constant of the tables. */
// @ts-ignore: decorator
@inline
function multiplyColumns(tables: usize): void {
  // CT begin: secret = tables, blocks
  toeplitzProduct(tables, nibbles, columns, scratch);
  store<v128>(columns, v128.xor(load<v128>(columns), reduction(load<v128>(columns, 240))));
  // CT end
}
