// AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8), in place. Time depends on lengths alone.
import { equalBytes, wipe } from '../../shared/ct';
import { chacha20First, chacha20Next, chacha20Rest, chacha20Start, chacha20Wipe } from '../cipher/chacha20';
import { LARGE_KERNELS } from '../features';
import {
  poly1305Final, poly1305Init, poly1305Padded, poly1305Powers, poly1305Steps, poly1305Wipe,
} from '../mac/poly1305';

const expected = memory.data(16, 16);

// What cipher and MAC do at the same time begins behind the bytes of the first three blocks: three steps of Poly1305.
const FIRST: usize = 192;
const NEXT: usize = 256;

/**
 * Encrypts `length` bytes at `data` in place and writes the 16-byte tag.
 * key: 32 bytes; nonce: 12 bytes, never twice with one key.
 */
export function chachaSeal(
  key: usize, nonce: usize, aad: usize, aadLength: usize, data: usize, length: usize, tag: usize
): void {
  poly1305Init(chacha20Start(key, nonce));
  poly1305Padded(aad, aadLength);
  const end = data + length;
  let at = data + chacha20First(data, length);
  if (LARGE_KERNELS && length >= FIRST + NEXT) {
    poly1305Powers();
    // The MAC is of what is encrypted: it comes a kernel's call behind.
    let steps: u32 = 3;
    for (; end - at >= NEXT; at += NEXT) {
      chacha20Next(at, data, steps);
      data = at;
      steps = 4;
    }
    if (at == end) poly1305Steps(data, steps);
    else chacha20Rest(at, end - at, data, steps);
    authenticateRest(at, end - at);
  } else {
    chacha20Rest(at, end - at);
    poly1305Padded(data, length);
  }
  poly1305Final(aadLength, length, tag);
  poly1305Wipe();
  chacha20Wipe();
}

/**
 * Decrypts `length` bytes at `data` in place if `tag` is right and returns 1; else returns 0 and leaves them as they
 * are: what was decrypted before the tag is known is encrypted again, and nobody sees it.
 */
export function chachaOpen(
  key: usize, nonce: usize, aad: usize, aadLength: usize, data: usize, length: usize, tag: usize
): u32 {
  poly1305Init(chacha20Start(key, nonce));
  poly1305Padded(aad, aadLength);
  const end = data + length;
  let at = data;
  if (LARGE_KERNELS && length >= FIRST + NEXT) {
    poly1305Powers();
    poly1305Steps(data, 3);
    at += chacha20First(data, length);
    for (; end - at >= NEXT; at += NEXT) chacha20Next(at, at, 4);
    authenticateRest(at, end - at);
  } else {
    poly1305Padded(data, length);
  }
  poly1305Final(aadLength, length, expected);
  poly1305Wipe();
  // CT public (tag valid): the outcome is the result, and a receiver answers a forgery with an alert.
  const equal = equalBytes(expected, tag, 16) & 1;
  if (equal != 0) {
    if (at == data) at += chacha20First(data, length);
    chacha20Rest(at, end - at);
  } else if (at != data) {
    chacha20Start(key, nonce);
    const first = data + chacha20First(data, at - data);
    chacha20Rest(first, at - first);
  }
  wipe(expected, 16);
  chacha20Wipe();
  return equal;
}

/** What is left, behind steps. */
function authenticateRest(data: usize, length: usize): void {
  const steps = length >> 6;
  poly1305Steps(data, steps);
  poly1305Padded(data + (steps << 6), length & 63);
}
