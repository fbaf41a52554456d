// PBKDF2 (RFC 8018 §5.2) with HMAC. Time depends on lengths and the iteration count alone.
import { wipe } from '../../shared/ct';
import { MAX_HASH_LENGTH, hashOutputLength } from '../hash/hash';
import { HMAC_STATE_LENGTH, hmacFinal, hmacInit, hmacUpdate } from '../mac/hmac';

const keyed = memory.data(416, 16);
const state = memory.data(416, 16);
// U_j and the sum F of RFC 8018 §5.2.
const u = memory.data(64, 16);
const f = memory.data(64, 16);
const blockIndex = memory.data(16, 16);

/** Derives `outLength` bytes from the password; `iterations` is at least 1. */
export function pbkdf2(
  algorithm: u32, password: usize, passwordLength: usize, salt: usize, saltLength: usize, iterations: u32,
  out: usize, outLength: usize
): void {
  // CT begin: secret = password, digests
  const length = <usize>hashOutputLength(algorithm);
  hmacInit(algorithm, keyed, password, passwordLength);
  for (let index: u32 = 1; outLength > 0; index++) {
    memory.copy(state, keyed, HMAC_STATE_LENGTH);
    hmacUpdate(algorithm, state, salt, saltLength);
    store<u32>(blockIndex, bswap<u32>(index));
    hmacUpdate(algorithm, state, blockIndex, 4);
    hmacFinal(algorithm, state, u);
    memory.copy(f, u, length);
    for (let i: u32 = 1; i < iterations; i++) {
      memory.copy(state, keyed, HMAC_STATE_LENGTH);
      hmacUpdate(algorithm, state, u, length);
      hmacFinal(algorithm, state, u);
      // Digests are multiples of four bytes; what stands behind them is not used.
      for (let j: usize = 0; j < MAX_HASH_LENGTH; j += 16) {
        v128.store(f + j, v128.xor(v128.load(f + j), v128.load(u + j)));
      }
    }
    let part = outLength;
    if (part > length) part = length;
    memory.copy(out, f, part);
    out += part;
    outLength -= part;
  }
  wipe(keyed, HMAC_STATE_LENGTH);
  wipe(u, MAX_HASH_LENGTH);
  wipe(f, MAX_HASH_LENGTH);
  // CT end
}
