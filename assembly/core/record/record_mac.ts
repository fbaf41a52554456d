// The MAC of CBC records: HMAC over header and content. Beside the plain one, one over content whose length is
// secret, as MAC-then-encrypt needs it after Lucky 13 (AlFardan and Paterson, 2013).

import { sha1Compress, sha1Final, sha1Init, sha1Update } from '../../shared/hash/sha1';
import { choose32, equal32, less32, wipe } from '../../shared/ct';
import { sha256Compress, sha256Final, sha256Init, sha256Update } from '../../shared/hash/sha256';
import { sha384Init, sha512Compress, sha512Final, sha512Update } from '../../shared/hash/sha512';

// MAC hash of a record context
export const MAC_SHA1: u32 = 1;
export const MAC_SHA256: u32 = 2;
export const MAC_SHA384: u32 = 3;

/** seq_num, type, version, length of the MAC input (RFC 5246 §6.2.3.1). */
export const MAC_HEADER: usize = 13;

const state = memory.data(256, 16);
const keyBlock = memory.data(128, 16);
const lastBlock = memory.data(128, 16);
const chosen = memory.data(64, 16);
const inner = memory.data(64, 16);

// @ts-ignore: decorator
@inline
function blockLength(hash: u32): usize {
  return hash == MAC_SHA384 ? 128 : 64;
}

function init(hash: u32): void {
  if (hash == MAC_SHA1) sha1Init(state);
  else if (hash == MAC_SHA256) sha256Init(state);
  else sha384Init(state);
}

function update(hash: u32, data: usize, length: usize): void {
  if (hash == MAC_SHA1) sha1Update(state, data, length);
  else if (hash == MAC_SHA256) sha256Update(state, data, length);
  else sha512Update(state, data, length);
}

function final(hash: u32, out: usize): void {
  if (hash == MAC_SHA1) sha1Final(state, out);
  else if (hash == MAC_SHA256) sha256Final(state, out);
  else sha512Final(state, out);
}

function compress(hash: u32, block: usize): void {
  if (hash == MAC_SHA1) sha1Compress(state, block, 1);
  else if (hash == MAC_SHA256) sha256Compress(state, block, 1);
  else sha512Compress(state, block, 1);
}

/** Starts the inner (0x36) or outer (0x5c) hash: the key, padded to a block, xor the pad (RFC 2104). */
function startPadded(hash: u32, key: usize, keyLength: usize, pad: u8): void {
  // CT begin: secret = key
  const length = blockLength(hash);
  memory.fill(keyBlock, pad, length);
  for (let i: usize = 0; i < keyLength; i++) store<u8>(keyBlock + i, load<u8>(key + i) ^ pad);
  init(hash);
  update(hash, keyBlock, length);
  wipe(keyBlock, length);
  // CT end
}

/** out = HMAC(key, header || data). macLength is the key's length too: all suites use whole digests. */
export function recordMac(
  hash: u32,
  key: usize,
  macLength: usize,
  header: usize,
  data: usize,
  length: usize,
  out: usize,
): void {
  startPadded(hash, key, macLength, 0x36);
  update(hash, header, MAC_HEADER);
  update(hash, data, length);
  final(hash, inner);
  finishOuter(hash, key, macLength, out);
}

function finishOuter(hash: u32, key: usize, macLength: usize, out: usize): void {
  startPadded(hash, key, macLength, 0x5c);
  update(hash, inner, macLength);
  final(hash, out);
  wipe(inner, 64);
}

/**
 * As recordMac for a `length` that is secret, between minimumLength and maximumLength (both public). The trace depends
 * on these two alone: the blocks that may hold the end are all built byte by byte with masks, all are compressed, and
 * the chaining value behind the real last one is picked by mask.
 */
export function recordMacSecretLength(
  hash: u32,
  key: usize,
  macLength: usize,
  header: usize,
  data: usize,
  length: usize,
  minimumLength: usize,
  maximumLength: usize,
  out: usize,
): void {
  // CT begin: secret = length, data, key
  const block = blockLength(hash);
  const lengthField: usize = block >> 3; // 8 bytes of bit length, or 16
  const shift: u32 = hash == MAC_SHA384 ? 7 : 6;
  const total = <u32>(MAC_HEADER + length);
  // The block that ends with the length field: floor((total + 1 + lengthField - 1) / block).
  const lastIndex = (total + <u32>lengthField) >> shift;
  const firstOpen = (MAC_HEADER + minimumLength) >> shift; // blocks below it hold message bytes only
  const lastOpen = (MAC_HEADER + maximumLength + lengthField) >> shift;

  startPadded(hash, key, macLength, 0x36);
  if (firstOpen > 0) {
    update(hash, header, MAC_HEADER);
    update(hash, data, (firstOpen << shift) - MAC_HEADER);
  }
  wipe(chosen, 64);
  const bits = (total + <u32>block) << 3; // at most (16384 + 2048 + 141) * 8: fits 32 bits
  for (let index = firstOpen; index <= lastOpen; index++) {
    const isLast = equal32(<u32>index, lastIndex);
    buildBlock(index << shift, block, header, data, total, maximumLength);
    for (let i: usize = 0; i < 4; i++) {
      const at = lastBlock + block - 4 + i;
      store<u8>(at, load<u8>(at) | (<u8>(bits >> <u32>(24 - 8 * i)) & <u8>isLast));
    }
    compress(hash, lastBlock);
    for (let i: usize = 0; i < 64; i += 4) {
      store<u32>(chosen + i, choose32(isLast, load<u32>(chosen + i), load<u32>(state + i)));
    }
  }
  writeDigest(hash, macLength);
  // CT end
  finishOuter(hash, key, macLength, out);
  wipe(lastBlock, 128);
  wipe(chosen, 64);
  wipe(state, 256);
}

// CT begin: secret = data, total, digest

/** Message bytes from `start`, 0x80 behind the last of `total` bytes, zeros behind that. */
function buildBlock(start: usize, block: usize, header: usize, data: usize, total: u32, maximumLength: usize): void {
  for (let i: usize = 0; i < block; i++) {
    const position = start + i;
    let byte: u32 = 0;
    // Public: which buffer holds this position, and that nothing is read past the longest possible message.
    if (position < MAC_HEADER) byte = load<u8>(header + position);
    else if (position < MAC_HEADER + maximumLength) byte = load<u8>(data + position - MAC_HEADER);
    byte &= less32(<u32>position, total);
    byte |= 0x80 & equal32(<u32>position, total);
    store<u8>(lastBlock + i, <u8>byte);
  }
}

/** The chosen chaining value as a digest, to `inner`. */
function writeDigest(hash: u32, macLength: usize): void {
  if (hash == MAC_SHA384) {
    for (let i: usize = 0; i < macLength; i += 8) store<u64>(inner + i, bswap<u64>(load<u64>(chosen + i)));
  } else {
    for (let i: usize = 0; i < macLength; i += 4) store<u32>(inner + i, bswap<u32>(load<u32>(chosen + i)));
  }
}
// CT end
