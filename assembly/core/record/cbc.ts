// CBC records of TLS 1.2 (RFC 5246 §6.2.3.2), MAC-then-encrypt and encrypt-then-MAC (RFC 7366).
// Opening a MAC-then-encrypt record shows its length and whether it is good, nothing else: padding and MAC are judged
// together, in constant time, after Lucky 13 and POODLE.

import { aesCbcDecryptBlocks, aesCbcEncryptBlocks } from '../cipher/aes_cbc';
import { equalBytes, wipe } from '../../shared/ct';
import { extractMac, paddingMask } from '../../shared/mac_then_encrypt';
import { additionalData12 } from './aead';
import {
  FORMAT_12_CBC_ETM,
  formatOf,
  keyLengthOf,
  MAC_KEY,
  macHashOf,
  macLengthOf,
  recordCacheId,
} from './context';
import { recordMac, recordMacSecretLength } from './record_mac';

const HEADER: usize = 5;
const BLOCK: usize = 16;

/** IV, longest MAC, longest minimal padding. */
export const CBC_OVERHEAD: usize = 16 + 48 + 16;

const chain = memory.data(16, 16);
const expected = memory.data(64, 16);
const extracted = memory.data(64, 16);

/** Seals at `out`, whose header has type and version. `iv`: 16 random bytes. Returns the record's whole length. */
export function sealCbc(context: usize, sequence: u64, content: usize, length: usize, iv: usize, out: usize): usize {
  // CT begin: secret = content, keys
  const macLength = macLengthOf(context);
  const data = out + HEADER + BLOCK;
  memory.copy(data, content, length);
  memory.copy(out + HEADER, iv, BLOCK);
  if (formatOf(context) == FORMAT_12_CBC_ETM) {
    const padded = pad(data, length);
    encrypt(context, out + HEADER, data, padded);
    mac(context, sequence, out, out + HEADER, BLOCK + padded, data + padded);
    return finish(out, BLOCK + padded + macLength);
  }
  mac(context, sequence, out, data, length, data + length);
  const padded = pad(data, length + macLength);
  encrypt(context, out + HEADER, data, padded);
  return finish(out, BLOCK + padded);
  // CT end
}

function finish(out: usize, size: usize): usize {
  store<u16>(out, bswap<u16>(<u16>size), 3);
  return HEADER + size;
}

/** Adds the least padding that makes whole blocks: each of its 1-16 bytes holds their number less one. */
function pad(data: usize, length: usize): usize {
  const padding = BLOCK - (length & 15);
  memory.fill(data + length, <u8>(padding - 1), padding);
  return length + padding;
}

// CT begin: secret = keys, data

function encrypt(context: usize, iv: usize, data: usize, length: usize): void {
  memory.copy(chain, iv, BLOCK);
  aesCbcEncryptBlocks(context, <u32>keyLengthOf(context), recordCacheId(context), chain, data, length);
  wipe(chain, BLOCK);
}

function decrypt(context: usize, iv: usize, data: usize, length: usize): void {
  memory.copy(chain, iv, BLOCK);
  aesCbcDecryptBlocks(context, <u32>keyLengthOf(context), recordCacheId(context), chain, data, length);
  wipe(chain, BLOCK);
}
// CT end

/** MAC over sequence number, the header's type and version, the length of `data`, and `data`. */
function mac(context: usize, sequence: u64, header: usize, data: usize, length: usize, out: usize): void {
  const aad = additionalData12(sequence, header, length);
  recordMac(macHashOf(context), context + MAC_KEY, macLengthOf(context), aad, data, length, out);
}

/** Opens in place; the content stands behind header and IV. Its length, or -1: one reason for all failures. */
export function openCbc(context: usize, sequence: u64, record: usize, size: usize): i32 {
  return formatOf(context) == FORMAT_12_CBC_ETM
    ? openEncryptThenMac(context, sequence, record, size)
    : openMacThenEncrypt(context, sequence, record, size);
}

function openEncryptThenMac(context: usize, sequence: u64, record: usize, size: usize): i32 {
  // CT begin: secret = keys, data, padding
  const macLength = macLengthOf(context);
  if (size < BLOCK + BLOCK + macLength || ((size - macLength) & 15) != 0) return -1;
  const encrypted = size - macLength;
  const iv = record + HEADER;
  mac(context, sequence, record, iv, encrypted, expected);
  const authentic = equalBytes(expected, iv + encrypted, macLength);
  wipe(expected, 64); // the MAC of a forgery must not stay in memory
  // CT public (MAC valid): RFC 7366 §3 has the receiver say bad_record_mac.
  if (authentic == 0) return -1;
  const length = encrypted - BLOCK;
  decrypt(context, iv, iv + BLOCK, length);
  // Authentic, so a sender made this padding; still checked in full, with no early exit.
  const padding = <u32>load<u8>(iv + BLOCK + length - 1);
  const good = paddingMask(iv + BLOCK, length, padding, length);
  // CT public (record length): the MAC was right, so the peer chose the padding; the application sees the length.
  return good == 0 ? -1 : <i32>(length - 1 - <usize>padding);
  // CT end
}

function openMacThenEncrypt(context: usize, sequence: u64, record: usize, size: usize): i32 {
  const macLength = macLengthOf(context);
  // IV, then whole blocks with room for MAC and one byte of padding: public.
  if (size < BLOCK + macLength + 1 || (size & 15) != 0) return -1;
  const data = record + HEADER + BLOCK;
  const length = size - BLOCK;
  // CT public (record length): from here on the peer sees whether an alert comes, and the application the length.
  const contentLength = judgeMacThenEncrypt(context, <u32>sequence, <u32>(sequence >> 32), record, length);
  if (contentLength < 0) wipe(data, length);
  return contentLength;
}

/**
 * Decrypts `length` bytes behind header and IV and judges padding and MAC together. The content's length, or -1.
 * Exported for the trace check: what it does depends on `length` alone.
 */
export function judgeMacThenEncrypt(
  context: usize,
  sequenceLow: u32,
  sequenceHigh: u32,
  record: usize,
  length: usize,
): i32 {
  const macLength = macLengthOf(context);
  const iv = record + HEADER;
  const data = iv + BLOCK;
  decrypt(context, iv, data, length);

  // CT begin: secret = data
  const room = length - macLength; // content and padding
  let padding = <u32>load<u8>(data + length - 1);
  let good = paddingMask(data, length, padding, room);
  padding &= good; // a bad padding counts as one byte, so that as much is hashed as for a good one
  const contentLength = <u32>room - 1 - padding;
  const maximum = room - 1;
  const minimum: usize = maximum > 255 ? maximum - 255 : 0;
  const sequence = (<u64>sequenceHigh << 32) | <u64>sequenceLow;
  const aad = additionalData12(sequence, record, contentLength);
  const hash = macHashOf(context);
  const key = context + MAC_KEY;
  recordMacSecretLength(hash, key, macLength, aad, data, contentLength, minimum, maximum, expected);
  extractMac(data, contentLength, minimum, maximum + macLength, macLength, extracted);
  good &= equalBytes(expected, extracted, macLength);
  wipe(expected, 64);
  wipe(extracted, 64);
  return <i32>((contentLength & good) | ~good);
  // CT end
}
