// Key derivation before TLS 1.2: the PRF of MD5 and SHA-1 (RFC 2246 §5), and SSL 3.0's nested hashes for secrets (RFC 6101
// §6.1, §6.2.2) and for Finished and CertificateVerify (§5.6.8, §5.6.9). Time depends on lengths alone.

import { sha1Final, sha1Init, sha1Update } from '../shared/hash/sha1';
import { wipe } from '../shared/ct';
import { md5Final, md5Init, md5Update } from './md5';

const BLOCK: usize = 64;

const state = memory.data(112, 16);
const keyed = memory.data(64, 16);
const chain = memory.data(32, 16); // A(i)
const digest = memory.data(32, 16);
const pad = memory.data(64, 16);

function init(sha1: bool): void {
  if (sha1) sha1Init(state);
  else md5Init(state);
}

function update(sha1: bool, data: usize, length: usize): void {
  if (sha1) sha1Update(state, data, length);
  else md5Update(state, data, length);
}

function final(sha1: bool, out: usize): void {
  if (sha1) sha1Final(state, out);
  else md5Final(state, out);
}

/** Starts a hash with the key xor a pad (RFC 2104); a key that is longer than a block is hashed first. */
function startPadded(sha1: bool, key: usize, keyLength: usize, byte: u8): void {
  // CT begin: secret = key
  memory.fill(keyed, 0, BLOCK);
  if (keyLength > BLOCK) { // public: a length
    init(sha1);
    update(sha1, key, keyLength);
    final(sha1, keyed);
  } else {
    memory.copy(keyed, key, keyLength);
  }
  for (let i: usize = 0; i < BLOCK; i++) store<u8>(keyed + i, load<u8>(keyed + i) ^ byte);
  init(sha1);
  update(sha1, keyed, BLOCK);
  wipe(keyed, BLOCK);
  // CT end
}

/** out = HMAC(key, A || seed), either of which may be empty. */
function hmac(sha1: bool, key: usize, keyLength: usize, a: usize, aLength: usize, seed: usize, length: usize, out: usize): void {
  startPadded(sha1, key, keyLength, 0x36);
  update(sha1, a, aLength);
  update(sha1, seed, length);
  final(sha1, digest);
  startPadded(sha1, key, keyLength, 0x5c);
  update(sha1, digest, sha1 ? 20 : 16);
  final(sha1, out);
  wipe(digest, 32);
}

/** Xors P_hash(key, seed) into `out` (RFC 2246 §5). */
function xorExpanded(sha1: bool, key: usize, keyLength: usize, seed: usize, seedLength: usize, out: usize, length: usize): void {
  // CT begin: secret = key, out
  const hashLength: usize = sha1 ? 20 : 16;
  hmac(sha1, key, keyLength, chain, 0, seed, seedLength, chain);
  while (length > 0) {
    hmac(sha1, key, keyLength, chain, hashLength, seed, seedLength, pad);
    const part = min(length, hashLength);
    for (let i: usize = 0; i < part; i++) store<u8>(out + i, load<u8>(out + i) ^ load<u8>(pad + i));
    hmac(sha1, key, keyLength, chain, hashLength, seed, 0, chain);
    out += part;
    length -= part;
  }
  wipe(chain, 32);
  wipe(pad, 64);
  // CT end
}

/** PRF of TLS 1.0 and 1.1: P_MD5 of the first half of the secret xor P_SHA-1 of the second. @param seed label and seed */
export function prf10(secret: usize, secretLength: usize, seed: usize, seedLength: usize, out: usize, length: usize): void {
  // RFC 2246 §5: halves of an odd length share the byte in the middle.
  const half = (secretLength + 1) >> 1;
  memory.fill(out, 0, length);
  xorExpanded(false, secret, half, seed, seedLength, out, length);
  xorExpanded(true, secret + secretLength - half, half, seed, seedLength, out, length);
}

/** MD5(secret || SHA-1("A" || secret || seed)) || MD5(secret || SHA-1("BB" ...)) ... @param length at most 416 */
export function ssl3Derive(secret: usize, secretLength: usize, seed: usize, seedLength: usize, out: usize, length: usize): void {
  // CT begin: secret = secret
  for (let round: usize = 1; length > 0; round++) {
    memory.fill(pad, <u8>(0x40 + round), round);
    sha1Init(state);
    sha1Update(state, pad, round);
    sha1Update(state, secret, secretLength);
    sha1Update(state, seed, seedLength);
    sha1Final(state, digest);
    md5Init(state);
    md5Update(state, secret, secretLength);
    md5Update(state, digest, 20);
    md5Final(state, digest);
    const part = min<usize>(length, 16);
    memory.copy(out, digest, part);
    out += part;
    length -= part;
  }
  wipe(digest, 32);
  // CT end
}

/**
 * H(master || pad2 || H(messages || master || pad1)) with MD5, then with SHA-1: 36 bytes.
 * @param messages all handshake messages, and behind them the Sender in a Finished @param master 48 bytes
 */
export function ssl3Digest(master: usize, messages: usize, length: usize, out: usize): void {
  digestOf(false, master, messages, length, out);
  digestOf(true, master, messages, length, out + 16);
}

function digestOf(sha1: bool, master: usize, messages: usize, length: usize, out: usize): void {
  const padLength: usize = sha1 ? 40 : 48;
  const hashLength: usize = sha1 ? 20 : 16;
  init(sha1);
  update(sha1, messages, length);
  update(sha1, master, 48);
  memory.fill(pad, 0x36, padLength);
  update(sha1, pad, padLength);
  final(sha1, digest);
  init(sha1);
  update(sha1, master, 48);
  memory.fill(pad, 0x5c, padLength);
  update(sha1, pad, padLength);
  update(sha1, digest, hashLength);
  final(sha1, out);
  wipe(digest, 32);
}
