// Two Keccak sponges at once over inputs of one length, for ML-KEM and ML-DSA. Time depends on lengths alone.
//
// State, KECCAK_X2_STATE_LENGTH bytes: 25 pairs of u64 lanes, lane i of the first sponge at 16 * i, of the second at
// 16 * i + 8.
import { keccakF2 } from './keccak_f_x2';

export const KECCAK_X2_STATE_LENGTH: usize = 400;

// Address of byte `position` of sponge `which`.
// @ts-ignore: decorator
@inline
function byteAt(state: usize, which: usize, position: usize): usize {
  return state + ((position >> 3) << 4) + (which << 3) + (position & 7);
}

// CT begin: secret = states, data

/**
 * Starts both sponges and absorbs all of their inputs, `length` bytes each at `first` and `second`, with padding.
 * keccakX2SqueezeBlocks follows. `rate`: bytes, a multiple of 8; `suffix`: as in keccak.ts.
 */
export function keccakX2Absorb(
  state: usize, rate: usize, suffix: u8, first: usize, second: usize, length: usize
): void {
  memory.fill(state, 0, KECCAK_X2_STATE_LENGTH);
  let position: usize = 0;
  let i: usize = 0;
  while (i < length) {
    if ((position & 7) == 0 && length - i >= 8) {
      const lanes = state + (position << 1);
      store<u64>(lanes, load<u64>(lanes, 0) ^ load<u64>(first + i), 0);
      store<u64>(lanes, load<u64>(lanes, 8) ^ load<u64>(second + i), 8);
      position += 8;
      i += 8;
    } else {
      xorByte(byteAt(state, 0, position), load<u8>(first + i));
      xorByte(byteAt(state, 1, position), load<u8>(second + i));
      position++;
      i++;
    }
    if (position == rate) {
      keccakF2(state);
      position = 0;
    }
  }
  for (let which: usize = 0; which < 2; which++) {
    xorByte(byteAt(state, which, position), suffix);
    xorByte(byteAt(state, which, rate - 1), 0x80);
  }
}

/** Squeezes the next `blocks` whole blocks of `rate` bytes of the sponges to `first` and `second`. */
export function keccakX2SqueezeBlocks(state: usize, rate: usize, first: usize, second: usize, blocks: usize): void {
  for (; blocks > 0; blocks--) {
    keccakF2(state);
    for (let i: usize = 0; i < rate; i += 8) {
      store<u64>(first + i, load<u64>(state + (i << 1), 0));
      store<u64>(second + i, load<u64>(state + (i << 1), 8));
    }
    first += rate;
    second += rate;
  }
}
// CT end

// @ts-ignore: decorator
@inline
function xorByte(at: usize, value: u8): void {
  store<u8>(at, load<u8>(at) ^ value);
}
