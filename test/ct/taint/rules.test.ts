// The rule of every instruction, by experiment: whatever byte of the result changes when one byte of an operand does must
// have its shadow set when that byte's is. For all arithmetic on numbers and on vectors of integers, used by castls or not.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { secretBytes } from '../subject.ts';
import { Encoder } from '../wasm_binary.ts';
import { isUnary } from './instructions.ts';
import { PAGES, SHADOW } from './layout.ts';
import { shadowRewrite } from './shadow_rewrite.ts';
import { vectorRule } from './vector_instructions.ts';

const OPERANDS = 16; // addresses, 16 bytes each
const RESULT = 256;
const TRIALS = 6;

interface Case {
  readonly name: string;
  /** Takes the operands at OPERANDS, leaves the result at RESULT. */
  readonly body: Uint8Array;
  readonly operands: number;
}

/** Loads operand number `at`, or stores the result: opcode, then alignment and offset. */
const load = (opcode: readonly number[], at: number): Uint8Array =>
  new Encoder()
    .bytes(0x41, 0, ...opcode, 0)
    .u(OPERANDS + 16 * at)
    .finish();

const types = {
  i32: { load: [0x28], store: [0x36] },
  i64: { load: [0x29], store: [0x37] },
  v128: { load: [0xfd, 0], store: [0xfd, 11] },
} as const;
type Type = keyof typeof types;

function makeCase(name: string, from: readonly Type[], operation: Uint8Array, to: Type): Case {
  const e = new Encoder().bytes(0x41, 0); // the address of the result
  from.forEach((type, at) => e.raw(load(types[type].load, at)));
  e.raw(operation)
    .bytes(...types[to].store, 0)
    .u(RESULT);
  return { name, body: e.finish(), operands: from.length };
}

/** Opcodes of arithmetic on integers: from and to one type, but for comparisons and conversions. Division of 0 by 0 traps. */
function numberCases(): Case[] {
  const cases: Case[] = [];
  const add = (opcode: number, type: Type, to: Type): void => {
    const from = isUnary(opcode) ? [type] : [type, type];
    cases.push(makeCase(`opcode 0x${opcode.toString(16)}`, from, Uint8Array.of(opcode), to));
  };
  for (let opcode = 0x45; opcode <= 0x4f; opcode++) add(opcode, 'i32', 'i32');
  for (let opcode = 0x50; opcode <= 0x5a; opcode++) add(opcode, 'i64', 'i32');
  for (let opcode = 0x67; opcode <= 0x78; opcode++) if (opcode < 0x6d || opcode > 0x70) add(opcode, 'i32', 'i32');
  for (let opcode = 0x79; opcode <= 0x8a; opcode++) if (opcode < 0x7f || opcode > 0x82) add(opcode, 'i64', 'i64');
  add(0xa7, 'i64', 'i32');
  for (const opcode of [0xac, 0xad]) add(opcode, 'i32', 'i64');
  for (const opcode of [0xc0, 0xc1]) add(opcode, 'i32', 'i32');
  for (const opcode of [0xc2, 0xc3, 0xc4]) add(opcode, 'i64', 'i64');
  return cases;
}

const LANES: Readonly<Record<number, { type: Type; count: number }>> = {
  21: { type: 'i32', count: 16 },
  23: { type: 'i32', count: 16 },
  24: { type: 'i32', count: 8 },
  26: { type: 'i32', count: 8 },
  27: { type: 'i32', count: 4 },
  28: { type: 'i32', count: 4 },
  29: { type: 'i64', count: 2 },
  30: { type: 'i64', count: 2 },
};

/** Numbers behind 0xfd that do not exist, and those of floats. */
const isInteger = (code: number): boolean => {
  const gaps = [154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212];
  return !gaps.includes(code) && vectorRule(code).kind !== 'float' && ![31, 32, 33, 34, 19, 20].includes(code);
};

