// The key stream of AES in counter mode, 32 blocks at a time, bitsliced: no table, no address that depends on a secret.
import { wipe } from '../../shared/ct';
import { gatherPlanes, mixPlanes, substituteRows, xorBlocks } from './aes_bitsliced_rounds';
import { PART_BITSLICED, addPart, bitslicedKeysIn, partsOf, roundsIn, scheduleIn } from './aes_state';

// Layout of planes as in aes_bitsliced_rounds.ts: the counter blocks plus round key 0; these after the first SubBytes;
// and the state.
const WORKING: usize = 1536;
const working = memory.data(1536, 16);
const start = working;
const first = working + 512;
const planes = working + 1024;

// Bytes 3, 7, 11 and 15 of the block are row 3, with the last byte of the counter. The other rows change with the
// counter's bit 8 only: their first SubBytes serves 256 blocks.
const ROW3: usize = 384;
let firstIsCurrent = false;

/** Planes in which every block is the same: bit n of each column becomes all ones or zero. */
function spread(block: v128, to: usize): void {
  // CT begin: secret = block
  for (const end = to + 512; to != end; to += 128) {
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 31), 31));
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 30), 31), 16);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 29), 31), 32);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 28), 31), 48);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 27), 31), 64);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 26), 31), 80);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 25), 31), 96);
    store<v128>(to, i32x4.shr_s(i32x4.shl(block, 24), 31), 112);
    block = i32x4.shr_u(block, 8);
  }
  // CT end
}

/** The bitsliced round keys of a state, made at the first use: 512 bytes a round. */
function bitslicedKeys(state: usize): usize {
  const keys = bitslicedKeysIn(state);
  if (partsOf(state) & PART_BITSLICED) return keys;
  // CT begin: secret = schedule
  const rounds = roundsIn(state);
  const constant = i8x16.splat(0x63);
  for (let round: usize = 0; round <= rounds; round++) {
    const key = load<v128>(scheduleIn(state) + (round << 4));
    spread(round == 0 ? key : v128.xor(key, constant), keys + (round << 9));
  }
  // CT end
  addPart(state, PART_BITSLICED);
  return keys;
}

/** Address of the plane of counter bit n: the counter is big-endian in column 3. */
// @ts-ignore: decorator
@inline
function counterPlane(n: u32): usize {
  return start + (((3 - (n >> 3)) << 7) | ((n & 7) << 4));
}

/** Xors `mask` into the counter's column of a plane. */
// @ts-ignore: decorator
@inline
function toggle(at: usize, mask: u32): void {
  // CT begin: secret = planes
  store<v128>(at, v128.xor(load<v128>(at), i32x4.replace_lane(i32x4.splat(0), 3, mask)));
  // CT end
}

/**
 * Prepares batches whose first block is `counter`. The counter's last five bits must be zero: within a batch they
 * are block numbers. Wipe with bitslicedEnd.
 */
export function bitslicedBegin(state: usize, counter: v128): void {
  // CT begin: secret = round keys
  spread(v128.xor(counter, load<v128>(scheduleIn(state))), start);
  bitslicedKeys(state);
  toggle(counterPlane(0), 0xaaaa_aaaa);
  toggle(counterPlane(1), 0xcccc_cccc);
  toggle(counterPlane(2), 0xf0f0_f0f0);
  toggle(counterPlane(3), 0xff00_ff00);
  toggle(counterPlane(4), 0xffff_0000);
  firstIsCurrent = false;
  // CT end
}

/** Xors 512 bytes of key stream into data and moves on by 32. @param count the counter of the batch's first block */
export function bitslicedBatch(state: usize, count: u32, data: usize): void {
  // CT begin: secret = round keys, planes, data
  let key = bitslicedKeysIn(state);
  const last = key + (<usize>roundsIn(state) << 9);
  if (firstIsCurrent) substituteRows(start + ROW3, first + ROW3, 1);
  else substituteRows(start, first, 4);
  mixPlanes(first, planes, key + 512);
  for (key += 1024; key != last; key += 512) {
    substituteRows(planes, planes, 4);
    mixPlanes(planes, planes, key);
  }
  substituteRows(planes, planes, 4);
  gatherPlanes(planes, last);
  xorBlocks(planes, data);
  // CT end

  // The counter is public: flip the bits that differ in the next batch.
  const changed = count ^ (count + 32);
  firstIsCurrent = changed < 256;
  for (let n: u32 = 5; n < 32; n++) {
    if ((changed >> n) & 1) toggle(counterPlane(n), 0xffff_ffff);
  }
}

/** Wipes what bitslicedBegin and the batches left. */
export function bitslicedEnd(): void {
  wipe(working, WORKING);
}
