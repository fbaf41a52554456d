// Montgomery arithmetic on 28-bit limbs with v128 products. Values stay below twice the modulus m, R = 2^(28 n) > 4m,
// so that a multiplication needs no final subtraction (Walter 1999). Time depends on n alone.
//
// A modulus block, for n limbs, each number behind its guard:
//   0   n u32, -m^-1 mod 2^28 u32, bits of m u32
//   32  m          n limbs   (guard at 16)
//   32 + 4n + 16   R^2 mod m

import { GUARD, LIMB_BITS, LIMB_MASK, reduceOnce, subtractLimbs } from './limbs';

const MASK64: u64 = 0x0fffffff;
const HEADER: usize = 32;

/** Most limbs of a modulus: 8192 bits. */
export const MAX_LIMBS: usize = 296;

/** A column of the square of n limbs stays below n * 2^56 < 2^64; moduli of over 7,000 bits are multiplied instead. */
const MOST_LIMBS_SQUARED: usize = 252;
/** Up to here a column has room for the reduction's products too: 2 * 124 * 2^56 + 2^37 < 2^64. */
const LIMBS_SQUARED_AT_ONCE: usize = 124;

const columns = memory.data(4032, 16); // 2 * MOST_LIMBS_SQUARED u64
const accumulators = memory.data(2432, 16); // 16 bytes in front, MAX_LIMBS u64, 16 bytes behind
const scratch = memory.data(1200, 16);

/** Wipes what multiplications and reductions leave behind. For the end of an operation on secrets. */
export function wipeMontgomery(): void {
  memory.fill(columns, 0, 4032);
  memory.fill(accumulators, 0, 2432);
  memory.fill(scratch, 0, 1200);
}

/** Length in bytes of a modulus block. */
export function modulusLength(n: usize): usize {
  return HEADER + ((n << 2) + GUARD) * 2;
}

// @ts-ignore: decorator
@inline
export function limbsOf(modulus: usize): usize {
  return <usize>load<u32>(modulus);
}

// @ts-ignore: decorator
@inline
export function bitsOf(modulus: usize): u32 {
  return load<u32>(modulus, 8);
}

// @ts-ignore: decorator
@inline
export function valueOf(modulus: usize): usize {
  return modulus + HEADER;
}

// @ts-ignore: decorator
@inline
export function squareOfR(modulus: usize): usize {
  return modulus + HEADER + (limbsOf(modulus) << 2) + GUARD;
}

/** Sets limb count, size and -m^-1 mod 2^28 of a block whose m is in place; R^2 comes afterwards. */
export function initModulus(modulus: usize, n: usize, bits: u32): void {
  // CT begin: secret = m
  store<u32>(modulus, <u32>n);
  store<u32>(modulus, bits, 8);
  // Newton: each step doubles the correct bits of m^-1; m * m = 1 mod 8 gives three to start with.
  const m = load<u32>(modulus, HEADER);
  let inverse = m;
  inverse *= 2 - m * inverse;
  inverse *= 2 - m * inverse;
  inverse *= 2 - m * inverse;
  inverse *= 2 - m * inverse;
  store<u32>(modulus, (0 - inverse) & LIMB_MASK, 4);
  // CT end
}

/**
 * out = a * b / R mod m, below 2m for a, b < 2m. out may be a or b.
 *
 * Two rows a step: t = (t + a0 b + a1 b' + q0 m + q1 m') / 2^56, where x' is x moved up by one limb (read 4 bytes
 * lower, which is what the guard is for). An accumulator takes four products below 2^56 a step; the carries are
 * propagated every 32 steps at the latest: 128 * 2^56 + 2^37 < 2^64.
 */
