// Opening: the complete records at the start of a buffer, many per call, their plaintext moved together at its start.

import { wipe } from '../../shared/ct';
import { OLDER } from '../features';
import { additionalData12, openAead } from './aead';
import { openCbc } from './cbc';
import {
  FORMAT_12_CBC,
  FORMAT_12_EXPLICIT,
  FORMAT_13,
  formatOf,
  limitOf,
  SEQUENCE,
  sequenceOf,
  tagLengthOf,
} from './context';

const HEADER: usize = 5;
const APPLICATION_DATA: u32 = 23;

// Most bytes behind a header: RFC 9846 §5.2; RFC 5246 §6.2.3.
const MAX_CIPHERTEXT_13: usize = 16384 + 256;
const MAX_CIPHERTEXT_12: usize = 16384 + 2048;

/** Most records that one call opens: entries of the result table. */
const MAX_RECORDS: i32 = 1024;
const results = memory.data(4096, 16); // u32 each: type << 24 | plaintext length

// Outcomes of one record below zero; a plaintext length otherwise.
export const DECRYPTION_FAILED: i32 = -1;
export const RECORD_OVERFLOW: i32 = -2;
export const UNEXPECTED_MESSAGE: i32 = -3;
export const SEQUENCE_EXHAUSTED: i32 = -4;

let count: i32 = 0;
let consumed: usize = 0;
let failure: i32 = 0;
let recordType: u32 = 0;

/** Address of the result table of the last recordOpen. */
export function recordResults(): usize {
  return results;
}

/** Records that the last recordOpen opened. */
export function recordCount(): i32 {
  return count;
}

/** Bytes of input that they took. */
export function recordConsumed(): usize {
  return consumed;
}

/** Why the record after them was not opened: 0, or one of the outcomes below zero. */
export function recordFailure(): i32 {
  return failure;
}

/**
 * Opens the complete records among the `length` bytes at `data`. Their plaintext ends up together at `data`; all other
 * bytes that were touched are wiped. Stops behind a record that is not application data, because it may change keys, and
 * behind MAX_RECORDS. A header that announces too much is a failure before the rest of its record is there.
 * @param maxPlaintext 1..2^14
 * @returns total length of the plaintext
 */
export function recordOpen(context: usize, data: usize, length: usize, maxPlaintext: usize): usize {
  const end = data + length;
  const most = maximumCiphertext(context);
  let at = data;
  let out = data;
  count = 0;
  failure = 0;
  while (count < MAX_RECORDS && end - at >= HEADER) {
    const size = <usize>bswap<u16>(load<u16>(at, 3));
    const sequence = sequenceOf(context);
    if (sequence >= limitOf(context)) {
      failure = SEQUENCE_EXHAUSTED;
      break;
    }
    if (size > most) {
      failure = RECORD_OVERFLOW;
      break;
    }
    if (end - at - HEADER < size) break;
    const plaintext = openRecord(context, sequence, at, size, maxPlaintext);
    if (plaintext < 0) {
      failure = plaintext;
      break;
    }
    store<u64>(context, sequence + 1, SEQUENCE);
    memory.copy(out, contentOf(context, at), <usize>plaintext);
    out += <usize>plaintext;
    at += HEADER + size;
    store<u32>(results + (<usize>count << 2), (recordType << 24) | <u32>plaintext);
    count++;
    if (recordType != APPLICATION_DATA) break;
  }
  consumed = at - data;
  if (at > out) wipe(out, at - out);
  return out - data;
}

/** Opens the one record at `data` at a sequence number of the caller's choice; result as recordOpen. */
export function recordOpenAt(
  context: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  data: usize,
  length: usize,
  maxPlaintext: usize,
): usize {
  count = 0;
  consumed = 0;
  failure = 0;
  if (length < HEADER) return 0;
  const size = <usize>bswap<u16>(load<u16>(data, 3));
  if (size > maximumCiphertext(context)) {
    failure = RECORD_OVERFLOW;
    return 0;
  }
  if (length - HEADER < size) return 0;
  const sequence = (<u64>sequenceHigh << 32) | <u64>sequenceLow;
  if (sequence >= limitOf(context)) {
    failure = SEQUENCE_EXHAUSTED;
    return 0;
  }
  const plaintext = openRecord(context, sequence, data, size, maxPlaintext);
  if (plaintext < 0) {
    failure = plaintext;
    return 0;
  }
  memory.copy(data, contentOf(context, data), <usize>plaintext);
  wipe(data + <usize>plaintext, HEADER + size - <usize>plaintext);
  store<u32>(results, (recordType << 24) | <u32>plaintext);
  count = 1;
  consumed = HEADER + size;
  return <usize>plaintext;
}

