// AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8), in place. Time depends on lengths alone.
import { equalBytes, wipe } from '../../shared/ct';
import { chacha20Start, chacha20Wipe, chacha20Xor } from '../cipher/chacha20';
import { poly1305Final, poly1305Init, poly1305Padded, poly1305Wipe } from '../mac/poly1305';

const expected = memory.data(16, 16);

/**
 * Encrypts `length` bytes at `data` in place and writes the 16-byte tag.
 * key: 32 bytes; nonce: 12 bytes, never twice with one key.
 */
export function chachaSeal(
  key: usize, nonce: usize, aad: usize, aadLength: usize, data: usize, length: usize, tag: usize
): void {
  poly1305Init(chacha20Start(key, nonce));
  chacha20Xor(data, length);
  authenticate(aad, aadLength, data, length, tag);
  chacha20Wipe();
}

/**
 * Decrypts `length` bytes at `data` in place if `tag` is right and returns 1; else returns 0 and leaves them as they
 * are: nothing is decrypted before the tag is checked.
 */
export function chachaOpen(
  key: usize, nonce: usize, aad: usize, aadLength: usize, data: usize, length: usize, tag: usize
): u32 {
  poly1305Init(chacha20Start(key, nonce));
  authenticate(aad, aadLength, data, length, expected);
  // CT public (tag valid): the outcome is the result, and a receiver answers a forgery with an alert.
  const equal = equalBytes(expected, tag, 16) & 1;
  if (equal != 0) chacha20Xor(data, length);
  wipe(expected, 16);
  chacha20Wipe();
  return equal;
}

function authenticate(aad: usize, aadLength: usize, data: usize, length: usize, tag: usize): void {
  poly1305Padded(aad, aadLength);
  poly1305Padded(data, length);
  poly1305Final(aadLength, length, tag);
  poly1305Wipe();
}
