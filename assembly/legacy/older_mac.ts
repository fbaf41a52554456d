// The MAC of records before TLS 1.2: HMAC with MD5 or SHA-1 (RFC 2246 §6.2.3.1), and the one SSL 3.0 had before HMAC was
// settled (RFC 6101 §5.2.3.1). Both are H(outer || H(inner || content)) and differ in what stands before, which is made here
// as bytes; so the MAC over content whose length is secret is one for all four (Lucky 13; cf. core/record/record_mac.ts).

import { sha1Compress, sha1Final, sha1Init, sha1Update } from '../shared/hash/sha1';
import { choose32, equal32, less32, wipe } from '../shared/ct';
import { md5Compress, md5Final, md5Init, md5Update } from './md5';

// Bits of a kind: the hash, the construction.
/** SHA-1; else MD5. */
export const KIND_SHA1: u32 = 1;
/** SSL 3.0's construction, whose header has no version; else HMAC. */
export const KIND_SSL3: u32 = 2;

const BLOCK: usize = 64; // of both hashes
const LENGTH_FIELD: usize = 8;

const state = memory.data(112, 16);
const prefix = memory.data(96, 16); // at most 64 + 13 bytes
const inner = memory.data(32, 16);
const lastBlock = memory.data(64, 16);
const chosen = memory.data(32, 16);

/** Bytes of the MAC, and of its key. */
// @ts-ignore: decorator
@inline
export function macLengthOf(kind: u32): usize {
  return (kind & KIND_SHA1) != 0 ? 20 : 16;
}

function init(kind: u32): void {
  if ((kind & KIND_SHA1) != 0) sha1Init(state);
  else md5Init(state);
}

function update(kind: u32, data: usize, length: usize): void {
  if ((kind & KIND_SHA1) != 0) sha1Update(state, data, length);
  else md5Update(state, data, length);
}

function final(kind: u32, out: usize): void {
  if ((kind & KIND_SHA1) != 0) sha1Final(state, out);
  else md5Final(state, out);
}

function compress(kind: u32, block: usize): void {
  if ((kind & KIND_SHA1) != 0) sha1Compress(state, block, 1);
  else md5Compress(state, block, 1);
}

/** Key and pad at `prefix`: xored in a block of HMAC, one behind the other in SSL 3.0. Returns how many bytes. */
function writeKeyAndPad(kind: u32, key: usize, pad: u8): usize {
  // CT begin: secret = key
  const keyLength = macLengthOf(kind);
  if ((kind & KIND_SSL3) != 0) {
    // RFC 6101 §5.2.3.1: pads of 48 bytes with MD5, 40 with SHA-1.
    const padLength: usize = (kind & KIND_SHA1) != 0 ? 40 : 48;
    memory.copy(prefix, key, keyLength);
    memory.fill(prefix + keyLength, pad, padLength);
    return keyLength + padLength;
  }
  memory.fill(prefix, pad, BLOCK);
  for (let i: usize = 0; i < keyLength; i++) store<u8>(prefix + i, load<u8>(key + i) ^ pad);
  return BLOCK;
  // CT end
}

/** What stands before the content: key, pad, sequence number, type, version (not in SSL 3.0), length. Returns its length. */
function writePrefix(kind: u32, key: usize, sequence: u64, type: u32, version: u32, length: u32): usize {
  // CT begin: secret = key, length
  let at = prefix + writeKeyAndPad(kind, key, 0x36);
  store<u64>(at, bswap<u64>(sequence));
  store<u8>(at, <u8>type, 8);
  at += 9;
  if ((kind & KIND_SSL3) == 0) {
    store<u16>(at, bswap<u16>(<u16>version));
    at += 2;
  }
  store<u8>(at, <u8>(length >> 8));
  store<u8>(at, <u8>length, 1);
  return at + 2 - prefix;
  // CT end
}