export function montgomeryMultiply(out: usize, a: usize, b: usize, modulus: usize): void {
  // CT begin: secret = a, b, m
  const n = limbsOf(modulus);
  const m = valueOf(modulus);
  const negativeInverse = <u64>load<u32>(modulus, 4);
  const t = accumulators + 16;
  const end = n << 2;
  memory.fill(t, 0, n << 3);
  const b0 = <u64>load<u32>(b);
  const b1 = <u64>load<u32>(b, 4);
  const m0 = <u64>load<u32>(m);
  const m1 = <u64>load<u32>(m, 4);
  let carry: u64 = 0;
  let untilCarry: i32 = 31;
  for (let i: usize = 0; i < end; i += 8) {
    const a0 = <u64>load<u32>(a + i);
    const a1 = <u64>load<u32>(a + i, 4);
    // The two lowest limbs decide q0 and q1 and vanish but for their carry.
    const low = load<u64>(t) + carry + a0 * b0;
    const q0 = (low * negativeInverse) & MASK64;
    const next = load<u64>(t, 8) + a0 * b1 + a1 * b0 + q0 * m1 + ((low + q0 * m0) >> LIMB_BITS);
    const q1 = (next * negativeInverse) & MASK64;
    carry = (next + q1 * m0) >> LIMB_BITS;
    const va0 = i32x4.splat(<i32>a0);
    const va1 = i32x4.splat(<i32>a1);
    const vq0 = i32x4.splat(<i32>q0);
    const vq1 = i32x4.splat(<i32>q1);
    let at = t;
    for (let j: usize = 0; j < end; j += 16) {
      const vb = v128.load(b + j);
      const vbUp = v128.load(b + j - 4);
      const vm = v128.load(m + j);
      const vmUp = v128.load(m + j - 4);
      const lowHalf = i64x2.add(
        i64x2.add(i64x2.extmul_low_i32x4_u(vb, va0), i64x2.extmul_low_i32x4_u(vbUp, va1)),
        i64x2.add(i64x2.extmul_low_i32x4_u(vm, vq0), i64x2.extmul_low_i32x4_u(vmUp, vq1)),
      );
      const highHalf = i64x2.add(
        i64x2.add(i64x2.extmul_high_i32x4_u(vb, va0), i64x2.extmul_high_i32x4_u(vbUp, va1)),
        i64x2.add(i64x2.extmul_high_i32x4_u(vm, vq0), i64x2.extmul_high_i32x4_u(vmUp, vq1)),
      );
      v128.store(at - 16, i64x2.add(v128.load(at), lowHalf));
      v128.store(at, i64x2.add(v128.load(at, 16), highHalf));
      at += 32;
    }
    v128.store(at - 16, i64x2.splat(0));
    if (untilCarry-- == 0) {
      propagate(t, n, carry);
      carry = 0;
      untilCarry = 31;
    }
  }
  carryOut(out, t, n, carry);
  // CT end
}

// CT begin: secret = limbs, carry

/** out = the n accumulators at t and a carry into the first, below 2^(28 n). */
// @ts-ignore: decorator
@inline
function carryOut(out: usize, t: usize, n: usize, carry: u64): void {
  for (let j: usize = 0; j < n; j++) {
    carry += load<u64>(t + (j << 3));
    store<u32>(out + (j << 2), <u32>carry & LIMB_MASK);
    carry >>= LIMB_BITS;
  }
}

/** Brings the accumulators below 2^28, but for the last. */
function propagate(t: usize, n: usize, carry: u64): void {
  for (let j: usize = 0; j < n - 1; j++) {
    carry += load<u64>(t + (j << 3));
    store<u64>(t + (j << 3), carry & MASK64);
    carry >>= LIMB_BITS;
  }
  store<u64>(t + ((n - 1) << 3), load<u64>(t + ((n - 1) << 3)) + carry);
}
// CT end

/**
 * out = a^2 / R mod m, below 2m for a < 2m. out may be a. Products of two different limbs are made once and doubled: a
 * fifth faster than the multiplication of a number by itself.
 */
export function montgomerySquare(out: usize, a: usize, modulus: usize): void {
  const n = limbsOf(modulus);
  if (n > MOST_LIMBS_SQUARED) {
    montgomeryMultiply(out, a, a, modulus);
    return;
  }
  addSquare(a, n);
  if (n > LIMBS_SQUARED_AT_ONCE) propagate(columns, n << 1, 0);
  reduceColumns(out, modulus, n);
}

