// AES in counter mode with a 32-bit big-endian counter in the last word, as GCM counts (NIST SP 800-38D §6.5).
import { wipe } from '../../shared/ct';
import { encrypt4 } from './aes_permute_rounds';
import { encryptKeysIn, roundsIn } from './aes_state';

const lanes = memory.data(64, 16);

/** Xors the key stream that starts at counter block `counter` into data. */
export function aesCtr(state: usize, counter: v128, data: usize, length: usize): void {
  const keys = encryptKeysIn(state);
  const rounds = roundsIn(state);
  let count = bswap<u32>(i32x4.extract_lane(counter, 3));
  // CT begin: secret = round keys, data
  while (length > 0) {
    for (let at: usize = 0; at < 64; at += 16) {
      store<v128>(lanes + at, i32x4.replace_lane(counter, 3, bswap<u32>(count++)));
    }
    encrypt4(keys, rounds, lanes);
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
