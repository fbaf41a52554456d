// HKDF (RFC 5869) and HKDF-Expand-Label (RFC 9846 §7.1). Time depends on lengths alone.
import { wipe } from '../../shared/ct';
import { MAX_HASH_LENGTH, hashOutputLength } from '../hash/hash';
import { HMAC_STATE_LENGTH, hmac, hmacFinal, hmacInit, hmacUpdate } from '../mac/hmac';

const zeros = memory.data(64, 16);
const keyed = memory.data(416, 16);
const state = memory.data(416, 16);
// T(i) of RFC 5869 §2.3 and the counter behind it.
const previous = memory.data(64, 16);
const counter = memory.data(16, 16);
// HkdfLabel: length, two opaque vectors of at most 255 bytes with their lengths.
const hkdfLabel = memory.data(528, 16);

/**
 * HKDF-Extract (RFC 5869 §2.2): one digest at `out`. `saltLength` 0 is the default salt of zeros; `material` 0 stands
 * for as many zero bytes as the digest has (RFC 9846 §7.1).
 */
export function hkdfExtract(
  algorithm: u32, salt: usize, saltLength: usize, material: usize, materialLength: usize, out: usize
): void {
  if (material == 0) hmac(algorithm, salt, saltLength, zeros, hashOutputLength(algorithm), out);
  else hmac(algorithm, salt, saltLength, material, materialLength, out);
}

/** HKDF-Expand (RFC 5869 §2.3) to `outLength` bytes, at most 255 digests. */
export function hkdfExpand(
  algorithm: u32, key: usize, keyLength: usize, info: usize, infoLength: usize, out: usize, outLength: usize
): void {
  const length = <usize>hashOutputLength(algorithm);
  hmacInit(algorithm, keyed, key, keyLength);
  for (let i: u32 = 1; outLength > 0; i++) {
    memory.copy(state, keyed, HMAC_STATE_LENGTH);
    if (i > 1) hmacUpdate(algorithm, state, previous, length);
    hmacUpdate(algorithm, state, info, infoLength);
    store<u8>(counter, i);
    hmacUpdate(algorithm, state, counter, 1);
    hmacFinal(algorithm, state, previous);
    let part = outLength;
    if (part > length) part = length;
    memory.copy(out, previous, part);
    out += part;
    outLength -= part;
  }
  wipe(keyed, HMAC_STATE_LENGTH);
  wipe(previous, MAX_HASH_LENGTH);
}

/**
 * HKDF-Expand-Label (RFC 9846 §7.1) to `outLength` bytes. `label` stands without its "tls13 " prefix, at most 249
 * bytes; `context` has at most 255.
 */
export function hkdfExpandLabel(
  algorithm: u32, secret: usize, secretLength: usize, label: usize, labelLength: usize,
  context: usize, contextLength: usize, out: usize, outLength: usize
): void {
  store<u16>(hkdfLabel, bswap<u16>(<u16>outLength));
  store<u8>(hkdfLabel, <u8>(6 + labelLength), 2);
  store<u64>(hkdfLabel, 0x20_33_31_73_6c_74, 3); // "tls13 "
  memory.copy(hkdfLabel + 9, label, labelLength);
  const at = hkdfLabel + 9 + labelLength;
  store<u8>(at, <u8>contextLength);
  memory.copy(at + 1, context, contextLength);
  hkdfExpand(algorithm, secret, secretLength, hkdfLabel, 10 + labelLength + contextLength, out, outLength);
}
