// Masks: the only way to decide on a secret. Mask arithmetic stays arithmetic, while `select` and `?:` become a wasm
// select, which an engine may compile to a branch (DESIGN.md, Facts). All masks are 0 or all ones.
// These are functions over values; nothing here touches memory except equalBytes and wipe.

// CT begin: secret = the operands

/** All ones if x is not zero. */
// @ts-ignore: decorator
@inline
export function nonZero32(x: u32): u32 {
  return <u32>(<i32>(x | (0 - x)) >> 31);
}

/** All ones if x is zero. */
// @ts-ignore: decorator
@inline
export function zero32(x: u32): u32 {
  return ~nonZero32(x);
}

/** All ones if a equals b. */
// @ts-ignore: decorator
@inline
export function equal32(a: u32, b: u32): u32 {
  return ~nonZero32(a ^ b);
}

/** All ones if a < b, unsigned (Hacker's Delight §2-12). */
// @ts-ignore: decorator
@inline
export function less32(a: u32, b: u32): u32 {
  return <u32>(<i32>((~a & b) | ((~a | b) & (a - b))) >> 31);
}

/** b where the mask is set, else a. */
// @ts-ignore: decorator
@inline
export function choose32(mask: u32, a: u32, b: u32): u32 {
  return a ^ (mask & (a ^ b));
}

/** All ones if x is not zero. */
// @ts-ignore: decorator
@inline
export function nonZero64(x: u64): u64 {
  return <u64>(<i64>(x | (0 - x)) >> 63);
}

/** All ones if a < b, unsigned. */
// @ts-ignore: decorator
@inline
export function less64(a: u64, b: u64): u64 {
  return <u64>(<i64>((~a & b) | ((~a | b) & (a - b))) >> 63);
}

/** b where the mask is set, else a. */
// @ts-ignore: decorator
@inline
export function choose64(mask: u64, a: u64, b: u64): u64 {
  return a ^ (mask & (a ^ b));
}
// CT end

/** All ones if the `length` bytes at a and b are equal. Time depends on `length` alone. */
export function equalBytes(a: usize, b: usize, length: usize): u32 {
  // CT begin: secret = bytes at a and b
  let difference: u32 = 0;
  for (let i: usize = 0; i < length; i++) difference |= <u32>(load<u8>(a + i) ^ load<u8>(b + i));
  return zero32(difference);
  // CT end
}

/** Zeroes `length` bytes. */
// @ts-ignore: decorator
@inline
export function wipe(pointer: usize, length: usize): void {
  memory.fill(pointer, 0, length);
}
