// Instructions of WebAssembly as the tracer needs them: where one ends, what it takes from the stack, what it leaves.
// Knows what the compiler emits for castls; all else is refused, so that nothing goes through unseen.

import type { Decoder } from '../wasm_binary.ts';

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;

export const op = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  selectTyped: 0x1c,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  bulk: 0xfc,
  vector: 0xfd,
} as const;

export interface Instruction {
  readonly opcode: number;
  /** The number behind the prefixes 0xfc and 0xfd. */
  readonly code: number;
  /** Labels, indices, block type, alignment and offset, lane: whatever follows as numbers. */
  readonly immediates: readonly number[];
  /** Offset in the module. */
  readonly offset: number;
  /** As it stands in the module. */
  readonly raw: Uint8Array;
}

const NUMBERS_AFTER: ReadonlyMap<number, number> = new Map([
  [op.br, 1],
  [op.brIf, 1],
  [op.call, 1],
  [op.callIndirect, 2],
  [op.localGet, 1],
  [op.localSet, 1],
  [op.localTee, 1],
  [op.globalGet, 1],
  [op.globalSet, 1],
  [op.memorySize, 1],
  [op.memoryGrow, 1],
]);

/** Reads the next instruction. @param base offset in the module of the decoder's data */
export function readInstruction(reader: Decoder, base: number): Instruction {
  const start = reader.at;
  const opcode = reader.byte();
  const code = opcode === op.bulk || opcode === op.vector ? reader.u() : 0;
  const immediates = readImmediates(reader, opcode, code);
  return { opcode, code, immediates, offset: base + start, raw: reader.data.subarray(start, reader.at) };
}

function readImmediates(reader: Decoder, opcode: number, code: number): number[] {
  const numbers = (count: number): number[] => Array.from({ length: count }, () => reader.u());
  if (opcode >= op.block && opcode <= op.if) return [reader.byte()];
  if (opcode === op.brTable) return numbers(reader.u() + 1);
  if (opcode === op.selectTyped) return numbers(reader.u());
  if (isScalarLoad(opcode) || isScalarStore(opcode)) return numbers(2);
  if (opcode === 0x41 || opcode === 0x42) reader.skipLeb();
  else if (opcode === 0x43) reader.take(4);
  else if (opcode === 0x44) reader.take(8);
  else if (opcode === op.bulk) return numbers(bulkImmediates(code));
  else if (opcode === op.vector) return vectorImmediates(reader, code);
  else if (NUMBERS_AFTER.has(opcode)) return numbers(NUMBERS_AFTER.get(opcode)!);
  else if (!isPlain(opcode)) throw new Error(`opcode 0x${opcode.toString(16)} is not known to the tracer`);
  return [];
}

function bulkImmediates(code: number): number {
  if (code <= 7) return 0;
  if (code === bulk.copy) return 2;
  if (code === bulk.fill) return 1;
  throw new Error(`0xfc ${code} is not known to the tracer`);
}

function vectorImmediates(reader: Decoder, code: number): number[] {
  const isLane = isLaneLoad(code) || isLaneStore(code);
  if (isVectorLoad(code) || code === vector.store) return [reader.u(), reader.u()];
  if (isLane) return [reader.u(), reader.u(), reader.byte()];
  if (code === vector.constant || code === vector.shuffle) reader.take(16);
  else if (code >= 21 && code <= 34) return [reader.byte()];
  else if (code > 255) throw new Error(`0xfd ${code} (relaxed SIMD) is not known to the tracer`);
  return [];
}

export const bulk = { copy: 10, fill: 11 } as const;

/** Numbers behind 0xfd that the tracer names. */
export const vector = {
  store: 11,
  constant: 12,
  shuffle: 13,
  swizzle: 14,
  i32x4Splat: 17,
  not: 77,
  and: 78,
  or: 80,
  xor: 81,
  bitselect: 82,
  anyTrue: 83,
} as const;

export function isScalarLoad(opcode: number): boolean {
  return opcode >= 0x28 && opcode <= 0x35;
}

export function isScalarStore(opcode: number): boolean {
  return opcode >= 0x36 && opcode <= 0x3e;
}

/** v128.load, extending, splat and zero-extending loads. */
export function isVectorLoad(code: number): boolean {
  return code <= 10 || code === 92 || code === 93;
}

export function isLaneLoad(code: number): boolean {
  return code >= 84 && code <= 87;
}

export function isLaneStore(code: number): boolean {
  return code >= 88 && code <= 91;
}

/** Bytes that a scalar load or store moves. */
export function scalarWidth(opcode: number): number {
  if (isScalarLoad(opcode)) return [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4][opcode - 0x28];
  return [4, 8, 4, 8, 1, 2, 1, 2, 4][opcode - 0x36];
}

export function storedType(opcode: number): number {
  if (opcode === 0x37 || opcode >= 0x3c) return I64;
  if (opcode === 0x38) return F32;
  return opcode === 0x39 ? F64 : I32;
}

/** Control without immediates, drop, select, arithmetic. */
function isPlain(opcode: number): boolean {
  const control: readonly number[] = [op.unreachable, op.nop, op.else, op.end, op.return, op.drop, op.select];
  return control.includes(opcode) || isArithmetic(opcode);
}

export function isConstant(opcode: number): boolean {
  return opcode >= 0x41 && opcode <= 0x44;
}

export function isArithmetic(opcode: number): boolean {
  return opcode >= 0x45 && opcode <= 0xc4;
}

/** One operand, as against two: tests for zero, counts of bits, unary float operations, conversions. */
export function isUnary(opcode: number): boolean {
  const ranges = [
    [0x45, 0x45],
    [0x50, 0x50],
    [0x67, 0x69],
    [0x79, 0x7b],
    [0x8b, 0x91],
    [0x99, 0x9f],
    [0xa7, 0xc4],
  ];
  return ranges.some(([from, to]) => opcode >= from && opcode <= to);
}

/** clz, ctz, popcnt: engines without the processor's instruction branch, loop or call. */
export function isBitCount(opcode: number): boolean {
  return (opcode >= 0x67 && opcode <= 0x69) || (opcode >= 0x79 && opcode <= 0x7b);
}

export function isDivision(opcode: number): boolean {
  return (opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82);
}

/** Shifts and rotations by a number from the stack. */
export function isShift(opcode: number): boolean {
  return (opcode >= 0x74 && opcode <= 0x78) || (opcode >= 0x86 && opcode <= 0x8a);
}

/** Comparisons, arithmetic and conversions of floats: denormals, NaN and ranges take other paths. */
export function isFloat(opcode: number): boolean {
  const isConversion = opcode >= 0xa8 && opcode <= 0xbb && opcode !== 0xac && opcode !== 0xad;
  return (opcode >= 0x5b && opcode <= 0x66) || (opcode >= 0x8b && opcode <= 0xa6) || isConversion;
}
