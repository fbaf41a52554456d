// AES in counter mode with a 32-bit big-endian counter in the last word, as GCM counts (NIST SP 800-38D §6.5).
// Long data in bitsliced batches of 32 blocks whose counters share all but their last five bits, short data and what
// is left four blocks at a time. Which path runs depends on the length and the counter alone.
import { wipe } from '../../shared/ct';
import { LARGE_KERNELS } from '../features';
import { bitslicedBatch, bitslicedBegin, bitslicedEnd } from './aes_bitsliced';
import { encrypt1, encrypt2, encrypt4 } from './aes_permute_rounds';
import { encryptKeysIn, roundsIn } from './aes_state';

const BATCH: usize = 512;
/** From this many bytes on a bitsliced batch is faster, though part of it may go unused. */
const WORTHWHILE: usize = 352;

const buffer = memory.data(512, 16);
const lanes = memory.data(64, 16);

// CT begin: secret = round keys, data, nonce in TLS

/** Xors the key stream that starts at counter block `counter` into data. */
export function aesCtr(state: usize, counter: v128, data: usize, length: usize): void {
  let count = bswap<u32>(i32x4.extract_lane(counter, 3));
  if (LARGE_KERNELS && length >= WORTHWHILE) {
    const done = bitslicedCtr(state, counter, count, data, length);
    count += <u32>((done + 15) >> 4);
    data += done;
    length -= done;
  }
  if (length > 0) permuteCtr(state, counter, count, data, length);
}

/** As aesCtr for a counter that is a secret, as GCM's is after a nonce that was hashed: nothing depends on it. */
export function aesCtrSecretCounter(state: usize, counter: v128, data: usize, length: usize): void {
  permuteCtr(state, counter, bswap<u32>(i32x4.extract_lane(counter, 3)), data, length);
}
// CT end

/** Bytes done: all but a short rest. */
function bitslicedCtr(state: usize, counter: v128, count: u32, data: usize, length: usize): usize {
  // CT begin: secret = round keys, data
  const skipped = <usize>(count & 31) << 4;
  count &= ~31;
  bitslicedBegin(state, i32x4.replace_lane(counter, 3, bswap<u32>(count)));
  let done: usize = 0;
  if (skipped != 0) {
    done = min<usize>(BATCH - skipped, length);
    partialBatch(state, count, data, skipped, done);
    count += 32;
  }
  for (; length - done >= BATCH; done += BATCH, count += 32) bitslicedBatch(state, count, data + done);
  if (length - done >= WORTHWHILE) {
    partialBatch(state, count, data + done, 0, length - done);
    done = length;
  }
  bitslicedEnd();
  return done;
  // CT end
}

/** A batch of which `length` bytes from `skipped` on are wanted. */
function partialBatch(state: usize, count: u32, data: usize, skipped: usize, length: usize): void {
  // CT begin: secret = round keys, data
  memory.copy(buffer + skipped, data, length);
  bitslicedBatch(state, count, buffer);
  memory.copy(data, buffer + skipped, length);
  wipe(buffer, BATCH);
  // CT end
}

function permuteCtr(state: usize, counter: v128, count: u32, data: usize, length: usize): void {
  const keys = encryptKeysIn(state);
  const rounds = roundsIn(state);
  // CT begin: secret = round keys, counter, data
  while (length > 0) {
    for (let at: usize = 0; at < 64; at += 16) {
      store<v128>(lanes + at, i32x4.replace_lane(counter, 3, bswap<u32>(count++)));
    }
    if (length <= 16) store<v128>(lanes, encrypt1(keys, rounds, load<v128>(lanes)));
    else if (length <= 32) encrypt2(keys, rounds, lanes);
    else encrypt4(keys, rounds, lanes);
    const part = min<usize>(64, length);
    let at: usize = 0;
    for (; at + 16 <= part; at += 16) {
      store<v128>(data + at, v128.xor(load<v128>(data + at), load<v128>(lanes + at)));
    }
    for (; at < part; at++) store<u8>(data + at, load<u8>(data + at) ^ load<u8>(lanes + at));
    data += part;
    length -= part;
  }
  wipe(lanes, 64);
  // CT end
}
