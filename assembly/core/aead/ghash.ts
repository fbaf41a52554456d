// GHASH (NIST SP 800-38D §6.4) over additional data, ciphertext and their lengths.
import { wipe } from '../../shared/ct';
import { encrypt1 } from '../cipher/aes_permute_rounds';
import { PART_HASH, addPart, encryptKeysIn, hashKeyIn, partsOf, roundsIn } from '../cipher/aes_state';
import { batchAbsorb, batchBegin, batchEnd } from './ghash_batch';
import { HASH_KEY_LENGTH, multiply, prepareHashKey } from './multiply';

/** From this many blocks on batches are faster, tables being made. */
const WORTHWHILE: usize = 12;

const block = memory.data(16, 16);

/** Makes the hash subkey H = E(K, 0) of a state, once. */
function prepareHash(state: usize): void {
  if (partsOf(state) & PART_HASH) return;
  // CT begin: secret = round keys
  store<v128>(block, encrypt1(encryptKeysIn(state), roundsIn(state), i32x4.splat(0)));
  prepareHashKey(block, hashKeyIn(state));
  store<v128>(hashKeyIn(state), load<v128>(block), HASH_KEY_LENGTH);
  wipe(block, 16);
  // CT end
  addPart(state, PART_HASH);
}

/** GHASH of the two byte strings, each padded to whole blocks, and their lengths in bits. */
export function ghash(state: usize, aad: usize, aadLength: usize, data: usize, length: usize): v128 {
  prepareHash(state);
  const blocks = ((aadLength + 15) >> 4) + ((length + 15) >> 4) + 1;
  // CT begin: secret = hash key, bytes at aad and data
  if (blocks >= WORTHWHILE) {
    batchBegin(state, blocks);
    batchAbsorb(state, aad, aadLength);
    batchAbsorb(state, data, length);
    return batchEnd(state, lengthBlock(aadLength, length));
  }
  const parts = hashKeyIn(state);
  let y = hashBytes(i32x4.splat(0), parts, aad, aadLength);
  y = hashBytes(y, parts, data, length);
  return multiply(v128.xor(y, lengthBlock(aadLength, length)), parts);
  // CT end
}

/** Lengths in bits, as 64-bit big-endian numbers. */
function lengthBlock(aadLength: usize, length: usize): v128 {
  const low = i64x2.splat(bswap<u64>(<u64>aadLength << 3));
  return i64x2.replace_lane(low, 1, bswap<u64>(<u64>length << 3));
}

function hashBytes(y: v128, parts: usize, data: usize, length: usize): v128 {
  // CT begin: secret = y, parts, bytes at data
  for (; length >= 16; length -= 16, data += 16) y = multiply(v128.xor(y, load<v128>(data)), parts);
  if (length > 0) {
    store<v128>(block, i32x4.splat(0));
    memory.copy(block, data, length);
    y = multiply(v128.xor(y, load<v128>(block)), parts);
  }
  return y;
  // CT end
}