/** columns = a^2, not carried. Four rows a step: the square on the diagonal, then twice the limbs above it. */
function addSquare(a: usize, n: usize): void {
  // CT begin: secret = a
  memory.fill(columns, 0, n << 4);
  const zero = i64x2.splat(0);
  const end = n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const a0 = <u64>load<u32>(a + i);
    const a1 = <u64>load<u32>(a + i, 4);
    const a2 = <u64>load<u32>(a + i, 8);
    const a3 = <u64>load<u32>(a + i, 12);
    let at = columns + (i << 2);
    store<u64>(at, load<u64>(at) + a0 * a0);
    store<u64>(at, load<u64>(at, 8) + ((a0 * a1) << 1), 8);
    store<u64>(at, load<u64>(at, 16) + ((a0 * a2) << 1) + a1 * a1, 16);
    store<u64>(at, load<u64>(at, 24) + ((a0 * a3 + a1 * a2) << 1), 24);
    store<u64>(at, load<u64>(at, 32) + ((a1 * a3) << 1) + a2 * a2, 32);
    store<u64>(at, load<u64>(at, 40) + ((a2 * a3) << 1), 40);
    store<u64>(at, load<u64>(at, 48) + a3 * a3, 48);
    if (i + 16 == end) break;
    const twice0 = i32x4.splat(<i32>(a0 << 1)); // < 2^29
    const twice1 = i32x4.splat(<i32>(a1 << 1));
    const twice2 = i32x4.splat(<i32>(a2 << 1));
    const twice3 = i32x4.splat(<i32>(a3 << 1));
    // Limbs above the diagonal, and the same moved up by one, two and three limbs: nothing comes in from below.
    at += 32;
    let x = v128.load(a + i, 16);
    let up1 = v128.shuffle<i32>(zero, x, 3, 4, 5, 6);
    let up2 = v128.shuffle<i32>(zero, x, 2, 3, 4, 5);
    let up3 = v128.shuffle<i32>(zero, x, 1, 2, 3, 4);
    addProducts(at, x, up1, up2, up3, twice0, twice1, twice2, twice3);
    for (let j = i + 32; j < end; j += 16) {
      at += 32;
      x = v128.load(a + j);
      up1 = v128.load(a + j - 4);
      up2 = v128.load(a + j - 8);
      up3 = v128.load(a + j - 12);
      addProducts(at, x, up1, up2, up3, twice0, twice1, twice2, twice3);
    }
    at += 32;
    up1 = v128.shuffle<i32>(x, zero, 3, 4, 5, 6);
    up2 = v128.shuffle<i32>(x, zero, 2, 3, 4, 5);
    up3 = v128.shuffle<i32>(x, zero, 1, 2, 3, 4);
    addProducts(at, zero, up1, up2, up3, twice0, twice1, twice2, twice3);
  }
  // CT end
}

// @ts-ignore: decorator
@inline
function addProducts(
  at: usize, x0: v128, x1: v128, x2: v128, x3: v128, y0: v128, y1: v128, y2: v128, y3: v128,
): void {
  // CT begin: secret = limbs
  const low = i64x2.add(
    i64x2.add(i64x2.extmul_low_i32x4_u(x0, y0), i64x2.extmul_low_i32x4_u(x1, y1)),
    i64x2.add(i64x2.extmul_low_i32x4_u(x2, y2), i64x2.extmul_low_i32x4_u(x3, y3)),
  );
  const high = i64x2.add(
    i64x2.add(i64x2.extmul_high_i32x4_u(x0, y0), i64x2.extmul_high_i32x4_u(x1, y1)),
    i64x2.add(i64x2.extmul_high_i32x4_u(x2, y2), i64x2.extmul_high_i32x4_u(x3, y3)),
  );
  v128.store(at, i64x2.add(v128.load(at), low));
  v128.store(at, i64x2.add(v128.load(at, 16), high), 16);
  // CT end
}

