// AES-GCM (NIST SP 800-38D §7), in place. The record path has nonces of 12 bytes and tags of 16 (RFC 5116 §5.1); the
// general functions serve any nonce of at least one byte and any tag length up to 16.
import { equalBytes, wipe } from '../../shared/ct';
import { aesCtr, aesCtrSecretCounter } from '../cipher/aes_ctr';
import { encrypt1 } from '../cipher/aes_permute_rounds';
import { aesState, encryptKeysIn, releaseState, roundsIn } from '../cipher/aes_state';
import { ghash } from './ghash';

const expected = memory.data(16, 16);

/**
 * Seals in place.
 * @param key address of the key @param keyLength 16, 24 or 32 bytes
 * @param id context of the key (aes_state.ts), 0 for one use
 * @param nonce 12 bytes @param data plaintext, becomes ciphertext @param tag where 16 bytes of tag go
 */
export function gcmSeal(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
): void {
  gcmSealGeneral(key, keyLength, id, nonce, 12, aad, aadLength, data, length, tag, 16);
}

/** Opens in place; parameters as in gcmSeal. Returns 1, or 0 with data untouched if the tag is wrong. */
export function gcmOpen(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
): u32 {
  return gcmOpenGeneral(key, keyLength, id, nonce, 12, aad, aadLength, data, length, tag, 16);
}

// CT begin: secret = key, data, nonce in TLS

/** As gcmSeal, with a nonce of 1 byte or more and a tag of up to 16 bytes. */
export function gcmSealGeneral(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  nonceLength: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
  tagLength: usize,
): void {
  const state = aesState(key, keyLength, id);
  const counter = firstCounter(state, nonce, nonceLength);
  xorKeyStream(state, counter, nonceLength, data, length);
  computeTag(state, counter, aad, aadLength, data, length);
  memory.copy(tag, expected, tagLength);
  wipe(expected, 16);
  releaseState(state);
}

/** As gcmOpen, with a nonce of 1 byte or more and a tag of up to 16 bytes. */
export function gcmOpenGeneral(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  nonceLength: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
  tagLength: usize,
): u32 {
  const state = aesState(key, keyLength, id);
  const counter = firstCounter(state, nonce, nonceLength);
  computeTag(state, counter, aad, aadLength, data, length);
  // CT public (tag valid): the outcome is the result, and a receiver answers a forgery with an alert.
  const valid = equalBytes(tag, expected, tagLength) & 1;
  // The tag of a forgery must not stay in memory.
  wipe(expected, 16);
  if (valid) xorKeyStream(state, counter, nonceLength, data, length);
  releaseState(state);
  return valid;
}

/** The counter block J0 (SP 800-38D §7.1 step 2). */
function firstCounter(state: usize, nonce: usize, nonceLength: usize): v128 {
  if (nonceLength != 12) return ghash(state, 0, 0, nonce, nonceLength);
  const start = v128.load64_zero(nonce);
  return i32x4.replace_lane(i32x4.replace_lane(start, 2, load<u32>(nonce, 8)), 3, 0x0100_0000);
}

/** GCTR from the block after J0. A hash of the nonce tells of the hash subkey, so its counter is kept secret. */
function xorKeyStream(state: usize, counter: v128, nonceLength: usize, data: usize, length: usize): void {
  const next = bswap<u32>(bswap<u32>(i32x4.extract_lane(counter, 3)) + 1);
  counter = i32x4.replace_lane(counter, 3, next);
  if (nonceLength == 12) aesCtr(state, counter, data, length);
  else aesCtrSecretCounter(state, counter, data, length);
}
// CT end

/** Leaves the full tag in `expected`. */
function computeTag(
  state: usize,
  counter: v128,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
): void {
  // CT begin: secret = round keys, hash key
  const mask = encrypt1(encryptKeysIn(state), roundsIn(state), counter);
  store<v128>(expected, v128.xor(mask, ghash(state, aad, aadLength, data, length)));
  // CT end
}
