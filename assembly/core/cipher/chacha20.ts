// ChaCha20 (RFC 8439 §2.4) over a stream of known length. Time depends on lengths alone.
import { wipe } from '../../shared/ct';
import { LARGE_KERNELS } from '../features';
import { chacha20Blocks4, chacha20Xor4 } from './chacha20_blocks';

// The state of RFC 8439 §2.3: constants, key, counter, nonce. The counter is that of the next block.
const state = memory.data(64, 16);
const COUNTER: usize = 48;
// Four blocks of keystream: the first four of a message, and later its tails.
const keystream = memory.data(256, 16);

/** Starts a message: key of 32 bytes, nonce of 12. Returns the address of block 0, which is good until chacha20Rest. */
export function chacha20Start(key: usize, nonce: usize): usize {
  // "expand 32-byte k"
  store<u64>(state, 0x3320646e61707865, 0);
  store<u64>(state, 0x6b20657479622d32, 8);
  memory.copy(state + 16, key, 32);
  store<u32>(state, 0, COUNTER);
  memory.copy(state + 52, nonce, 12);
  nextBlocks(0, 0);
  return keystream;
}

/** Encrypts or decrypts in place what blocks 1 to 3 are for, of which chacha20Start made the keystream: up to 192 bytes. Returns how many. */
export function chacha20First(data: usize, length: usize): usize {
  const part: usize = min<usize>(length, 192);
  xor(data, keystream + 64, part);
  return part;
}

/** The next 256 bytes, at `data`; meanwhile 64 * `steps` bytes at `mac`, which may be `data`, go into Poly1305 as they were. */
export function chacha20Next(data: usize, mac: usize, steps: u32): void {
  chacha20Xor4(state, data, mac, steps);
  store<u32>(state, load<u32>(state, COUNTER) + 4, COUNTER);
}

/** The rest, of any length. With the first block of it, which has to be there then, go 64 * `steps` bytes at `mac` into Poly1305. */
export function chacha20Rest(data: usize, length: usize, mac: usize = 0, steps: u32 = 0): void {
  while (length > 0) {
    nextBlocks(mac, steps);
    steps = 0;
    const part: usize = min<usize>(length, 256);
    xor(data, keystream, part);
    data += part;
    length -= part;
  }
}

/** All of a message in one call. */
export function chacha20Xor(data: usize, length: usize): void {
  const first = chacha20First(data, length);
  chacha20Rest(data + first, length - first);
}

/** Wipes the key and the keystream. */
export function chacha20Wipe(): void {
  wipe(state, 64);
  wipe(keystream, 256);
}

/** Makes four blocks of keystream. */
function nextBlocks(mac: usize, steps: u32): void {
  if (LARGE_KERNELS) {
    // The kernel that is there anyway.
    memory.fill(keystream, 0, 256);
    chacha20Next(keystream, mac, steps);
  } else {
    chacha20Blocks4(state, keystream);
    store<u32>(state, load<u32>(state, COUNTER) + 4, COUNTER);
  }
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
