// GHASH (NIST SP 800-38D §6.4) over additional data, ciphertext and their lengths.
import { wipe } from '../../shared/ct';
import { encrypt1 } from '../cipher/aes_permute_rounds';
import {
  PART_SUBKEY,
  addPart,
  blockTablesIn,
  encryptKeysIn,
  partsOf,
  roundsIn,
  subkeyIn,
} from '../cipher/aes_state';
import { batchAbsorb, batchBegin, batchEnd } from './ghash_batch';
import { toeplitzBlock } from './ghash_block';
import { buildBlockTables } from './ghash_tables';

/** From this many blocks on batches are faster, tables being made. */
const WORTHWHILE: usize = 24;

// Sums of toeplitzBlock, then a padded block.
const scratch = memory.data(128, 16);
const padded = scratch + 112;

/** Makes the hash subkey H = E(K, 0) of a state and its tables, once. */
function prepareSubkey(state: usize): void {
  if (partsOf(state) & PART_SUBKEY) return;
  // CT begin: secret = round keys
  const subkey = encrypt1(encryptKeysIn(state), roundsIn(state), i32x4.splat(0));
  store<v128>(subkeyIn(state), subkey);
  buildBlockTables(subkey, blockTablesIn(state));
  // CT end
  addPart(state, PART_SUBKEY);
}

/** GHASH of the two byte strings, each padded to whole blocks, and their lengths in bits. */
export function ghash(state: usize, aad: usize, aadLength: usize, data: usize, length: usize): v128 {
  prepareSubkey(state);
  const blocks = ((aadLength + 15) >> 4) + ((length + 15) >> 4) + 1;
  // CT begin: secret = tables, bytes at aad and data
  let y = i32x4.splat(0);
  if (blocks >= WORTHWHILE) {
    batchBegin(state, blocks);
    batchAbsorb(state, aad, aadLength);
    batchAbsorb(state, data, length);
    y = batchEnd(state, lengthBlock(aadLength, length));
  } else {
    const tables = blockTablesIn(state);
    y = absorb(y, tables, aad, aadLength);
    y = absorb(y, tables, data, length);
    y = multiplyBlock(v128.xor(y, lengthBlock(aadLength, length)), tables);
  }
  wipe(scratch, 128);
  return y;
  // CT end
}

/** Lengths in bits, as 64-bit big-endian numbers. */
function lengthBlock(aadLength: usize, length: usize): v128 {
  const low = i64x2.splat(bswap<u64>(<u64>aadLength << 3));
  return i64x2.replace_lane(low, 1, bswap<u64>(<u64>length << 3));
}

/** Hashes bytes, padded to whole blocks, one block at a time. */
function absorb(y: v128, tables: usize, data: usize, length: usize): v128 {
  // CT begin: secret = y, tables, bytes at data
  for (; length >= 16; length -= 16, data += 16) y = multiplyBlock(v128.xor(y, load<v128>(data)), tables);
  if (length > 0) {
    store<v128>(padded, i32x4.splat(0));
    memory.copy(padded, data, length);
    y = multiplyBlock(v128.xor(y, load<v128>(padded)), tables);
  }
  return y;
  // CT end
}

/** A block times the constant of the tables. */
export function multiplyBlock(block: v128, tables: usize): v128 {
  // CT begin: secret = block, tables
  const product = toeplitzBlock(block, tables, scratch);
  const last = v128.shuffle<u8>(product, i32x4.splat(0), 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
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
  const shifted6 = i16x8.shl(v128.and(last, i8x16.splat(3)), 6);
  const shifted7 = i16x8.shl(v128.and(last, i8x16.splat(1)), 7);
  return v128.xor(v128.xor(i8x16.add(last, last), shifted6), shifted7);
}
