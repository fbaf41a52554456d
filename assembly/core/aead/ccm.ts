// AES-CCM (NIST SP 800-38C, RFC 3610), in place. TLS has nonces of 12 bytes and tags of 16 or 8 (RFC 6655); the general
// functions serve nonces of 7 to 13 bytes and tags of 4 to 16. The CBC-MAC and the counter share each step: two lanes.
import { equalBytes, wipe } from '../../shared/ct';
import { encrypt1, encrypt2 } from '../cipher/aes_permute_rounds';
import { aesState, encryptKeysIn, releaseState, roundsIn } from '../cipher/aes_state';

// The MAC so far and the key stream block, side by side for encrypt2; a padded block; counter block 0.
const lanes = memory.data(64, 16);
const mac = lanes;
const stream = lanes + 16;
const block = lanes + 32;
const counter = lanes + 48;

/**
 * Seals in place.
 * @param key address of the key @param keyLength 16, 24 or 32 bytes
 * @param id context of the key (aes_state.ts), 0 for one use
 * @param nonce 12 bytes @param data plaintext, becomes ciphertext
 * @param tag where the tag goes @param tagLength 16 or 8
 */
export function ccmSeal(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
  tagLength: usize,
): void {
  ccmSealGeneral(key, keyLength, id, nonce, 12, aad, aadLength, data, length, tag, tagLength);
}

/** Opens in place; parameters as in ccmSeal. Returns 1, or 0 with data wiped if the tag is wrong. */
export function ccmOpen(
  key: usize,
  keyLength: u32,
  id: u32,
  nonce: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
  tag: usize,
  tagLength: usize,
): u32 {
  return ccmOpenGeneral(key, keyLength, id, nonce, 12, aad, aadLength, data, length, tag, tagLength);
}

/** As ccmSeal, with a nonce of 7 to 13 bytes and a tag of 4, 6, ... 16; length < 2^(8 * (15 - nonceLength)). */
export function ccmSealGeneral(
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
  begin(state, nonce, nonceLength, aad, aadLength, length, tagLength);
  seal(state, data, length);
  finish(state);
  memory.copy(tag, mac, tagLength);
  wipe(lanes, 64);
  releaseState(state);
}

/** As ccmOpen, with a nonce of 7 to 13 bytes and a tag of 4, 6, ... 16 bytes. */
export function ccmOpenGeneral(
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
  begin(state, nonce, nonceLength, aad, aadLength, length, tagLength);
  open(state, data, length);
  finish(state);
  // CT public (tag valid): the outcome is the result, and a receiver answers a forgery with an alert.
  const valid = equalBytes(tag, mac, tagLength) & 1;
  // CCM authenticates the plaintext, so it exists before the verdict: a wrong tag wipes it.
  if (!valid) wipe(data, length);
  wipe(lanes, 64);
  releaseState(state);
  return valid;
}

/** The MAC over B0 and the additional data, and counter block 1 (SP 800-38C appendix A). */
function begin(
  state: usize,
  nonce: usize,
  nonceLength: usize,
  aad: usize,
  aadLength: usize,
  length: usize,
  tagLength: usize,
): void {
  // CT begin: secret = round keys
  const flags: usize = 14 - nonceLength;
  store<v128>(mac, i32x4.splat(0));
  store<u32>(mac, bswap<u32>(<u32>length), 12);
  // A nonce of 12 or 13 bytes leaves 3 or 2 for the length, whose upper bytes are then zero: the nonce covers them.
  store<u8>(mac, <u8>(flags | ((tagLength - 2) << 2) | (aadLength != 0 ? 64 : 0)));
  memory.copy(mac + 1, nonce, nonceLength);
  store<v128>(counter, i32x4.splat(0));
  store<u8>(counter, <u8>flags);
  memory.copy(counter + 1, nonce, nonceLength);
  store<v128>(mac, encrypt1(encryptKeysIn(state), roundsIn(state), load<v128>(mac)));
  if (aadLength != 0) absorbAad(state, aad, aadLength);
  // CT end
}

