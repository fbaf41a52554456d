// Inserts tracing calls into one function body, on the level of the stack machine: what is about to be used as a
// condition, an address, a length or a divisor passes through the tracing function first.

import { Decoder, Encoder } from './wasm_binary.ts';

/** Indices of the tracing functions: T -> T, mixing their argument into the trace. */
export interface TraceFunctions {
  readonly i32: number;
  readonly i64: number;
}

const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const V128 = 0x7b;

/** The body with tracing. @param parameters number of the function's parameters */
export function rewriteBody(body: Uint8Array, parameters: number, trace: TraceFunctions): Uint8Array {
  const reader = new Decoder(body);
  const out = new Encoder();
  const scratch = copyLocals(reader, out, parameters);
  new BodyRewriter(reader, out, trace, scratch).run();
  return out.finish();
}

/** Scratch locals, appended behind the function's own. */
interface Scratch {
  readonly i32: readonly [number, number];
  readonly i64: number;
  readonly f32: number;
  readonly f64: number;
  readonly v128: number;
}

function copyLocals(reader: Decoder, out: Encoder, parameters: number): Scratch {
  const groups = reader.u();
  const start = reader.at;
  let next = parameters;
  for (let i = 0; i < groups; i++) {
    next += reader.u();
    reader.byte();
  }
  out.u(groups + 5).raw(reader.data.subarray(start, reader.at));
  out.u(2).bytes(I32).u(1).bytes(I64).u(1).bytes(F32).u(1).bytes(F64).u(1).bytes(V128);
  return { i32: [next, next + 1], i64: next + 2, f32: next + 3, f64: next + 4, v128: next + 5 };
}

class BodyRewriter {
  readonly #reader: Decoder;
  readonly #out: Encoder;
  readonly #trace: TraceFunctions;
  readonly #scratch: Scratch;

  constructor(reader: Decoder, out: Encoder, trace: TraceFunctions, scratch: Scratch) {
    this.#reader = reader;
    this.#out = out;
    this.#trace = trace;
    this.#scratch = scratch;
  }

  run(): void {
    const reader = this.#reader;
    while (reader.at < reader.data.length) {
      const start = reader.at;
      const opcode = reader.byte();
      this.#traceOperands(opcode);
      this.#skipImmediates(opcode);
      this.#out.raw(reader.data.subarray(start, reader.at));
    }
  }

