// Records before TLS 1.2, the cipher aside, which its owner applies between (RFC 6101 §5.2.3, RFC 2246 §6.2.3, RFC 4346
// §6.2.3): MAC and padding behind the content, and both judged together in constant time when they come back.

import { equalBytes, less32, wipe } from '../shared/ct';
import { extractMac, paddingMask } from '../shared/mac_then_encrypt';
import { KIND_SSL3, macLengthOf, olderMac, olderMacSecretLength } from './older_mac';

/** RFC 2246 §6.2.3.2: padding of at most 255 bytes and its length. */
const LONGEST_PADDING: usize = 255;

const expected = memory.data(64, 16);
const extracted = memory.data(64, 16);

/**
 * Puts MAC and padding behind `length` bytes at `data`.
 * @param kind see older_mac.ts @param key 16 or 20 bytes @param block bytes of the cipher's block, 0 for a stream cipher
 * @returns bytes to encrypt
 */
export function olderSeal(
  kind: u32,
  key: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  type: u32,
  version: u32,
  data: usize,
  length: usize,
  block: usize,
): usize {
  olderMac(kind, key, join(sequenceLow, sequenceHigh), type, version, data, length, data + length);
  length += macLengthOf(kind);
  if (block == 0) return length;
  // The least padding: in SSL 3.0 it must be less than a block, and its bytes may be anything.
  const padding = block - (length & (block - 1));
  memory.fill(data + length, <u8>(padding - 1), padding);
  return length + padding;
}

/**
 * Judges what a block cipher decrypted, padding and MAC together. What it does depends on `length` alone.
 * @param block 8 or 16 @returns the content's length, or -1: one reason for all failures
 */
export function olderJudgeBlocks(
  kind: u32,
  key: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  type: u32,
  version: u32,
  data: usize,
  length: usize,
  block: usize,
): i32 {
  const macLength = macLengthOf(kind);
  if (length < macLength + 1 || (length & (block - 1)) != 0) return -1;
  // CT begin: secret = data
  const room = length - macLength; // content and padding
  let padding = <u32>load<u8>(data + length - 1);
  let widest = LONGEST_PADDING;
  let good: u32;
  if ((kind & KIND_SSL3) != 0) {
    // RFC 6101 §5.2.3.2: shorter than a block; what it holds is not said, so a MAC is all that can tell (POODLE).
    widest = block - 1;
    good = less32(padding, <u32>block) & less32(padding, <u32>room);
  } else {
    good = paddingMask(data, length, padding, room);
  }
  padding &= good; // a bad padding counts as one byte, so that as much is hashed as for a good one
  const contentLength = <u32>room - 1 - padding;
  const maximum = room - 1;
  const minimum: usize = maximum > widest ? maximum - widest : 0;
  const sequence = join(sequenceLow, sequenceHigh);
  olderMacSecretLength(kind, key, sequence, type, version, data, contentLength, minimum, maximum, expected);
  extractMac(data, contentLength, minimum, maximum + macLength, macLength, extracted);
  good &= equalBytes(expected, extracted, macLength);
  wipe(expected, 64);
  wipe(extracted, 64);
  return <i32>((contentLength & good) | ~good);
  // CT end
}

/** Judges what a stream cipher decrypted. @returns the content's length, or -1 */
export function olderJudgeStream(
  kind: u32,
  key: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  type: u32,
  version: u32,
  data: usize,
  length: usize,
): i32 {
  const macLength = macLengthOf(kind);
  if (length < macLength) return -1;
  // CT begin: secret = data, key
  const content = length - macLength;
  olderMac(kind, key, join(sequenceLow, sequenceHigh), type, version, data, content, expected);
  const good = equalBytes(expected, data + content, macLength);
  wipe(expected, 64);
  return <i32>((<u32>content & good) | ~good);
  // CT end
}

// @ts-ignore: decorator
@inline
function join(low: u32, high: u32): u64 {
  return (<u64>high << 32) | <u64>low;
}
