// GHASH (NIST SP 800-38D §6.4) over additional data, ciphertext and their lengths.
import { wipe } from '../../shared/ct';
import { LARGE_KERNELS } from '../features';
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
import { multiplyBlock, multiplyWipe } from './ghash_multiply';
import { buildBlockTables } from './ghash_tables';

/** From this many blocks on batches are faster, tables being made. */
const WORTHWHILE: usize = 24;

const padded = memory.data(16, 16);

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
  if (LARGE_KERNELS && blocks >= WORTHWHILE) {
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
  wipe(padded, 16);
  multiplyWipe();
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
