// An RSA private operation under way: a zeroed block of the caller's, so that operations in slices can take turns. All
// that is secret and outlives a slice stands here; whoever ends one, however it ends, wipes the block.
//
//   0    phase u32, windows left of its power u32
//   16   the integer given, the number that is raised, the blinding pair, the power modulo q: limbs of n each, guarded
//        the power under way: limbs of a prime, guarded
//        its exponent where it is no part of the key: length/2 bytes, padded to 16
//        its table

import { GUARD, limbsFor } from '../shared/bignum/limbs';
import { tableLength } from '../shared/bignum/secret_power';
import { halfLength, modulusLimbs, primeLimbs } from './key';

// Powers of an operation, in their order: two for r^-1 where blinding is drawn anew, two for the operation itself.
export const DRAW_Q: u32 = 0;
export const DRAW_P: u32 = 1;
export const POWER_Q: u32 = 2;
export const POWER_P: u32 = 3;
export const DONE: u32 = 4;

const PHASE: usize = 0;
const LEFT: usize = 4;
const NUMBERS: usize = 16;

// @ts-ignore: decorator
@inline
function pad16(length: usize): usize {
  return (length + 15) & ~15;
}

/** Length in bytes of the block for a modulus of `bits` bits, an even number. */
export function rsaPrivateJobLength(bits: u32): usize {
  const prime = limbsFor(bits >> 1);
  const numbers = 5 * ((limbsFor(bits) << 2) + GUARD) + (prime << 2) + GUARD;
  return NUMBERS + numbers + pad16(<usize>(bits + 15) >> 4) + tableLength(prime);
}

export function phaseOf(job: usize): u32 {
  return load<u32>(job, PHASE);
}
export function setPhase(job: usize, phase: u32): void {
  store<u32>(job, phase, PHASE);
}
export function windowsLeft(job: usize): u32 {
  return load<u32>(job, LEFT);
}
export function setWindowsLeft(job: usize, windows: u32): void {
  store<u32>(job, windows, LEFT);
}
export function inputOf(job: usize): usize {
  return job + NUMBERS + GUARD;
}
/** r while blinding is drawn, then the blinded integer, at last the result. */
export function baseOf(job: usize, key: usize): usize {
  return inputOf(job) + number(key);
}
export function blindOf(job: usize, key: usize): usize {
  return inputOf(job) + 2 * number(key);
}
export function unblindOf(job: usize, key: usize): usize {
  return inputOf(job) + 3 * number(key);
}
export function powerQOf(job: usize, key: usize): usize {
  return inputOf(job) + 4 * number(key);
}
export function powerOf(job: usize, key: usize): usize {
  return inputOf(job) + 5 * number(key);
}
export function drawExponentOf(job: usize, key: usize): usize {
  return powerOf(job, key) + (primeLimbs(key) << 2);
}
export function tableOf(job: usize, key: usize): usize {
  return drawExponentOf(job, key) + pad16(halfLength(key));
}

// @ts-ignore: decorator
@inline
function number(key: usize): usize {
  return (modulusLimbs(key) << 2) + GUARD;
}
