// Protection of one record by an AEAD: nonce, additional data, then the cipher in place.

import { wipe } from '../../shared/ct';
import { ccmOpen, ccmSeal } from '../aead/ccm';
import { gcmOpen, gcmSeal } from '../aead/gcm';
import { chachaOpen, chachaSeal } from '../aead/chacha20_poly1305';
import { OLDER } from '../features';
import {
  AES_CCM,
  AES_GCM,
  cipherOf,
  FORMAT_12_EXPLICIT,
  formatOf,
  IV,
  keyLengthOf,
  recordCacheId,
  tagLengthOf,
} from './context';

const nonce = memory.data(16, 16);
const additionalData = memory.data(16, 16);

// CT begin: secret = IV; length of what MAC-then-encrypt judges

/** RFC 5246 §6.2.3.3: sequence number, type, version, plaintext length: 13 bytes. */
export function additionalData12(sequence: u64, header: usize, plaintextLength: usize): usize {
  store<u64>(additionalData, bswap<u64>(sequence));
  store<u16>(additionalData, load<u16>(header), 8);
  store<u8>(additionalData, load<u8>(header, 2), 10);
  store<u16>(additionalData, bswap<u16>(<u16>plaintextLength), 11);
  return additionalData;
}

function setNonce(context: usize, sequence: u64): void {
  if (OLDER && formatOf(context) == FORMAT_12_EXPLICIT) {
    store<u32>(nonce, load<u32>(context, IV));
    store<u64>(nonce, bswap<u64>(sequence), 4);
    return;
  }
  store<u32>(nonce, load<u32>(context, IV));
  store<u64>(nonce, load<u64>(context, IV + 4) ^ bswap<u64>(sequence), 4);
}
// CT end

/** Encrypts `length` bytes at `data` in place and writes the tag behind them. */
export function sealAead(context: usize, sequence: u64, aad: usize, aadLength: usize, data: usize, length: usize): void {
  setNonce(context, sequence);
  const cipher = cipherOf(context);
  const keyLength = <u32>keyLengthOf(context);
  const tag = data + length;
  if (cipher == AES_GCM) {
    gcmSeal(context, keyLength, recordCacheId(context), nonce, aad, aadLength, data, length, tag);
  } else if (OLDER && cipher == AES_CCM) {
    ccmSeal(
      context, keyLength, recordCacheId(context), nonce, aad, aadLength, data, length, tag, tagLengthOf(context),
    );
  } else {
    chachaSeal(context, nonce, aad, aadLength, data, length, tag);
  }
  wipe(nonce, 16); // it tells the write IV
}

/**
 * Checks the tag behind the `length` bytes at `data` and decrypts them in place.
 * @param explicitNonce address of the record's 8 explicit nonce bytes, or 0: the sender chooses them (RFC 5288 §3)
 */
export function openAead(
  context: usize,
  sequence: u64,
  explicitNonce: usize,
  aad: usize,
  aadLength: usize,
  data: usize,
  length: usize,
): bool {
  setNonce(context, sequence);
  if (explicitNonce != 0) store<u64>(nonce, load<u64>(explicitNonce), 4);
  const cipher = cipherOf(context);
  const keyLength = <u32>keyLengthOf(context);
  const tag = data + length;
  const id = recordCacheId(context);
  let valid: u32;
  if (cipher == AES_GCM) {
    valid = gcmOpen(context, keyLength, id, nonce, aad, aadLength, data, length, tag);
  } else if (OLDER && cipher == AES_CCM) {
    valid = ccmOpen(context, keyLength, id, nonce, aad, aadLength, data, length, tag, tagLengthOf(context));
  } else {
    valid = chachaOpen(context, nonce, aad, aadLength, data, length, tag);
  }
  wipe(nonce, 16);
  return valid != 0;
}
