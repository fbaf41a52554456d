// Rewrites a WASM binary so that it hashes everything an observer of its timing could see: the condition of every
// branch and select, the address of every load and store (splats and lanes too), the operands of every division, the
// addresses and lengths of bulk memory operations, the operands of float arithmetic. Two runs with equal hashes took the same path over the same
// addresses. Works on the shipped release binary; adds functions and globals at the end of their index spaces, so
// that nothing else is renumbered.

import { rewriteBody, type TraceFunctions } from './rewrite_body.ts';
import { Decoder, Encoder, type Section, sections } from './wasm_binary.ts';

const I32 = 0x7f;
const I64 = 0x7e;

/** Names of what the instrumented module exports beside its own. */
export const traceExports = {
  hash: 'trace.hash',
  events: 'trace.events',
  stopAt: 'trace.stopAt',
  marker: 'trace.marker',
  middle: 'trace.middle',
  first: 'trace.first',
  segments: 'trace.segments',
  mixed: 'trace.mixed',
} as const;

/** The binary with tracing added. */
export function instrument(binary: Uint8Array): Uint8Array {
  const found = sections(binary);
  const types = vector(found, 1);
  const imports = vector(found, 2);
  const functions = vector(found, 3);
  const globals = vector(found, 6);
  const exported = vector(found, 7);
  const importedFunctions = countFunctionImports(found.find(s => s.id === 2));
  const typeI32 = types.count;
  const typeI64 = types.count + 1;
  const traceI32 = importedFunctions + functions.count;
  const trace: TraceFunctions = { i32: traceI32, i64: traceI32 + 1 };

  types.append(2, e => e.bytes(0x60, 1, I32, 1, I32).bytes(0x60, 1, I64, 1, I64));
  functions.append(2, e => e.u(typeI32).u(typeI64));
  const firstGlobal = globals.count;
  const names = Object.values(traceExports);
  globals.append(names.length, e => {
    for (let i = 0; i < names.length; i++) e.bytes(I64, 1, 0x42, 0, 0x0b);
  });
  exported.append(names.length, e =>
    names.forEach((name, i) =>
      e
        .name(name)
        .bytes(3)
        .u(firstGlobal + i),
    ),
  );

  const out = new Encoder().raw(binary.subarray(0, 8));
  const replaced = new Map([
    [1, types],
    [2, imports],
    [3, functions],
    [6, globals],
    [7, exported],
  ]);
  const order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
  for (const id of order) {
    const rewritten = replaced.get(id);
    const section = found.find(s => s.id === id);
    if (rewritten !== undefined) {
      if (rewritten.count > 0) out.section(id, rewritten.encode());
    } else if (id === 10 && section) {
      out.section(10, rewriteCode(section, found, trace, firstGlobal));
    } else if (section) {
      out.section(id, section.content);
    }
  }
  return out.finish();
}

function rewriteCode(code: Section, found: Section[], trace: TraceFunctions, firstGlobal: number): Uint8Array {
  const parameters = parameterCounts(found);
  const reader = new Decoder(code.content);
  const count = reader.u();
  const out = new Encoder().u(count + 2);
  for (let i = 0; i < count; i++) {
    const size = reader.u();
    out.sized(rewriteBody(reader.take(size), parameters[i], trace));
  }
  out.sized(mixBody(firstGlobal, false)).sized(mixBody(firstGlobal, true));
  return out.finish();
}

/** Body of the tracing function: mixes its argument into the hash and returns it. */
function mixBody(firstGlobal: number, wide: boolean): Uint8Array {
  const [hash, events, stopAt, marker, middle, first, segments, mixed] = Array.from(
    { length: 8 },
    (_, i) => firstGlobal + i,
  );
  const e = new Encoder().u(0);
  const get = (g: number) => e.bytes(0x23).u(g);
  const set = (g: number) => e.bytes(0x24).u(g);
  const x = () => (wide ? e.bytes(0x20, 0) : e.bytes(0x20, 0, 0xad));
  const MULTIPLIER = 0x9e3779b97f4a7c15n;
  // hash = (rotl(hash, 5) ^ x) * multiplier
  get(hash).bytes(0x42, 5, 0x89);
  x().bytes(0x85, 0x42).s64(BigInt.asIntN(64, MULTIPLIER)).bytes(0x7e);
  set(hash);
  // events += 1; if (events == stopAt) unreachable
  get(events).bytes(0x42, 1, 0x7c);
  set(events);
  get(events);
  get(stopAt).bytes(0x51, 0x04, 0x40, 0x00, 0x0b);
  // if (x == marker): close a segment. The first is kept in `first`, the rest must be equal to `middle`.
  // Markers are addresses; an operand of 64 bits is none, whatever its value.
  if (wide) return e.bytes(0x20, 0, 0x0b).finish();
  x();
  get(marker).bytes(0x51, 0x04, 0x40);
  get(segments).bytes(0x50, 0x04, 0x40); // segments == 0
  get(hash);
  set(first);
  e.bytes(0x05);
  get(segments).bytes(0x42, 1, 0x51, 0x04, 0x40); // segments == 1
  get(hash);
  set(middle);
  e.bytes(0x05);
  get(hash);
  get(middle).bytes(0x52, 0x04, 0x40, 0x42, 1); // hash != middle
  set(mixed);
  e.bytes(0x0b, 0x0b, 0x0b);
  get(segments).bytes(0x42, 1, 0x7c);
  set(segments);
  e.bytes(0x42, 0);
  set(hash);
  e.bytes(0x0b);
  return e.bytes(0x20, 0, 0x0b).finish();
}

/** A section that is a vector, with entries to be appended. */
class Vector {
  count = 0;
  readonly #body: Uint8Array;
  readonly #added = new Encoder();

  constructor(section: Section | undefined) {
    if (section === undefined) {
      this.#body = new Uint8Array(0);
      return;
    }
    const reader = new Decoder(section.content);
    this.count = reader.u();
    this.#body = section.content.subarray(reader.at);
  }

  append(count: number, write: (encoder: Encoder) => unknown): void {
    this.count += count;
    write(this.#added);
  }

  encode(): Uint8Array {
    return new Encoder().u(this.count).raw(this.#body).raw(this.#added.finish()).finish();
  }
}

function vector(found: Section[], id: number): Vector {
  return new Vector(found.find(s => s.id === id));
}

function countFunctionImports(section: Section | undefined): number {
  if (section === undefined) return 0;
  const reader = new Decoder(section.content);
  let functions = 0;
  for (let n = reader.u(); n > 0; n--) {
    reader.skipName();
    reader.skipName();
    const kind = reader.byte();
    if (kind === 0) {
      functions++;
      reader.u();
    } else if (kind === 2) {
      reader.limits();
    } else {
      throw new Error(`import of kind ${kind} is not expected in these binaries`);
    }
  }
  return functions;
}

/** Number of parameters of each function that has a body. */
function parameterCounts(found: Section[]): number[] {
  const types = new Decoder(found.find(s => s.id === 1)?.content ?? new Uint8Array([0]));
  const arity: number[] = [];
  for (let n = types.u(); n > 0; n--) {
    types.byte();
    const parameters = types.u();
    types.take(parameters);
    types.take(types.u());
    arity.push(parameters);
  }
  const functions = new Decoder(found.find(s => s.id === 3)?.content ?? new Uint8Array([0]));
  return Array.from({ length: functions.u() }, () => arity[functions.u()]);
}
