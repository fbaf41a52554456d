// ChaCha20 (RFC 8439 §2.4) over a stream of known length. Time depends on lengths alone.
import { wipe } from '../../shared/ct';
import { LARGE_KERNELS } from '../features';
import { chacha20Blocks4, chacha20Xor8 } from './chacha20_blocks';

// The state of RFC 8439 §2.3: constants, key, counter, nonce.
const state = memory.data(64, 16);
const COUNTER: usize = 48;
// Four blocks of keystream: the first four of a message, and later its tails.
const keystream = memory.data(256, 16);

/** Starts a message: key of 32 bytes, nonce of 12. Returns the address of block 0, which is good until chacha20Xor. */
export function chacha20Start(key: usize, nonce: usize): usize {
  // "expand 32-byte k"
  store<u64>(state, 0x3320646e61707865, 0);
  store<u64>(state, 0x6b20657479622d32, 8);
  memory.copy(state + 16, key, 32);
  store<u32>(state, 0, COUNTER);
  memory.copy(state + 52, nonce, 12);
  chacha20Blocks4(state, keystream);
  return keystream;
}

/** Encrypts or decrypts `length` bytes at `data` in place with the blocks from 1 on. Once a message. */
export function chacha20Xor(data: usize, length: usize): void {
  // chacha20Start left blocks 1 to 3 in keystream.
  let part: usize = length;
  if (part > 192) part = 192;
  xor(data, keystream + 64, part);
  let counter: u32 = 4;
  data += part;
  length -= part;
  while (LARGE_KERNELS && length >= 512) {
    store<u32>(state, counter, COUNTER);
    chacha20Xor8(state, data);
    counter += 8;
    data += 512;
    length -= 512;
  }
  while (length > 0) {
    store<u32>(state, counter, COUNTER);
    chacha20Blocks4(state, keystream);
    part = length;
    if (part > 256) part = 256;
    xor(data, keystream, part);
    counter += 4;
    data += part;
    length -= part;
  }
}

/** Wipes the key and the keystream. */
export function chacha20Wipe(): void {
  wipe(state, 64);
  wipe(keystream, 256);
}

function xor(data: usize, stream: usize, length: usize): void {
  // CT begin: secret = data, stream
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) {
    v128.store(data + i, v128.xor(v128.load(data + i), v128.load(stream + i)));
  }
  for (; i < length; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(stream + i));
  // CT end
}
