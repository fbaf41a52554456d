// Shadows of numbers, memory and vectors. A vector's shadow has a byte for each of its bytes, so that a public counter beside a
// secret nonce stays public.

import type { BodyWriter } from './body_writer.ts';
import {
  bulk,
  I32,
  type Instruction,
  isBitCount,
  isDivision,
  isFloat,
  isLaneLoad,
  isLaneStore,
  isShift,
  isUnary,
  isVectorLoad,
  scalarWidth,
  storedType,
  V128,
  vector,
} from './instructions.ts';
import { SHADOW } from './layout.ts';
import { type VectorRule, vectorRule } from './vector_instructions.ts';

export function arithmetic(body: BodyWriter, { opcode }: Instruction): void {
  const { code } = body;
  const last = body.pop();
  const first = isUnary(opcode) ? last : body.pop();
  if (isBitCount(opcode)) body.report('count of bits', last);
  else if (isDivision(opcode)) body.report('division', first, last);
  else if (isShift(opcode)) body.report('shift by a secret', last);
  else if (isFloat(opcode)) body.report('float', first, last);
  body.copy();
  code.get(first);
  if (first !== last) code.get(last).union(I32);
  code.set(body.push(I32));
}

export function loadNumber(body: BodyWriter, { opcode, immediates: [, offset] }: Instruction): void {
  const { code, scratch } = body;
  body.report('load address', body.pop());
  code.tee(scratch.address);
  body.copy();
  code.get(scratch.address).loadShadow(scalarWidth(opcode), offset);
  const shadow = body.push(I32);
  code.set(shadow);
  body.flow(shadow, I32);
}

export function storeNumber(body: BodyWriter, { opcode, immediates: [, offset] }: Instruction): void {
  const { code, scratch } = body;
  const value = scratch.of(storedType(opcode));
  const shadow = body.pop();
  body.report('store address', body.pop());
  code.set(value).tee(scratch.address).get(value);
  body.copy();
  body.flow(shadow, I32);
  body.declassify(shadow, I32);
  code.get(scratch.address).get(shadow).storeShadow(scalarWidth(opcode), offset);
}

export function bulkMemory(body: BodyWriter, { code: number }: Instruction): void {
  const { code, scratch } = body;
  if (number !== bulk.copy && number !== bulk.fill) {
    truncate(body);
    return;
  }
  const [length, second, destination] = [body.pop(), body.pop(), body.pop()];
  const isCopy = number === bulk.copy;
  if (isCopy) body.report('copy', destination, second, length);
  else body.report('fill', destination, length);
  code.set(scratch.third).set(scratch.second).set(scratch.address);
  // The shadows move first, as the bytes do; overlapping is as the instruction has it.
  const shadowed = (local: number): unknown => code.get(local).constant(SHADOW).bytes(0x6a);
  shadowed(scratch.address);
  if (isCopy) shadowed(scratch.second);
  else code.get(second);
  code.get(scratch.third);
  body.copy();
  code.get(scratch.address).get(scratch.second).get(scratch.third);
  body.copy();
}

export function vectorInstruction(body: BodyWriter, instruction: Instruction): void {
  const { code: number } = instruction;
  if (isVectorLoad(number)) loadVector(body, instruction);
  else if (number === vector.store) storeVector(body, instruction);
  else if (isLaneLoad(number)) loadLane(body, instruction);
  else if (isLaneStore(number)) storeVector(body, instruction);
  else if (number === vector.constant) {
    body.copy();
    body.code.clear(V128).set(body.push(V128));
  } else if (number === vector.shuffle) shuffle(body, instruction);
  else if (number === vector.swizzle) swizzle(body);
  else applyRule(body, vectorRule(number), instruction);
}

/** Truncation of a float that saturates (0xfc 0 to 7). */
function truncate(body: BodyWriter): void {
  const shadow = body.pop();
  body.report('float', shadow);
  body.copy();
  body.code.get(shadow).set(body.push(I32));
}

