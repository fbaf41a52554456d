// The Keccak sponge (FIPS 202 §4) over states that the caller owns: SHA-3, SHAKE. Time depends on lengths alone.
//
// State, KECCAK_STATE_LENGTH bytes:
//    0  25 lanes, u64
//  200  position in the block, u32: next byte to absorb, or to squeeze
//  204  rate in bytes, u32; a multiple of 8
import { keccakF } from './keccak_f';

export const KECCAK_STATE_LENGTH: usize = 208;
const POSITION: usize = 200;
const RATE: usize = 204;

/** Domain suffixes with the first bit of the padding (FIPS 202 §6.1, §6.2, §B.2). */
export const SHA3_SUFFIX: u8 = 0x06;
export const SHAKE_SUFFIX: u8 = 0x1f;
/** Rates: 200 - 2 * security strength in bytes (FIPS 202 §6). */
export const SHAKE128_RATE: usize = 168;
export const SHAKE256_RATE: usize = 136;
export const SHA3_256_RATE: usize = 136;
export const SHA3_512_RATE: usize = 72;

/** Starts a sponge of `rate` bytes. */
export function keccakInit(state: usize, rate: usize): void {
  memory.fill(state, 0, RATE);
  store<u32>(state, <u32>rate, RATE);
}

// CT begin: secret = state, data

/** Absorbs `length` bytes at `data`; may be called again until keccakFinish. */
export function keccakAbsorb(state: usize, data: usize, length: usize): void {
  const rate = <usize>load<u32>(state, RATE);
  let position = <usize>load<u32>(state, POSITION);
  const end = data + length;
  while (data < end) {
    if ((position & 7) == 0 && end - data >= 8) {
      store<u64>(state + position, load<u64>(state + position) ^ load<u64>(data));
      position += 8;
      data += 8;
    } else {
      store<u8>(state + position, load<u8>(state + position) ^ load<u8>(data));
      position++;
      data++;
    }
    if (position == rate) {
      keccakF(state);
      position = 0;
    }
  }
  store<u32>(state, <u32>position, POSITION);
}

/** Pads with `suffix` and the last bit (FIPS 202 §5.1): nothing more is absorbed, keccakSqueeze may follow. */
export function keccakFinish(state: usize, suffix: u8): void {
  const rate = <usize>load<u32>(state, RATE);
  const last = state + <usize>load<u32>(state, POSITION);
  store<u8>(last, load<u8>(last) ^ suffix);
  store<u8>(state + rate - 1, load<u8>(state + rate - 1) ^ 0x80);
  // The block is full: the first byte squeezed permutes it.
  store<u32>(state, <u32>rate, POSITION);
}
// CT end

/** Squeezes the next `length` bytes to `out`; may be called again. */
export function keccakSqueeze(state: usize, out: usize, length: usize): void {
  const rate = <usize>load<u32>(state, RATE);
  let position = <usize>load<u32>(state, POSITION);
  while (length > 0) {
    if (position == rate) {
      keccakF(state);
      position = 0;
    }
    let part = rate - position;
    if (part > length) part = length;
    memory.copy(out, state + position, part);
    position += part;
    out += part;
    length -= part;
  }
  store<u32>(state, <u32>position, POSITION);
}
