// All hash functions of the core behind one number, as src/wasm/hash.ts and the constructions over them use them.
// A running state is HASH_STATE_LENGTH bytes that the caller owns; copying the bytes clones it.
import { SHA3_SUFFIX, keccakAbsorb, keccakFinish, keccakInit, keccakSqueeze } from '../../shared/hash/keccak';
import { sha224Init, sha256Final, sha256Init, sha256Update } from '../../shared/hash/sha256';
import { sha384Init, sha512Final, sha512Init, sha512Update } from '../../shared/hash/sha512';
import { wipe } from '../../shared/ct';
import { sha1Final, sha1Init, sha1Update } from '../../shared/hash/sha1';
import { OLDER } from '../features';

// Numbers of the algorithms, known to src/wasm/hash.ts:
//   0 SHA-1   1 SHA-224   2 SHA-256   3 SHA-384   4 SHA-512   5 SHA3-224   6 SHA3-256   7 SHA3-384   8 SHA3-512
const OUTPUT_LENGTH = memory.data<u8>([20, 28, 32, 48, 64, 28, 32, 48, 64]);
// For Keccak the rate, 200 - 2 * output length (FIPS 202 §6.1).
const BLOCK_LENGTH = memory.data<u8>([64, 64, 64, 128, 128, 144, 136, 104, 72]);

/** Bytes of a running hash. */
export const HASH_STATE_LENGTH: usize = 208;
/** Longest digest and longest block of all algorithms. */
export const MAX_HASH_LENGTH: usize = 64;
export const MAX_BLOCK_LENGTH: usize = 144;

const state = memory.data(208, 16);

/** Length of the digest in bytes. */
export function hashOutputLength(algorithm: u32): u32 {
  return load<u8>(OUTPUT_LENGTH + algorithm);
}

/** Length of a block in bytes, as HMAC uses it. */
export function hashBlockLength(algorithm: u32): u32 {
  return load<u8>(BLOCK_LENGTH + algorithm);
}

/** Length of a running state in bytes. */
export function hashStateLength(): usize {
  return HASH_STATE_LENGTH;
}

/** Starts a hash in `state`. */
export function hashInit(algorithm: u32, state: usize): void {
  if (OLDER && algorithm == 0) sha1Init(state);
  else if (algorithm == 1) sha224Init(state);
  else if (algorithm == 2) sha256Init(state);
  else if (algorithm == 3) sha384Init(state);
  else if (!OLDER || algorithm == 4) sha512Init(state);
  else keccakInit(state, hashBlockLength(algorithm));
}

/** Hashes `length` bytes at `data`. */
export function hashUpdate(algorithm: u32, state: usize, data: usize, length: usize): void {
  if (OLDER && algorithm == 0) sha1Update(state, data, length);
  else if (algorithm <= 2) sha256Update(state, data, length);
  else if (!OLDER || algorithm <= 4) sha512Update(state, data, length);
  else keccakAbsorb(state, data, length);
}

/** Writes the digest to `out` and wipes the state. */
export function hashFinal(algorithm: u32, state: usize, out: usize): void {
  if (OLDER && algorithm == 0) sha1Final(state, out);
  else if (algorithm <= 2) sha256Final(state, out);
  else if (!OLDER || algorithm <= 4) sha512Final(state, out);
  else {
    keccakFinish(state, SHA3_SUFFIX);
    keccakSqueeze(state, out, hashOutputLength(algorithm));
    wipe(state, HASH_STATE_LENGTH);
  }
}

/** Writes the digest of what `running` took so far to `out`; it goes on. */
export function hashPeek(algorithm: u32, running: usize, out: usize): void {
  memory.copy(state, running, HASH_STATE_LENGTH);
  hashFinal(algorithm, state, out);
}

/** Writes the digest of `length` bytes at `data` to `out`. */
export function hashDigest(algorithm: u32, data: usize, length: usize, out: usize): void {
  hashInit(algorithm, state);
  hashUpdate(algorithm, state, data, length);
  hashFinal(algorithm, state, out);
}
