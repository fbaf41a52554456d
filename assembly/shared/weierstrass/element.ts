// Elements of a prime field or of the integers modulo a group order: limbs of 28 bits in the lanes of v128 words,
// signed, so that sums and differences are plain lane-wise operations. Multiplication in the fields is generated
// (scripts/generate/weierstrass.mjs). The type parameter M is one of the generated classes: its methods are resolved at
// compile time.
//
// Bounds. A limb is written as a multiple of 2^28: "tight" is within [-8, 2^28 + 8), what carry() leaves; a product is
// within [0, 2^28) but for its signed top limb. Lanes hold |limb| < 2^31 = 8 * 2^28. A product of limbs bounded by a
// and b needs a * b <= 6, give or take the eights of tight limbs: then a column of 19 products (P-521) and the
// reduction's terms stay below 19 * 6.5 * 2^56 < 2^63. Values may be negative: as R >= 2^8 * modulus,
// |a * b| < 2^8 * modulus^2 gives a product in (-modulus, 2 * modulus).

import { nonZero32 } from '../ct';

const LIMB: i32 = 0xfffffff;
const integerOne = memory.data<u32>([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 16);
const canonical = memory.data(80, 16);

// CT begin: secret = the limbs, mask

/** out = a + b. May overlap. */
// @ts-ignore: decorator
@inline
export function add<M>(out: usize, a: usize, b: usize): void {
  const m = changetype<M>(0);
  v128.store(out, i32x4.add(v128.load(a), v128.load(b)));
  v128.store(out, i32x4.add(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(out, i32x4.add(v128.load(a, 32), v128.load(b, 32)), 32);
  if (m.vectors > 3) v128.store(out, i32x4.add(v128.load(a, 48), v128.load(b, 48)), 48);
  if (m.vectors > 4) v128.store(out, i32x4.add(v128.load(a, 64), v128.load(b, 64)), 64);
}

/** out = a - b. May overlap. */
// @ts-ignore: decorator
@inline
export function subtract<M>(out: usize, a: usize, b: usize): void {
  const m = changetype<M>(0);
  v128.store(out, i32x4.sub(v128.load(a), v128.load(b)));
  v128.store(out, i32x4.sub(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(out, i32x4.sub(v128.load(a, 32), v128.load(b, 32)), 32);
  if (m.vectors > 3) v128.store(out, i32x4.sub(v128.load(a, 48), v128.load(b, 48)), 48);
  if (m.vectors > 4) v128.store(out, i32x4.sub(v128.load(a, 64), v128.load(b, 64)), 64);
}

/** out = 3 * a. May overlap. */
// @ts-ignore: decorator
@inline
export function triple<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  v128.store(out, threeTimes(v128.load(a)));
  v128.store(out, threeTimes(v128.load(a, 16)), 16);
  v128.store(out, threeTimes(v128.load(a, 32)), 32);
  if (m.vectors > 3) v128.store(out, threeTimes(v128.load(a, 48)), 48);
  if (m.vectors > 4) v128.store(out, threeTimes(v128.load(a, 64)), 64);
}

/** out = a * 2^shift. May overlap. */
// @ts-ignore: decorator
@inline
export function shift<M>(out: usize, a: usize, shift: i32): void {
  const m = changetype<M>(0);
  v128.store(out, i32x4.shl(v128.load(a), shift));
  v128.store(out, i32x4.shl(v128.load(a, 16), shift), 16);
  v128.store(out, i32x4.shl(v128.load(a, 32), shift), 32);
  if (m.vectors > 3) v128.store(out, i32x4.shl(v128.load(a, 48), shift), 48);
  if (m.vectors > 4) v128.store(out, i32x4.shl(v128.load(a, 64), shift), 64);
}

/** out = a. */
// @ts-ignore: decorator
@inline
export function copy<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  v128.store(out, v128.load(a));
  v128.store(out, v128.load(a, 16), 16);
  v128.store(out, v128.load(a, 32), 32);
  if (m.vectors > 3) v128.store(out, v128.load(a, 48), 48);
  if (m.vectors > 4) v128.store(out, v128.load(a, 64), 64);
}

/** a = -a where the mask is set. Constant-time. */
// @ts-ignore: decorator
@inline
export function negateIf<M>(a: usize, mask: u32): void {
  const m = changetype<M>(0);
  const ones = i32x4.splat(<i32>mask);
  for (let i = 0; i < m.vectors; i++) {
    const at = a + (<usize>i << 4);
    v128.store(at, i32x4.sub(v128.xor(v128.load(at), ones), ones));
  }
}
// CT end

/** Every limb but the top one gives what is above 28 bits to the next: |limb| < 2^31 before, tight after. */
export function carry<M>(a: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let x = v128.load(a);
  let above = i32x4.shr_s(x, 28);
  v128.store(a, i32x4.add(low(x), intoNext(i32x4.splat(0), above)));
  let before = above;
  x = v128.load(a, 16);
  above = i32x4.shr_s(x, 28);
  v128.store(a, i32x4.add(low(x), intoNext(before, above)), 16);
  before = above;
  x = v128.load(a, 32);
  above = i32x4.shr_s(x, 28);
  if (m.vectors == 3) {
    v128.store(a, i32x4.add(lowOfLast<M>(x), intoNext(before, above)), 32);
  } else {
    v128.store(a, i32x4.add(low(x), intoNext(before, above)), 32);
    before = above;
    x = v128.load(a, 48);
    above = i32x4.shr_s(x, 28);
    if (m.vectors == 4) {
      v128.store(a, i32x4.add(lowOfLast<M>(x), intoNext(before, above)), 48);
    } else {
      v128.store(a, i32x4.add(low(x), intoNext(before, above)), 48);
      before = above;
      x = v128.load(a, 64);
      above = i32x4.shr_s(x, 28);
      v128.store(a, i32x4.add(lowOfLast<M>(x), intoNext(before, above)), 64);
    }
  }
  // CT end
}

// @ts-ignore: decorator
@inline
function threeTimes(x: v128): v128 {
  // CT begin: secret = x
  return i32x4.add(x, i32x4.shl(x, 1));
  // CT end
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return v128.and(x, i32x4.splat(LIMB));
}

/** The last word holds the top limb, which keeps all its bits, in lane 1 or 2; lanes above it are padding. */
// @ts-ignore: decorator
@inline
function lowOfLast<M>(x: v128): v128 {
  const m = changetype<M>(0);
  if ((m.limbs & 3) == 2) return v128.and(x, i32x4(0xfffffff, -1, 0, 0));
  return v128.and(x, i32x4(0xfffffff, 0xfffffff, -1, 0));
}

/** Lane i gets lane i - 1; lane 0 gets lane 3 of the word before. */
// @ts-ignore: decorator
@inline
function intoNext(before: v128, above: v128): v128 {
  return v128.shuffle<i32>(before, above, 3, 4, 5, 6);
}

/** Reads a big-endian integer of M.bytes bytes; any value. */
export function fromBytes<M>(out: usize, bytes: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = the bytes
  let pending: u64 = 0;
  let count: u32 = 0;
  let at = out;
  for (let i = m.bytes - 1; i >= 0; i--) {
    pending |= <u64>load<u8>(bytes + <usize>i) << count;
    count += 8;
    if (count < 28) continue;
    store<u32>(at, <u32>pending & LIMB);
    at += 4;
    pending >>= 28;
    count -= 28;
  }
  store<u32>(at, <u32>pending);
  memory.fill(at + 4, 0, out + m.size - at - 4);
  // CT end
}

/** Writes an integer with limbs in [0, 2^28) as M.bytes big-endian bytes. */
export function toBytes<M>(bytes: usize, a: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let pending: u64 = 0;
  let count: i32 = 0;
  let at = a;
  for (let i = m.bytes - 1; i >= 0; i--) {
    if (count < 8) {
      pending |= <u64>load<u32>(at) << count;
      at += 4;
      count += 28;
    }
    store<u8>(bytes + <usize>i, <u8>pending);
    pending >>= 8;
    count -= 8;
  }
  // CT end
}

/** All ones if the integer a, with limbs in [0, 2^28), is below the modulus. */
export function belowModulus<M>(a: usize): u32 {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let borrow: i32 = 0;
  for (let i: usize = 0; i < <usize>m.limbs; i++) {
    borrow = (load<i32>(a + (i << 2)) - load<i32>(m.modulus + (i << 2)) + borrow) >> 28;
  }
  return <u32>borrow;
  // CT end
}

/** All ones if some limb is not zero. */
export function nonZero<M>(a: usize): u32 {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let any: u32 = 0;
  for (let i: usize = 0; i < <usize>m.limbs; i++) any |= load<u32>(a + (i << 2));
  return nonZero32(any);
  // CT end
}

/** Subtracts the modulus from an integer in [0, 2 * modulus), with limbs in [0, 2^28), if it is not below it. */
export function reduceOnce<M>(a: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  const mask = <i32>~belowModulus<M>(a);
  let borrow: i32 = 0;
  for (let i: usize = 0; i < <usize>m.limbs; i++) {
    const at = a + (i << 2);
    const limb = load<i32>(at) - (load<i32>(m.modulus + (i << 2)) & mask) + borrow;
    store<i32>(at, limb & LIMB);
    borrow = limb >> 28;
  }
  // CT end
}

/** Shifts an integer with limbs in [0, 2^28) right by `count` bits, 1 to 27. */
export function shiftRight<M>(a: usize, count: i32): void {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let above: u32 = 0;
  for (let i = m.limbs - 1; i >= 0; i--) {
    const limb = load<u32>(a + (<usize>i << 2));
    store<u32>(a + (<usize>i << 2), (limb >> count) | ((above << (28 - count)) & LIMB));
    above = limb;
  }
  // CT end
}

/** out = modulus - a, for a in [0, modulus]. May overlap. */
export function complement<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  // CT begin: secret = the limbs
  let borrow: i32 = 0;
  for (let i: usize = 0; i < <usize>m.limbs; i++) {
    const limb = load<i32>(m.modulus + (i << 2)) - load<i32>(a + (i << 2)) + borrow;
    store<i32>(out + (i << 2), limb & LIMB);
    borrow = limb >> 28;
  }
  // CT end
}

/** out = a * b / R for any odd modulus, limb by limb: short rather than fast. Bounds as in the generated code. May overlap. */
export function multiplyInLoop<M>(out: usize, a: usize, b: usize): void {
  const m = changetype<M>(0);
  const last = <usize>(m.limbs - 1) << 2;
  const t = canonical;
  // CT begin: secret = the limbs
  memory.fill(t, 0, m.size);
  for (let i: usize = 0; i <= last; i += 4) {
    const ai = <i64>load<i32>(a + i);
    let sum = <i64>load<i32>(t) + ai * <i64>load<i32>(b);
    // The multiple of the modulus that takes the low limb away.
    const times = -sum * <i64>m.lowInverse & <i64>LIMB;
    sum = (sum + times * <i64>load<i32>(m.modulus)) >> 28;
    for (let j: usize = 4; j <= last; j += 4) {
      sum += <i64>load<i32>(t + j) + ai * <i64>load<i32>(b + j) + times * <i64>load<i32>(m.modulus + j);
      store<i32>(t + j - 4, <i32>sum & LIMB);
      sum >>= 28;
    }
    store<i32>(t + last, <i32>sum);
  }
  memory.copy(out, t, m.size);
  // CT end
}

/** Into the Montgomery domain: out = a * R. */
// @ts-ignore: decorator
@inline
export function enter<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  m.multiply(out, a, m.rSquared);
}

/** Out of the Montgomery domain: the integer a / R in [0, modulus), for any a above -R and below modulus * R. */
export function leave<M>(out: usize, a: usize): void {
  const m = changetype<M>(0);
  m.multiply(out, a, integerOne);
  reduceOnce<M>(out);
}

/** All ones if a is zero modulo the modulus. */
export function isZero<M>(a: usize): u32 {
  leave<M>(canonical, a);
  return ~nonZero<M>(canonical);
}

const powers = memory.data(16 * 80, 16);

/** out = a^exponent with windows of 4 bits. The exponent is public. */
export function power<M>(out: usize, a: usize, exponent: usize): void {
  const m = changetype<M>(0);
  copy<M>(powers, m.one);
  copy<M>(powers + m.size, a);
  for (let i: usize = 2; i < 16; i++) m.multiply(powers + i * m.size, powers + (i - 1) * m.size, powers + m.size);
  const accumulator = canonical;
  copy<M>(accumulator, m.one);
  let started = false;
  for (let i = m.limbs - 1; i >= 0; i--) {
    const limb = load<u32>(exponent + (<usize>i << 2));
    for (let bit = 24; bit >= 0; bit -= 4) {
      const digit = (limb >> bit) & 15;
      if (started) for (let j = 0; j < 4; j++) m.square(accumulator, accumulator);
      if (digit != 0) {
        m.multiply(accumulator, accumulator, powers + <usize>digit * m.size);
        started = true;
      }
    }
  }
  copy<M>(out, accumulator);
}

/** Wipes what the functions of this file keep. */
export function wipeElements(): void {
  memory.fill(canonical, 0, 80);
  memory.fill(powers, 0, 16 * 80);
}
