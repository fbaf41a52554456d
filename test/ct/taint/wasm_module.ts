// A binary as the tracer's passes see it: types, functions with their bodies and where these stand, globals. Passes give
// new bodies; globals are appended, so that nothing is renumbered.

import { Decoder, Encoder, type Section, sections } from '../wasm_binary.ts';

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionBody {
  /** Index among all functions, imported ones included. */
  readonly index: number;
  readonly type: FunctionType;
  readonly body: Uint8Array;
  /** Offset of `body` in the module. */
  readonly offset: number;
}

/** A global to be appended: zero at first, exported if it has a name. */
export interface AddedGlobal {
  readonly type: 'i32' | 'v128';
  readonly name?: string;
}

export interface WasmModule {
  readonly types: readonly FunctionType[];
  /** Type of each function, imported ones included. */
  readonly functionTypes: readonly FunctionType[];
  /** Value type of each global. */
  readonly globals: readonly number[];
  readonly functions: readonly FunctionBody[];
  /** Names of exported functions by index. */
  readonly names: ReadonlyMap<number, string>;
  /** The module with other bodies, in the order of `functions`. */
  encode(bodies: readonly Uint8Array[], added?: readonly AddedGlobal[]): Uint8Array;
}

const SECTION = { types: 1, imports: 2, functions: 3, globals: 6, exports: 7, code: 10 } as const;

/** The order in which sections stand: by number, but for the count of data segments (12), which comes before code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

export function parseModule(binary: Uint8Array): WasmModule {
  const found = sections(binary);
  const section = (id: number): Section | undefined => found.find(s => s.id === id);
  const types = readTypes(section(SECTION.types));
  const imported = readFunctionImports(section(SECTION.imports));
  const declared = readIndices(section(SECTION.functions));
  const functionTypes = [...imported, ...declared].map(index => types[index]);
  const globals = readGlobals(section(SECTION.globals));
  const bodies = readBodies(section(SECTION.code), binary);
  return {
    types,
    functionTypes,
    globals,
    functions: bodies.map((body, i) => ({
      ...body,
      index: imported.length + i,
      type: functionTypes[imported.length + i],
    })),
    names: readFunctionExports(section(SECTION.exports)),
    encode: (replaced, added = []) => encodeModule(binary, found, replaced, globals.length, added),
  };
}

function readTypes(section: Section | undefined): FunctionType[] {
  return vectorOf(section, reader => {
    reader.byte(); // 0x60: a function
    const parameters = [...reader.take(reader.u())];
    return { parameters, results: [...reader.take(reader.u())] };
  });
}

/** Types of imported functions. */
function readFunctionImports(section: Section | undefined): number[] {
  return vectorOf(section, reader => {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === 0) return [reader.u()];
    if (kind !== 2) throw new Error(`import of kind ${kind} is not expected in these binaries`);
    reader.limits();
    return [];
  }).flat();
}

function readIndices(section: Section | undefined): number[] {
  return vectorOf(section, reader => reader.u());
}

function readGlobals(section: Section | undefined): number[] {
  return vectorOf(section, reader => {
    const type = reader.byte();
    reader.byte(); // mutable or not
    skipConstant(reader);
    return type;
  });
}

/** A constant expression: i32.const, i64.const or v128.const, then end. */
function skipConstant(reader: Decoder): void {
  const opcode = reader.byte();
  if (opcode === 0x41 || opcode === 0x42) reader.skipLeb();
  else if (opcode === 0xfd) reader.take(17);
  else throw new Error(`a global begins with opcode 0x${opcode.toString(16)}`);
  if (reader.byte() !== 0x0b) throw new Error('a global is more than a constant');
}

function readFunctionExports(section: Section | undefined): Map<number, string> {
  const names = vectorOf(section, reader => {
    const name = new TextDecoder().decode(reader.take(reader.u()));
    const kind = reader.byte();
    return { name, isFunction: kind === 0, index: reader.u() };
  });
  return new Map(names.filter(n => n.isFunction).map(n => [n.index, n.name]));
}

function readBodies(section: Section | undefined, binary: Uint8Array): { body: Uint8Array; offset: number }[] {
  return vectorOf(section, reader => {
    const body = reader.take(reader.u());
    return { body, offset: body.byteOffset - binary.byteOffset };
  });
}

function vectorOf<T>(section: Section | undefined, read: (reader: Decoder) => T): T[] {
  if (section === undefined) return [];
  const reader = new Decoder(section.content);
  return Array.from({ length: reader.u() }, () => read(reader));
}

function encodeModule(
  binary: Uint8Array,
  found: readonly Section[],
  bodies: readonly Uint8Array[],
  globals: number,
  added: readonly AddedGlobal[],
): Uint8Array {
  const contents = new Map(found.map(({ id, content }) => [id, content]));
  contents.set(SECTION.globals, appendGlobals(contents.get(SECTION.globals), added));
  contents.set(SECTION.exports, appendExports(contents.get(SECTION.exports), globals, added));
  contents.set(SECTION.code, encodeBodies(bodies));
  const out: Uint8Array[] = [binary.subarray(0, 8)];
  for (const id of ORDER) {
    const content = contents.get(id);
    if (content !== undefined) out.push(new Encoder().bytes(id).u(content.length).finish(), content);
  }
  return concatenate(out);
}

/** Bodies with their sizes. Long ones are copied as a whole: an Encoder takes a byte at a time. */
function encodeBodies(bodies: readonly Uint8Array[]): Uint8Array {
  const sized = bodies.flatMap(body => [new Encoder().u(body.length).finish(), body]);
  return concatenate([new Encoder().u(bodies.length).finish(), ...sized]);
}

function appendGlobals(content: Uint8Array | undefined, added: readonly AddedGlobal[]): Uint8Array {
  const reader = new Decoder(content ?? new Uint8Array([0]));
  const out = new Encoder().u(reader.u() + added.length).raw(reader.data.subarray(reader.at));
  for (const { type } of added) {
    if (type === 'i32') out.bytes(0x7f, 1, 0x41, 0, 0x0b);
    else out.bytes(0x7b, 1, 0xfd, 12, ...new Uint8Array(16), 0x0b);
  }
  return out.finish();
}

function appendExports(content: Uint8Array | undefined, first: number, added: readonly AddedGlobal[]): Uint8Array {
  const named = added.flatMap(({ name }, i) => (name === undefined ? [] : [{ name, index: first + i }]));
  const reader = new Decoder(content ?? new Uint8Array([0]));
  const out = new Encoder().u(reader.u() + named.length).raw(reader.data.subarray(reader.at));
  for (const { name, index } of named) out.name(name).bytes(3).u(index);
  return out.finish();
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