/** out = columns / R mod m: two rows a step, as above. */
function reduceColumns(out: usize, modulus: usize, n: usize): void {
  // CT begin: secret = columns, m
  const m = valueOf(modulus);
  const negativeInverse = <u64>load<u32>(modulus, 4);
  const m0 = <u64>load<u32>(m);
  const m1 = <u64>load<u32>(m, 4);
  const end = n << 2;
  let carry: u64 = 0;
  let t = columns;
  for (let i: usize = 0; i < end; i += 8) {
    const low = load<u64>(t) + carry;
    const q0 = (low * negativeInverse) & MASK64;
    const next = load<u64>(t, 8) + q0 * m1 + ((low + q0 * m0) >> LIMB_BITS);
    const q1 = (next * negativeInverse) & MASK64;
    carry = (next + q1 * m0) >> LIMB_BITS;
    const vq0 = i32x4.splat(<i32>q0);
    const vq1 = i32x4.splat(<i32>q1);
    let at = t;
    for (let j: usize = 0; j < end; j += 16) {
      const vm = v128.load(m + j);
      const vmUp = v128.load(m + j - 4);
      const lowHalf = i64x2.add(i64x2.extmul_low_i32x4_u(vm, vq0), i64x2.extmul_low_i32x4_u(vmUp, vq1));
      const highHalf = i64x2.add(i64x2.extmul_high_i32x4_u(vm, vq0), i64x2.extmul_high_i32x4_u(vmUp, vq1));
      v128.store(at, i64x2.add(v128.load(at), lowHalf));
      v128.store(at, i64x2.add(v128.load(at, 16), highHalf), 16);
      at += 32;
    }
    t += 16;
  }
  carryOut(out, t, n, carry);
  // CT end
}

/** out = x R mod m. */
export function toMontgomery(out: usize, x: usize, modulus: usize): void {
  montgomeryMultiply(out, x, squareOfR(modulus), modulus);
}

/** out = x / R mod m, fully reduced. `one`: scratch of a guarded number. */
export function fromMontgomery(out: usize, x: usize, modulus: usize, one: usize): void {
  const n = limbsOf(modulus);
  setSmall(one, n, 1);
  montgomeryMultiply(out, x, one, modulus);
  reduceOnce(out, valueOf(modulus), n, scratch);
}

/** x = a small number. */
export function setSmall(x: usize, n: usize, value: u32): void {
  memory.fill(x, 0, n << 2);
  store<u32>(x, value);
}

/**
 * R^2 mod m in the block. Doubles 2^(bits - 1) until it is R * 2^(7 n / 4), then squares four times: R * 2^(28 n).
 * Time depends on n and the size of m alone, so it serves secret moduli.
 */
export function computeSquareOfR(modulus: usize): void {
  // CT begin: secret = m
  const n = limbsOf(modulus);
  const m = valueOf(modulus);
  const x = squareOfR(modulus);
  const bits = bitsOf(modulus);
  memory.fill(x, 0, n << 2);
  const top = bits - 1; // 2^(bits - 1) < m
  store<u32>(x + (<usize>(top / LIMB_BITS) << 2), <u32>1 << top % LIMB_BITS);
  const target = <u32>n * LIMB_BITS + <u32>(n >> 2) * 7;
  for (let i = top; i < target; i++) doubleModulo(x, m, n);
  for (let i = 0; i < 4; i++) montgomerySquare(x, x, modulus);
  // CT end
}

/** x = 2x mod m, for x < m. */
function doubleModulo(x: usize, m: usize, n: usize): void {
  // CT begin: secret = x, m
  let carry: u32 = 0;
  let borrow: u32 = 0;
  for (let i: usize = 0; i < n << 2; i += 4) {
    const doubled = (load<u32>(x + i) << 1) | carry;
    carry = doubled >> LIMB_BITS;
    const limb = doubled & LIMB_MASK;
    store<u32>(x + i, limb);
    const difference = limb - load<u32>(m + i) - borrow;
    borrow = difference >> 31;
    store<u32>(scratch + i, difference & LIMB_MASK);
  }
  const keep = i32x4.splat(<i32>(0 - borrow));
  for (let i: usize = 0; i < n << 2; i += 16) {
    v128.store(x + i, v128.bitselect(v128.load(x + i), v128.load(scratch + i), keep));
  }
  // CT end
}

/** All ones if x < m. */
export function isBelow(x: usize, modulus: usize): u32 {
  return subtractLimbs(scratch, x, valueOf(modulus), limbsOf(modulus));
}
