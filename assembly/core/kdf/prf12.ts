// P_hash, which is the TLS 1.2 PRF (RFC 5246 §5) and the SHA-1 half of the one before it (RFC 4346 §5). Time depends on
// lengths alone.
import { wipe } from '../../shared/ct';
import { MAX_HASH_LENGTH, hashOutputLength } from '../hash/hash';
import { HMAC_STATE_LENGTH, hmacFinal, hmacInit, hmacUpdate } from '../mac/hmac';

const keyed = memory.data(416, 16);
const state = memory.data(416, 16);
// A(i) of RFC 5246 §5 and the piece of output made from it.
const a = memory.data(64, 16);
const piece = memory.data(64, 16);

/** P_hash(secret, seed) to `outLength` bytes; `seed` is the label and the seed of the PRF, one behind the other. */
export function prf12(
  algorithm: u32, secret: usize, secretLength: usize, seed: usize, seedLength: usize, out: usize, outLength: usize
): void {
  const length = <usize>hashOutputLength(algorithm);
  hmacInit(algorithm, keyed, secret, secretLength);
  memory.copy(state, keyed, HMAC_STATE_LENGTH);
  hmacUpdate(algorithm, state, seed, seedLength);
  hmacFinal(algorithm, state, a);
  while (outLength > 0) {
    memory.copy(state, keyed, HMAC_STATE_LENGTH);
    hmacUpdate(algorithm, state, a, length);
    hmacUpdate(algorithm, state, seed, seedLength);
    hmacFinal(algorithm, state, piece);
    let part = outLength;
    if (part > length) part = length;
    memory.copy(out, piece, part);
    out += part;
    outLength -= part;
    memory.copy(state, keyed, HMAC_STATE_LENGTH);
    hmacUpdate(algorithm, state, a, length);
    hmacFinal(algorithm, state, a);
  }
  wipe(keyed, HMAC_STATE_LENGTH);
  wipe(state, HMAC_STATE_LENGTH);
  wipe(a, MAX_HASH_LENGTH);
  wipe(piece, MAX_HASH_LENGTH);
}
