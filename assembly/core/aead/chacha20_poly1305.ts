// AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8), in place. Time depends on lengths alone.
import { equalBytes, wipe } from '../../shared/ct';
import {
  chacha20First, chacha20Next, chacha20Rest, chacha20Start, chacha20Wipe, chacha20Xor,
} from '../cipher/chacha20';
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
  if (LARGE_KERNELS && length >= FIRST + NEXT) {
    poly1305Padded(aad, aadLength);
    sealLong(data, length);
  } else {
    chacha20Xor(data, length);
    authenticate(aad, aadLength, data, length);
  }
  finish(aadLength, length, tag);
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
  let done: usize = 0;
  if (LARGE_KERNELS && length >= FIRST + NEXT) {
    poly1305Padded(aad, aadLength);
    done = openLong(data, length);
  } else {
    authenticate(aad, aadLength, data, length);
  }
  finish(aadLength, length, expected);
  // CT public (tag valid): the outcome is the result, and a receiver answers a forgery with an alert.
  const equal = equalBytes(expected, tag, 16) & 1;
  if (LARGE_KERNELS && done != 0) {
    if (equal != 0) {
      chacha20Rest(data + done, length - done);
    } else {
      chacha20Start(key, nonce);
      chacha20Xor(data, done);
    }
  } else if (equal != 0) {
    chacha20Xor(data, length);
  }
  wipe(expected, 16);
  chacha20Wipe();
  return equal;
}

/** Encrypts and takes into the MAC, which is of what is encrypted: it comes a kernel's call behind. */
function sealLong(data: usize, length: usize): void {
  const end = data + length;
  let at = data + chacha20First(data, length);
  poly1305Powers();
  let steps: u32 = 3;
  for (; end - at >= NEXT; at += NEXT) {
    chacha20Next(at, data, steps);
    data = at;
    steps = 4;
  }
  if (at == end) poly1305Steps(data, steps);
  else chacha20Rest(at, end - at, data, steps);
  authenticateRest(at, end - at);
}

/** Takes all into the MAC and decrypts whole kernel's calls of it. Returns how many bytes those are. */
function openLong(data: usize, length: usize): usize {
  const end = data + length;
  poly1305Powers();
  poly1305Steps(data, 3);
  let at = data + chacha20First(data, length);
  for (; end - at >= NEXT; at += NEXT) chacha20Next(at, at, 4);
  authenticateRest(at, end - at);
  return at - data;
}

/** What is left, behind steps. */
function authenticateRest(data: usize, length: usize): void {
  const steps = length >> 6;
  poly1305Steps(data, steps);
  poly1305Padded(data + (steps << 6), length & 63);
}

function authenticate(aad: usize, aadLength: usize, data: usize, length: usize): void {
  poly1305Padded(aad, aadLength);
  poly1305Padded(data, length);
}

function finish(aadLength: usize, length: usize, tag: usize): void {
  poly1305Final(aadLength, length, tag);
  poly1305Wipe();
}