function maximumCiphertext(context: usize): usize {
  return !OLDER || formatOf(context) == FORMAT_13 ? MAX_CIPHERTEXT_13 : MAX_CIPHERTEXT_12;
}

/** Where the plaintext of an opened record stands. */
function contentOf(context: usize, record: usize): usize {
  if (!OLDER) return record + HEADER;
  const format = formatOf(context);
  if (format == FORMAT_12_EXPLICIT) return record + HEADER + 8;
  return format >= FORMAT_12_CBC ? record + HEADER + 16 : record + HEADER;
}

/** Opens a record of a size that is allowed in place. Sets recordType. Plaintext length, or an outcome below zero. */
function openRecord(context: usize, sequence: u64, record: usize, size: usize, maxPlaintext: usize): i32 {
  const format = formatOf(context);
  if (!OLDER || format == FORMAT_13) return openRecord13(context, sequence, record, size, maxPlaintext);

  recordType = load<u8>(record);
  let length: i32;
  if (format >= FORMAT_12_CBC) {
    length = openCbc(context, sequence, record, size);
    if (length < 0) return DECRYPTION_FAILED;
  } else {
    const explicit: usize = format == FORMAT_12_EXPLICIT ? 8 : 0;
    const overhead = explicit + tagLengthOf(context);
    if (size < overhead) return DECRYPTION_FAILED;
    const data = record + HEADER + explicit;
    const plain = size - overhead;
    const nonce: usize = explicit != 0 ? record + HEADER : 0;
    const aad = additionalData12(sequence, record, plain);
    if (!openAead(context, sequence, nonce, aad, 13, data, plain)) return DECRYPTION_FAILED;
    length = <i32>plain;
  }
  if (<usize>length > maxPlaintext) return RECORD_OVERFLOW;
  // RFC 5246 §6.2.1: no zero-length handshake, alert or ChangeCipherSpec fragments.
  if (length == 0 && recordType != APPLICATION_DATA) return UNEXPECTED_MESSAGE;
  return length;
}

function openRecord13(context: usize, sequence: u64, record: usize, size: usize, maxPlaintext: usize): i32 {
  const tagLength = tagLengthOf(context);
  if (size < tagLength) return DECRYPTION_FAILED;
  const data = record + HEADER;
  const inner = size - tagLength;
  if (!openAead(context, sequence, 0, record, HEADER, data, inner)) return DECRYPTION_FAILED;
  // RFC 9846 §5.2: TLSInnerPlaintext holds at most 2^14 + 1 bytes; with record_size_limit (RFC 8449 §4) the type and
  // padding count too, and maxPlaintext is one less.
  if (inner > maxPlaintext + 1) return RECORD_OVERFLOW;
  const length = unpaddedLength(data, inner);
  if (length == 0) return UNEXPECTED_MESSAGE; // RFC 9846 §5.4: no non-zero octet
  // CT public (content type): who gets the content is decided by it; the tag was right, so the peer chose it.
  recordType = load<u8>(data + length - 1);
  const content = <i32>length - 1;
  if (content == 0 && recordType != APPLICATION_DATA) return UNEXPECTED_MESSAGE; // RFC 9846 §5.1
  return content;
}

/**
 * Length of the inner plaintext without its zero padding. Its time shows how long the padding is; RFC 9846 §E.3 says
 * why that is accepted: whoever processes the content afterwards shows its length as well. The tag is checked before, so
 * nobody but the peer chose the padding. Listed in docs/security.md.
 */
function unpaddedLength(data: usize, length: usize): usize {
  // CT public (record length): see above.
  while (length >= 8 && load<u64>(data + length - 8) == 0) length -= 8;
  // CT public (record length): see above.
  while (length > 0 && load<u8>(data + length - 1) == 0) length--;
  return length;
}