function vectorCases(): Case[] {
  const cases: Case[] = [];
  for (let code = 13; code <= 223; code++) {
    if (code >= 84 && code <= 93) continue; // memory
    if (code > 14 && !isInteger(code)) continue;
    const operation = new Encoder().bytes(0xfd).u(code);
    const name = `0xfd ${code}`;
    if (code === 13) {
      const lanes = Array.from(secretBytes(9, 16), byte => byte & 31);
      cases.push(makeCase(name, ['v128', 'v128'], operation.bytes(...lanes).finish(), 'v128'));
      continue;
    }
    if (code === 14) {
      cases.push(makeCase(name, ['v128', 'v128'], operation.finish(), 'v128'));
      continue;
    }
    const rule = vectorRule(code);
    const { type, count } = LANES[code] ?? LANES[code - 1] ?? { type: code === 18 ? 'i64' : 'i32', count: 0 };
    const vectors = 'operands' in rule ? rule.operands : 1;
    const from = new Array<Type>(vectors).fill('v128');
    if (rule.kind === 'extract' || rule.kind === 'replace') {
      for (let lane = 0; lane < count; lane++) {
        const at = new Encoder().bytes(0xfd).u(code).bytes(lane).finish();
        if (rule.kind === 'extract') cases.push(makeCase(`${name} ${lane}`, from, at, type));
        else cases.push(makeCase(`${name} ${lane}`, [...from, type], at, 'v128'));
      }
    } else if (rule.kind === 'splat') cases.push(makeCase(name, [type], operation.finish(), 'v128'));
    else if (rule.kind === 'shift') cases.push(makeCase(name, ['v128', 'i32'], operation.finish(), 'v128'));
    else cases.push(makeCase(name, from, operation.finish(), rule.kind === 'summary' ? 'i32' : 'v128'));
  }
  return cases;
}

/** A module with one function a case. */
function moduleOf(cases: readonly Case[]): Uint8Array {
  const one = (write: (e: Encoder) => unknown): Uint8Array => {
    const e = new Encoder();
    write(e);
    return e.finish();
  };
  const code = new Encoder().u(cases.length);
  for (const { body } of cases) code.sized(new Encoder().u(0).raw(body).bytes(0x0b).finish());
  return new Encoder()
    .bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    .section(1, Uint8Array.of(1, 0x60, 0, 0))
    .section(
      2,
      one(e => e.u(1).name('env').name('memory').bytes(2, 0).u(1)),
    )
    .section(
      3,
      one(e => e.u(cases.length).bytes(...cases.map(() => 0))),
    )
    .section(
      7,
      one(e => {
        e.u(cases.length);
        cases.forEach((_, i) => e.name(`f${i}`).bytes(0).u(i));
      }),
    )
    .section(10, code.finish())
    .finish();
}

const cases = [...numberCases(), ...vectorCases()];
const memory = new WebAssembly.Memory({ initial: PAGES });
const bytes = new Uint8Array(memory.buffer);
const { exports: run } = new WebAssembly.Instance(
  new WebAssembly.Module(shadowRewrite(moduleOf(cases)).binary as BufferSource),
  { env: { memory } },
) as { exports: Record<string, () => void> };

/** Bytes of the result that changed when one byte of the operands did, over some trials. */
function changed(f: () => void, at: number): Set<number> {
  const found = new Set<number>();
  for (let trial = 0; trial < TRIALS; trial++) {
    // Small numbers, too: shifts and indices of swizzle are in range then.
    const operands = secretBytes(trial + 6, 48).map(byte => (trial % 2 === 0 ? byte : byte & 15));
    bytes.set(operands, OPERANDS);
    f();
    const before = bytes.slice(RESULT, RESULT + 16);
    for (const flip of [1, 0x80, 0xff]) {
      bytes.set(operands, OPERANDS);
      bytes[OPERANDS + at] ^= flip;
      f();
      for (let i = 0; i < 16; i++) if (bytes[RESULT + i] !== before[i]) found.add(i);
    }
  }
  return found;
}

test('there are rules for all instructions on integers', () => {
  assert.ok(cases.length > 200, `${cases.length}`);
});

test('a byte of the result that depends on a byte of an operand has its shadow set', () => {
  let dependent = 0;
  cases.forEach(({ name, operands }, i) => {
    const f = run[`f${i}`];
    for (let at = 0; at < 16 * operands; at++) {
      bytes.fill(0, SHADOW, SHADOW + 512);
      const depends = changed(f, at);
      bytes[SHADOW + OPERANDS + at] = 0xff;
      f();
      dependent += depends.size;
      const open = [...depends].filter(byte => bytes[SHADOW + RESULT + byte] === 0);
      assert.equal(open, [], `${name}: bytes of the result that depend on byte ${at} of the operands`);
    }
  });
  assert.ok(dependent > 5000, `${dependent}`);
});

test('what no secret reaches has no shadow', () => {
  for (const [i] of cases.entries()) {
    bytes.fill(0, SHADOW, SHADOW + 512);
    run[`f${i}`]();
    assert.not.ok(bytes.subarray(SHADOW, SHADOW + 512).includes(0xff), cases[i].name);
  }
});

test.run();