  #traceOperands(opcode: number): void {
    if (opcode === 0x04 || opcode === 0x0d || opcode === 0x0e || opcode === 0x11 || opcode === 0x40)
      this.#top(); // if br_if br_table call_indirect memory.grow
    else if (opcode === 0x1b || opcode === 0x1c)
      this.#top(); // select
    else if (opcode >= 0x28 && opcode <= 0x35)
      this.#top(); // loads
    else if (opcode >= 0x36 && opcode <= 0x3e)
      this.#below(storedType(opcode)); // stores
    else if (opcode >= 0x6d && opcode <= 0x70) this.#divide32();
    else if (opcode >= 0x7f && opcode <= 0x82) this.#divide64();
    else if (opcode >= 0x8b && opcode <= 0xa6) this.#float(opcode);
    else if (opcode === 0xfc) this.#bulk();
    else if (opcode === 0xfd) this.#simd();
  }

  /** Traces the i32 on top of the stack. */
  #top(): void {
    this.#out.bytes(0x10).u(this.#trace.i32);
  }

  /** Traces the i32 below a value of the given type. */
  #below(type: number): void {
    const local = this.#localOf(type);
    this.#out.bytes(0x21).u(local);
    this.#top();
    this.#out.bytes(0x20).u(local);
  }

  #localOf(type: number): number {
    const s = this.#scratch;
    if (type === I32) return s.i32[0];
    if (type === I64) return s.i64;
    if (type === F32) return s.f32;
    return type === F64 ? s.f64 : s.v128;
  }

  #divide32(): void {
    const [a] = this.#scratch.i32;
    this.#top();
    this.#out.bytes(0x21).u(a);
    this.#top();
    this.#out.bytes(0x20).u(a);
  }

  #divide64(): void {
    const a = this.#scratch.i64;
    const call = () => this.#out.bytes(0x10).u(this.#trace.i64);
    call();
    this.#out.bytes(0x21).u(a);
    call();
    this.#out.bytes(0x20).u(a);
  }

  /** Floats take longer for some operands (denormals, NaN), so each operand of their arithmetic counts as seen. */
  #float(opcode: number): void {
    const wide = opcode >= 0x99;
    const binary = wide ? opcode >= 0xa0 : opcode >= 0x92;
    const local = wide ? this.#scratch.f64 : this.#scratch.f32;
    const trace = () =>
      wide
        ? this.#out.bytes(0xbd, 0x10).u(this.#trace.i64).bytes(0xbf) // i64.reinterpret_f64, call, back
        : this.#out.bytes(0xbc, 0x10).u(this.#trace.i32).bytes(0xbe);
    trace();
    if (!binary) return;
    this.#out.bytes(0x21).u(local);
    trace();
    this.#out.bytes(0x20).u(local);
  }

  /** memory.copy (10): destination, source, length. memory.fill (11): destination, value, length; the value is data. */
  #bulk(): void {
    const code = this.#peek();
    if (code !== 10 && code !== 11) return;
    const [a, b] = this.#scratch.i32;
    this.#top();
    this.#out.bytes(0x21).u(a);
    if (code === 10) this.#top();
    this.#out.bytes(0x21).u(b);
    this.#top();
    this.#out.bytes(0x20).u(b).bytes(0x20).u(a);
  }

  #simd(): void {
    const code = this.#peek();
    if (code <= 10 || code === 92 || code === 93)
      this.#top(); // v128.load*, splats, zero-extending loads
    else if (code === 11 || (code >= 84 && code <= 91)) this.#below(V128); // v128.store, load_lane, store_lane
  }

  /** The LEB128 sub-opcode after a prefix, without moving on. */
  #peek(): number {
    const at = this.#reader.at;
    const code = this.#reader.u();
    this.#reader.at = at;
    return code;
  }

  #skipImmediates(opcode: number): void {
    const r = this.#reader;
    if (opcode >= 0x02 && opcode <= 0x04)
      r.skipLeb(); // block type
    else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10)
      r.u(); // br br_if call
    else if (opcode === 0x0e) for (let n = r.u() + 1; n > 0; n--) r.u();
    else if (opcode === 0x11)
      skipMemoryArgument(r); // type and table, two numbers as well
    else if (opcode === 0x1c) r.take(r.u());
    else if (opcode >= 0x20 && opcode <= 0x24)
      r.u(); // locals and globals; tables are not known
    else if (opcode >= 0x28 && opcode <= 0x3e) skipMemoryArgument(r);
    else if (opcode === 0x3f || opcode === 0x40) r.byte();
    else if (opcode === 0x41 || opcode === 0x42) r.skipLeb();
    else if (opcode === 0x43) r.take(4);
    else if (opcode === 0x44) r.take(8);
    else if (opcode === 0xfc) this.#skipBulk();
    else if (opcode === 0xfd) this.#skipSimd();
    else if (!isPlain(opcode)) throw new Error(`opcode 0x${opcode.toString(16)} is not known to the instrumentation`);
  }

  #skipBulk(): void {
    const code = this.#reader.u();
    if (code <= 7) return; // saturating truncations
    if (code === 10) this.#reader.take(2);
    else if (code === 11) this.#reader.take(1);
    else throw new Error(`0xfc ${code} is not known to the instrumentation`);
  }

  #skipSimd(): void {
    const r = this.#reader;
    const code = r.u();
    if (code <= 11 || code === 92 || code === 93) skipMemoryArgument(r);
    else if (code === 12 || code === 13)
      r.take(16); // v128.const, i8x16.shuffle
    else if (code >= 21 && code <= 34)
      r.take(1); // extract_lane, replace_lane
    else if (code >= 84 && code <= 91) {
      skipMemoryArgument(r);
      r.byte();
    } else if ((code >= 227 && code <= 235) || (code >= 239 && code <= 247) || code > 255) {
      throw new Error(`0xfd ${code} (floats in lanes, relaxed SIMD) is not known to the instrumentation`);
    }
  }
}

/** Alignment and offset. */
function skipMemoryArgument(reader: Decoder): void {
  reader.u();
  reader.u();
}

function storedType(opcode: number): number {
  if (opcode === 0x37 || opcode >= 0x3c) return I64;
  if (opcode === 0x38) return F32;
  return opcode === 0x39 ? F64 : I32;
}

/** Opcodes without immediates: control, drop, select, all numeric ones, sign extension. */
function isPlain(opcode: number): boolean {
  return (
    opcode <= 0x01 ||
    opcode === 0x05 ||
    opcode === 0x0b ||
    opcode === 0x0f ||
    opcode === 0x1a ||
    opcode === 0x1b ||
    (opcode >= 0x45 && opcode <= 0xc4)
  );
}