/** Loads extend by the sign where the shadow is concerned: 0xff becomes 0xffff. */
function loadVector(body: BodyWriter, { code: number, immediates: [, offset] }: Instruction): void {
  const { code, scratch } = body;
  const isUnsigned = number === 2 || number === 4 || number === 6;
  body.report('load address', body.pop());
  code.tee(scratch.address);
  body.copy();
  code.get(scratch.address).memory([0xfd, isUnsigned ? number - 1 : number], offset);
  const shadow = body.push(V128);
  code.set(shadow);
  body.flow(shadow, V128);
}

function loadLane(body: BodyWriter, { code: number, immediates: [, offset, lane] }: Instruction): void {
  const { code, scratch } = body;
  const shadow = body.pop();
  body.report('load address', body.pop());
  code.set(scratch.of(V128)).tee(scratch.address).get(scratch.of(V128));
  body.copy();
  code.get(scratch.address).get(shadow).memory([0xfd, number], offset).bytes(lane);
  const result = body.push(V128);
  code.set(result);
  body.flow(result, V128);
}

/** v128.store and the stores of one lane. */
function storeVector(body: BodyWriter, { code: number, immediates: [, offset, lane] }: Instruction): void {
  const { code, scratch } = body;
  const shadow = body.pop();
  body.report('store address', body.pop());
  code.set(scratch.of(V128)).tee(scratch.address).get(scratch.of(V128));
  body.copy();
  body.flow(shadow, V128);
  body.declassify(shadow, V128);
  code.get(scratch.address).get(shadow).memory([0xfd, number], offset);
  if (number !== vector.store) code.bytes(lane);
}

/** The shadow's bytes move as the bytes do. */
function shuffle(body: BodyWriter, { raw }: Instruction): void {
  const [second, first] = [body.pop(), body.pop()];
  body.copy();
  body.code.get(first).get(second).raw(raw).set(body.push(V128));
}

/** A byte of the result depends on its index, and on whichever byte of the table that names: on all of them. */
function swizzle(body: BodyWriter): void {
  const [indices, table] = [body.pop(), body.pop()];
  body.copy();
  body.code.get(table).summarize().everywhere().get(indices).union(V128).set(body.push(V128));
}

function applyRule(body: BodyWriter, rule: VectorRule, { immediates: [lane] }: Instruction): void {
  const { code } = body;
  const number = rule.kind === 'replace' || rule.kind === 'shift' ? body.pop() : 0;
  if (rule.kind === 'shift') body.report('shift by a secret', number);
  const operands = Array.from({ length: operandsOf(rule) }, () => body.pop());
  if (rule.kind === 'float') operands.forEach(operand => reportFloat(body, operand));
  body.copy();
  operands.forEach((operand, i) => {
    code.get(operand);
    if (i > 0) code.union(V128);
  });
  if (rule.kind === 'lanes') code.spread(rule.width);
  else if (rule.kind === 'shift') code.spread(rule.width).get(number).everywhere().union(V128);
  else if (rule.kind === 'mix' || rule.kind === 'float') code.summarize().everywhere();
  else if (rule.kind === 'extend') code.vector(rule.signed);
  else if (rule.kind === 'summary') code.summarize();
  else if (rule.kind === 'splat') code.everywhere();
  else if (rule.kind === 'extract') {
    code.vector(rule.lane).bytes(lane);
    if (rule.wide) code.normalize64();
    else code.normalize();
  } else if (rule.kind === 'replace') {
    code.get(number);
    if (rule.wide) code.bytes(0xac);
    code.vector(rule.lane).bytes(lane);
  }
  const isNumber = rule.kind === 'summary' || rule.kind === 'extract';
  code.set(body.push(isNumber ? I32 : V128));
}

function operandsOf(rule: VectorRule): number {
  return 'operands' in rule ? rule.operands : 1;
}

function reportFloat(body: BodyWriter, shadow: number): void {
  body.code.get(shadow).summarize().set(body.scratch.address);
  body.report('float', body.scratch.address);
}
