// The Montgomery ladder of X25519 (RFC 7748 §5, with its names) on pairs of field elements, constant time in the scalar.

import { wipe } from '../../shared/ct';
import { FE, setSmall } from './field';
import { PAIR, first, pack, second, sumAndDifference, swapped, unpack } from './pair';
import { multiplyPairs, squarePairs } from './pair_products';

const A24: i64 = 121665; // (486662 - 2) / 4

const scratch = memory.data(9 * 80, 16);
const two = scratch; // (x_2, z_2)
const three = scratch + PAIR; // (x_3, z_3)
const constants = scratch + 2 * PAIR; // (x_1, a24)
const sums = scratch + 3 * PAIR; // (A, B)
const crossed = scratch + 4 * PAIR; // (D, C), (DA, CB) and what comes of them
const squares = scratch + 5 * PAIR; // (AA, BB)
const left = scratch + 6 * PAIR;
const right = scratch + 7 * PAIR;
const small = scratch + 8 * PAIR; // an element

/** x / z = the u-coordinate of k * (u-coordinate x1). k: 32 bytes little-endian, clamped. x1 carried. */
export function ladder(x: usize, z: usize, x1: usize, k: usize): void {
  // CT begin: secret = k
  setSmall(small, A24);
  pack(constants, x1, small);
  setSmall(small, 1);
  pack(three, x1, small);
  memory.fill(two, 0, PAIR);
  store<i32>(two, 1);
  let before: u32 = 0;
  for (let t: i32 = 254; t >= 0; t--) {
    const bit = (<u32>load<u8>(k + (t >> 3)) >> (t & 7)) & 1;
    step(0 - (before ^ bit));
    before = bit;
  }
  // The clamped scalar ends in a zero bit: there is nothing left to swap back.
  unpack(x, z, two);
  wipe(scratch, 9 * PAIR);
  // CT end
}

/** One doubling and one differential addition, after a swap where the mask is set. Bounds of all products: at most 2 * 2. */
function step(mask: u32): void {
  // CT begin: secret = all of it
  const m = i32x4.splat(mask);
  for (let i: usize = 0; i < PAIR; i += 16) {
    const x = v128.load(two + i);
    const y = v128.load(three + i);
    const difference = v128.and(m, v128.xor(x, y));
    v128.store(sums + i, sumAndDifference(v128.xor(x, difference)));
    v128.store(crossed + i, swapped(sumAndDifference(v128.xor(y, difference))));
  }
  multiplyPairs(crossed, crossed, sums); // (DA, CB)
  squarePairs(squares, sums);
  for (let i: usize = 0; i < PAIR; i += 16) {
    v128.store(crossed + i, sumAndDifference(v128.load(crossed + i)));
  }
  squarePairs(crossed, crossed); // (x_3, (DA - CB)^2)
  for (let i: usize = 0; i < PAIR; i += 16) {
    const square = v128.load(squares + i);
    const e = second(sumAndDifference(square)); // E = AA - BB
    v128.store(left + i, v128.or(first(square), e)); // (AA, E)
    v128.store(right + i, v128.or(i64x2.shr_u(v128.load(crossed + i), 32), e)); // ((DA - CB)^2, E)
  }
  multiplyPairs(right, right, constants); // (z_3, a24 E)
  for (let i: usize = 0; i < PAIR; i += 16) {
    const product = v128.load(right + i);
    v128.store(three + i, v128.or(first(v128.load(crossed + i)), i64x2.shl(product, 32)));
    v128.store(right + i, i32x4.add(swapped(v128.load(squares + i)), second(product))); // (BB, AA + a24 E)
  }
  multiplyPairs(two, left, right); // (x_2, z_2)
  // CT end
}