function finishOuter(kind: u32, key: usize, out: usize): void {
  const keyed = writeKeyAndPad(kind, key, 0x5c);
  init(kind);
  update(kind, prefix, keyed);
  update(kind, inner, macLengthOf(kind));
  final(kind, out);
  wipe(prefix, 96);
  wipe(inner, 32);
}

/** Writes the MAC of `length` bytes at `data`. */
export function olderMac(
  kind: u32,
  key: usize,
  sequence: u64,
  type: u32,
  version: u32,
  data: usize,
  length: usize,
  out: usize,
): void {
  const before = writePrefix(kind, key, sequence, type, version, <u32>length);
  init(kind);
  update(kind, prefix, before);
  update(kind, data, length);
  final(kind, inner);
  finishOuter(kind, key, out);
}

/**
 * As olderMac for a `length` that is secret, between minimum and maximum (both public), on which alone the trace depends: the
 * blocks that may hold the end are all built with masks, all are compressed, and the right chaining value is picked by mask.
 */
export function olderMacSecretLength(
  kind: u32,
  key: usize,
  sequence: u64,
  type: u32,
  version: u32,
  data: usize,
  length: u32,
  minimum: usize,
  maximum: usize,
  out: usize,
): void {
  // CT begin: secret = length, data, key
  const before = writePrefix(kind, key, sequence, type, version, length);
  const total = <u32>before + length;
  const lastIndex = (total + <u32>LENGTH_FIELD) >> 6; // the block that ends with the length field
  const firstOpen = (before + minimum) >> 6; // blocks below it hold message bytes only
  const lastOpen = (before + maximum + LENGTH_FIELD) >> 6;
  const whole = firstOpen << 6;
  init(kind);
  update(kind, prefix, min(before, whole));
  if (whole > before) update(kind, data, whole - before);
  wipe(chosen, 32);
  const bits = total << 3; // at most (16384 + 2048 + 77) * 8: fits 32 bits
  for (let index = firstOpen; index <= lastOpen; index++) {
    const isLast = equal32(<u32>index, lastIndex);
    buildBlock(index << 6, before, data, total, maximum);
    storeBits(kind, bits & isLast);
    compress(kind, lastBlock);
    for (let i: usize = 0; i < 20; i += 4) {
      store<u32>(chosen + i, choose32(isLast, load<u32>(chosen + i), load<u32>(state + i)));
    }
  }
  for (let i: usize = 0; i < 20; i += 4) {
    const word = load<u32>(chosen + i);
    store<u32>(inner + i, (kind & KIND_SHA1) != 0 ? bswap<u32>(word) : word); // public: the hash
  }
  // CT end
  finishOuter(kind, key, out);
  wipe(lastBlock, 64);
  wipe(chosen, 32);
  wipe(state, 112);
}

// CT begin: secret = data, total, bits

/** Message bytes from `start`, 0x80 behind the last of `total` bytes, zeros behind that. */
function buildBlock(start: usize, before: usize, data: usize, total: u32, maximum: usize): void {
  for (let i: usize = 0; i < BLOCK; i++) {
    const position = start + i;
    let byte: u32 = 0;
    // Public: which buffer holds this position, and that nothing is read past the longest possible message.
    if (position < before) byte = load<u8>(prefix + position);
    else if (position < before + maximum) byte = load<u8>(data + position - before);
    byte &= less32(<u32>position, total);
    byte |= 0x80 & equal32(<u32>position, total);
    store<u8>(lastBlock + i, <u8>byte);
  }
}

/** The length field of the last block, where it is not the message's: SHA-1 has it big-endian, MD5 little-endian. */
function storeBits(kind: u32, bits: u32): void {
  if ((kind & KIND_SHA1) != 0) store<u32>(lastBlock, load<u32>(lastBlock, 60) | bswap<u32>(bits), 60);
  else store<u32>(lastBlock, load<u32>(lastBlock, 56) | bits, 56);
}
// CT end