/** Additional data: its length in 2 or 6 bytes, then itself, padded to whole blocks. */
function absorbAad(state: usize, aad: usize, aadLength: usize): void {
  // CT begin: secret = round keys, mac
  store<v128>(block, i32x4.splat(0));
  let at: usize = 2;
  if (aadLength < 0xff00) {
    store<u16>(block, bswap<u16>(<u16>aadLength));
  } else {
    store<u16>(block, 0xfeff);
    store<u32>(block, bswap<u32>(<u32>aadLength), 2);
    at = 6;
  }
  const first = min<usize>(16 - at, aadLength);
  memory.copy(block + at, aad, first);
  absorb(state, load<v128>(block));
  for (at = first; at < aadLength; at += 16) absorb(state, loadPadded(aad + at, aadLength - at));
  // CT end
}

// CT begin: secret = mac, data

// @ts-ignore: decorator
@inline
function absorb(state: usize, input: v128): void {
  store<v128>(mac, encrypt1(encryptKeysIn(state), roundsIn(state), v128.xor(load<v128>(mac), input)));
}

/** The next block: whole, or padded with zeros. */
function loadPadded(data: usize, length: usize): v128 {
  if (length >= 16) return load<v128>(data);
  store<v128>(block, i32x4.splat(0));
  memory.copy(block, data, length);
  return load<v128>(block);
}

/** Writes a block of `length` bytes, at most 16. */
// @ts-ignore: decorator
@inline
function storePart(data: usize, length: usize, value: v128): void {
  if (length >= 16) {
    store<v128>(data, value);
  } else {
    store<v128>(block, value);
    memory.copy(data, block, length);
  }
}
// CT end

/** Counter block i; 32 bits of it count, which is more than one call can hold. */
// @ts-ignore: decorator
@inline
function counterBlock(i: u32): v128 {
  // CT begin: secret = nonce, in TLS
  const end = i32x4.replace_lane(i32x4.splat(0), 3, bswap<u32>(i));
  return v128.xor(load<v128>(counter), end);
  // CT end
}

function seal(state: usize, data: usize, length: usize): void {
  const keys = encryptKeysIn(state);
  const rounds = roundsIn(state);
  // CT begin: secret = round keys, mac, data
  for (let i: u32 = 1; length > 0; i++) {
    const part = min<usize>(16, length);
    const plaintext = loadPadded(data, part);
    store<v128>(mac, v128.xor(load<v128>(mac), plaintext));
    store<v128>(stream, counterBlock(i));
    encrypt2(keys, rounds, lanes);
    storePart(data, part, v128.xor(plaintext, load<v128>(stream)));
    data += part;
    length -= part;
  }
  // CT end
}

/** Here the key stream runs one block ahead of the MAC. */
function open(state: usize, data: usize, length: usize): void {
  const keys = encryptKeysIn(state);
  const rounds = roundsIn(state);
  // CT begin: secret = round keys, mac, data
  store<v128>(stream, encrypt1(keys, rounds, counterBlock(1)));
  for (let i: u32 = 2; length > 0; i++) {
    const part = min<usize>(16, length);
    storePart(data, part, v128.xor(loadPadded(data, part), load<v128>(stream)));
    store<v128>(mac, v128.xor(load<v128>(mac), loadPadded(data, part)));
    store<v128>(stream, counterBlock(i));
    encrypt2(keys, rounds, lanes);
    data += part;
    length -= part;
  }
  // CT end
}

/** Encrypts the MAC with counter block 0. */
function finish(state: usize): void {
  // CT begin: secret = round keys, mac
  const mask = encrypt1(encryptKeysIn(state), roundsIn(state), counterBlock(0));
  store<v128>(mac, v128.xor(load<v128>(mac), mask));
  // CT end
}
