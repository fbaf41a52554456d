// Puts code behind instructions of a binary: to watch the value of a local, or to leak it. All of it is done before the
// shadows come in, so that the tracer cannot tell such code from the binary's own.

import { Decoder, Encoder } from '../wasm_binary.ts';
import { I32, I64, type Instruction, op, readInstruction, V128 } from './instructions.ts';
import { VALUES } from './layout.ts';
import { concatenate, type FunctionBody, parseModule } from './wasm_module.ts';

/** Where a local gets a value, behind a local.set or local.tee, and the 32 bits of it that are looked at. */
export interface Place {
  /** Of the instruction, in the binary. */
  readonly offset: number;
  readonly local: number;
  readonly type: number;
  /** Of a vector 0 to 3, of an i64 0 or 1, else 0. */
  readonly lane: number;
}

const LANES: ReadonlyMap<number, number> = new Map([
  [I32, 1],
  [I64, 2],
  [V128, 4],
]);

/** Every place of a binary, with every lane, but for floats. */
export function placesOf(binary: Uint8Array): Place[] {
  return parseModule(binary).functions.flatMap(f => {
    const found: Place[] = [];
    const { reader, types } = openBody(f);
    while (reader.at < reader.data.length) {
      const { opcode, immediates, offset } = readInstruction(reader, f.offset);
      if (opcode !== op.localSet && opcode !== op.localTee) continue;
      const [local] = immediates;
      const type = types[local];
      for (let lane = 0; lane < (LANES.get(type) ?? 0); lane++) found.push({ offset, local, type, lane });
    }
    return found;
  });
}

/** All instructions of a binary. */
export function instructionsOf(binary: Uint8Array): Instruction[] {
  return parseModule(binary).functions.flatMap(f => {
    const { reader } = openBody(f);
    const found: Instruction[] = [];
    while (reader.at < reader.data.length) found.push(readInstruction(reader, f.offset));
    return found;
  });
}

function openBody({ body, type }: FunctionBody): { reader: Decoder; types: number[] } {
  const reader = new Decoder(body);
  const types = [...type.parameters];
  for (let groups = reader.u(); groups > 0; groups--) {
    const count = reader.u();
    types.push(...new Array<number>(count).fill(reader.byte()));
  }
  return { reader, types };
}

export interface Inserted {
  readonly binary: Uint8Array;
  /** For each offset of an instruction in the old binary, where the code behind it begins in the new one, and where it ends. */
  readonly codeBehind: ReadonlyMap<number, { readonly begin: number; readonly end: number }>;
}

/** @param codes by the offset of the instruction behind which they go */
export function insertBehind(binary: Uint8Array, codes: ReadonlyMap<number, Uint8Array>): Inserted {
  const module = parseModule(binary);
  const relative: { from: number; function: number; begin: number; end: number }[] = [];
  const bodies = module.functions.map((f, at) => {
    const { reader } = openBody(f);
    const parts = [f.body.subarray(0, reader.at)];
    let length = reader.at;
    const put = (part: Uint8Array): void => {
      parts.push(part);
      length += part.length;
    };
    while (reader.at < reader.data.length) {
      const { offset, raw } = readInstruction(reader, f.offset);
      put(raw);
      const code = codes.get(offset);
      if (code === undefined) continue;
      relative.push({ from: offset, function: at, begin: length, end: length + code.length });
      put(code);
    }
    return concatenate(parts);
  });
  const out = module.encode(bodies);
  const { functions } = parseModule(out);
  const place = ({ from, function: at, begin, end }: (typeof relative)[number]) =>
    [from, { begin: functions[at].offset + begin, end: functions[at].offset + end }] as const;
  return { binary: out, codeBehind: new Map(relative.map(place)) };
}

/** The bits that are looked at, as an i32. */
function numberOf({ local, type, lane }: Place): Uint8Array {
  const e = new Encoder().bytes(0x20).u(local);
  if (type === V128) return e.bytes(0xfd, 27, lane).finish(); // i32x4.extract_lane
  if (type !== I64) return e.finish();
  if (lane === 1) e.bytes(0x42, 32, 0x88); // i64.const 32, i64.shr_u
  return e.bytes(0xa7).finish();
}

/** Mixes the value into the word of number `id` at VALUES. */
export function watchCode(place: Place, id: number): Uint8Array {
  const at = VALUES + 4 * id;
  return new Encoder()
    .bytes(0x41, 0, 0x41, 0, 0x28, 0)
    .u(at)
    .bytes(0x41, 31, 0x6c) // i32.const 31, i32.mul
    .raw(numberOf(place))
    .bytes(0x6a, 0x36, 0)
    .u(at)
    .finish();
}

export const leakKinds = ['branch', 'load', 'clz', 'division'] as const;
export type LeakKind = (typeof leakKinds)[number];

/** Uses the value in a way that shows. */
export function leakCode(kind: LeakKind, place: Place): Uint8Array {
  const e = new Encoder().raw(numberOf(place));
  if (kind === 'branch') e.bytes(0x04, 0x40, 0x01, 0x0b); // if nop end
  if (kind === 'load') e.bytes(0x41, 0x3f, 0x71, 0x2d, 0, 0, 0x1a); // i32.const 63, i32.and, i32.load8_u, drop
  if (kind === 'clz') e.bytes(0x67, 0x1a);
  if (kind === 'division') e.bytes(0x41, 7, 0x6e, 0x1a); // i32.const 7, i32.div_u, drop
  return e.finish();
}
