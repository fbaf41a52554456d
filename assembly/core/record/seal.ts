// Sealing: cuts content into records and protects them in place, many per call.

import { additionalData12, sealAead } from './aead';
import { OLDER } from '../features';
import { sealCbc, CBC_OVERHEAD } from './cbc';
import {
  FORMAT_12_CBC,
  FORMAT_12_EXPLICIT,
  FORMAT_12_IMPLICIT,
  FORMAT_13,
  formatOf,
  limitOf,
  SEQUENCE,
  sequenceOf,
  tagLengthOf,
} from './context';

const HEADER: usize = 5;
const APPLICATION_DATA: u8 = 23;

// legacy_record_version (RFC 9846 §5.2) and TLS 1.2's version are both 3.3, as the two bytes stand in memory.
const VERSION: u16 = 0x0303;

/** Most bytes by which a record is longer than its content, without extra padding. */
export function recordOverhead(context: usize): usize {
  const format = formatOf(context);
  if (!OLDER || format == FORMAT_13) return HEADER + 1 + tagLengthOf(context);
  if (format == FORMAT_12_EXPLICIT) return HEADER + 8 + tagLengthOf(context);
  if (format == FORMAT_12_IMPLICIT) return HEADER + tagLengthOf(context);
  return HEADER + CBC_OVERHEAD;
}

/**
 * Seals `length` bytes at `content` as records of at most `maxFragment` bytes each at `out` (one empty record if length
 * is 0). `content` must lie at least (number of records) * (overhead + padding) bytes above `out`, or not overlap: each
 * fragment moves down to its place before the next record is written.
 * @param ivs for CBC: 16 fresh random bytes a record
 * @returns bytes written, or 0 if the limit allows fewer records than needed (nothing is sealed then)
 */
export function recordSeal(
  context: usize,
  type: u32,
  content: usize,
  length: usize,
  maxFragment: usize,
  padding: usize,
  ivs: usize,
  out: usize,
): usize {
  const records: u64 = length == 0 ? 1 : (<u64>length + <u64>maxFragment - 1) / <u64>maxFragment;
  const sequence = sequenceOf(context);
  const limit = limitOf(context);
  if (sequence >= limit || limit - sequence < records) return 0;
  let at = out;
  let left = length;
  do {
    const fragment = min(left, maxFragment);
    at += sealRecord(context, sequenceOf(context), type, content, fragment, padding, ivs, at);
    store<u64>(context, sequenceOf(context) + 1, SEQUENCE);
    content += fragment;
    ivs += 16;
    left -= fragment;
  } while (left > 0);
  return at - out;
}

/** Seals one record at a sequence number of the caller's choice, given in two halves. */
export function recordSealAt(
  context: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  type: u32,
  content: usize,
  length: usize,
  ivs: usize,
  out: usize,
): usize {
  const sequence = (<u64>sequenceHigh << 32) | <u64>sequenceLow;
  if (sequence >= limitOf(context)) return 0;
  return sealRecord(context, sequence, type, content, length, 0, ivs, out);
}

function sealRecord(
  context: usize,
  sequence: u64,
  type: u32,
  content: usize,
  length: usize,
  padding: usize,
  iv: usize,
  out: usize,
): usize {
  const format = formatOf(context);
  store<u16>(out, VERSION, 1);
  if (!OLDER || format == FORMAT_13) return sealRecord13(context, sequence, type, content, length, padding, out);
  store<u8>(out, <u8>type);
  if (format >= FORMAT_12_CBC) return sealCbc(context, sequence, content, length, iv, out);

  const explicit: usize = format == FORMAT_12_EXPLICIT ? 8 : 0;
  const data = out + HEADER + explicit;
  memory.copy(data, content, length);
  const size = explicit + length + tagLengthOf(context);
  store<u16>(out, bswap<u16>(<u16>size), 3);
  if (explicit != 0) store<u64>(out, bswap<u64>(sequence), HEADER);
  sealAead(context, sequence, additionalData12(sequence, out, length), 13, data, length);
  return HEADER + size;
}

/** TLSInnerPlaintext: content, type, zeros (RFC 9846 §5.2). */
function sealRecord13(
  context: usize,
  sequence: u64,
  type: u32,
  content: usize,
  length: usize,
  padding: usize,
  out: usize,
): usize {
  const data = out + HEADER;
  memory.copy(data, content, length);
  store<u8>(data + length, <u8>type);
  memory.fill(data + length + 1, 0, padding);
  const inner = length + 1 + padding;
  const size = inner + tagLengthOf(context);
  store<u8>(out, APPLICATION_DATA);
  store<u16>(out, bswap<u16>(<u16>size), 3);
  sealAead(context, sequence, out, HEADER, data, inner);
  return HEADER + size;
}
