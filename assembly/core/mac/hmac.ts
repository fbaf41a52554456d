// HMAC (RFC 2104, FIPS 198-1) over every hash of the core. Time depends on lengths alone, the key's included.
//
// State, HMAC_STATE_LENGTH bytes that the caller owns: the inner running hash, then the outer one, each keyed. Copying
// the bytes clones it, which saves two compressions for every further MAC with one key.
import { equalBytes, wipe } from '../../shared/ct';
import {
  HASH_STATE_LENGTH, MAX_BLOCK_LENGTH, MAX_HASH_LENGTH, hashBlockLength, hashDigest, hashFinal, hashInit,
  hashOutputLength, hashUpdate
} from '../hash/hash';

export const HMAC_STATE_LENGTH: usize = 416;
const OUTER: usize = HASH_STATE_LENGTH;

const pad = memory.data(144, 16);
const innerDigest = memory.data(64, 16);
const computed = memory.data(64, 16);
const state = memory.data(416, 16);

/** Length of a running HMAC in bytes. */
export function hmacStateLength(): usize {
  return HMAC_STATE_LENGTH;
}

/** Starts HMAC in `state` with `keyLength` bytes at `key`. */
export function hmacInit(algorithm: u32, state: usize, key: usize, keyLength: usize): void {
  const block = <usize>hashBlockLength(algorithm);
  // CT begin: secret = key
  memory.fill(pad, 0, MAX_BLOCK_LENGTH);
  if (keyLength > block) hashDigest(algorithm, key, keyLength, pad);
  else memory.copy(pad, key, keyLength);
  xorPad(0x3636363636363636);
  hashInit(algorithm, state);
  hashUpdate(algorithm, state, pad, block);
  xorPad(0x3636363636363636 ^ 0x5c5c5c5c5c5c5c5c);
  hashInit(algorithm, state + OUTER);
  hashUpdate(algorithm, state + OUTER, pad, block);
  wipe(pad, MAX_BLOCK_LENGTH);
  // CT end
}

/** Authenticates `length` bytes at `data`. */
export function hmacUpdate(algorithm: u32, state: usize, data: usize, length: usize): void {
  hashUpdate(algorithm, state, data, length);
}

/** Writes the MAC, as long as the digest, to `out` and wipes the state. */
export function hmacFinal(algorithm: u32, state: usize, out: usize): void {
  hashFinal(algorithm, state, innerDigest);
  hashUpdate(algorithm, state + OUTER, innerDigest, hashOutputLength(algorithm));
  hashFinal(algorithm, state + OUTER, out);
  wipe(innerDigest, MAX_HASH_LENGTH);
}

/** As hmacFinal, but compares with the `length` bytes at `expected` in constant time: 1 if they are the MAC's first. */
export function hmacVerify(algorithm: u32, state: usize, expected: usize, length: usize): u32 {
  hmacFinal(algorithm, state, computed);
  const equal = equalBytes(computed, expected, length) & 1;
  wipe(computed, MAX_HASH_LENGTH);
  return equal;
}

/** HMAC of `length` bytes at `data`, to `out`. */
export function hmac(algorithm: u32, key: usize, keyLength: usize, data: usize, length: usize, out: usize): void {
  hmacInit(algorithm, state, key, keyLength);
  hmacUpdate(algorithm, state, data, length);
  hmacFinal(algorithm, state, out);
}

function xorPad(value: u64): void {
  // CT begin: secret = pad
  for (let i: usize = 0; i < MAX_BLOCK_LENGTH; i += 8) store<u64>(pad + i, load<u64>(pad + i) ^ value);
  // CT end
}
