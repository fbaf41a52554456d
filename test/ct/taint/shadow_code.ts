// Writes the instructions that work on shadows. The shadow of a number is 0 or -1; that of a vector has 0 or 0xff in
// each byte.

import { Encoder } from '../wasm_binary.ts';
import { I32, V128 } from './instructions.ts';
import { FLAGS, SHADOW } from './layout.ts';

export class ShadowCode {
  readonly #out = new Encoder();

  finish(): Uint8Array {
    return this.#out.finish();
  }

  raw(bytes: Uint8Array): this {
    this.#out.raw(bytes);
    return this;
  }

  bytes(...values: number[]): this {
    this.#out.bytes(...values);
    return this;
  }

  get(local: number): this {
    this.#out.bytes(0x20).u(local);
    return this;
  }

  set(local: number): this {
    this.#out.bytes(0x21).u(local);
    return this;
  }

  tee(local: number): this {
    this.#out.bytes(0x22).u(local);
    return this;
  }

  getGlobal(global: number): this {
    this.#out.bytes(0x23).u(global);
    return this;
  }

  setGlobal(global: number): this {
    this.#out.bytes(0x24).u(global);
    return this;
  }

  constant(value: number): this {
    this.#out.bytes(0x41).s64(BigInt(value));
    return this;
  }

  /** The shadow of what is public. */
  clear(type: number): this {
    if (type === V128) return this.vector(12).bytes(...new Uint8Array(16));
    return this.constant(0);
  }

  vector(code: number): this {
    this.#out.bytes(0xfd).u(code);
    return this;
  }

  /** The union of two shadows on the stack. */
  union(type: number): this {
    return type === V128 ? this.vector(80) : this.bytes(0x72);
  }

  /** -1 if the i32 on the stack is not zero. */
  normalize(): this {
    return this.bytes(0x45, 0x41, 1, 0x6b);
  }

  /** The same for an i64. */
  normalize64(): this {
    return this.bytes(0x50, 0x41, 1, 0x6b);
  }

  /** Each lane of the vector on the stack: all ones if it is not zero. */
  spread(width: 1 | 2 | 4 | 8): this {
    const notEqual = { 1: 36, 2: 46, 4: 56, 8: 215 }[width];
    return this.clear(V128).vector(notEqual);
  }

  /** From the shadow of a vector to that of a number that depends on all of it. */
  summarize(): this {
    return this.vector(83).normalize();
  }

  /** From the shadow of a number to that of a vector which depends on it everywhere. */
  everywhere(): this {
    return this.vector(17);
  }

  /** Loads the shadow of `width` bytes at the address on the stack plus `offset`. */
  loadShadow(width: number, offset: number): this {
    if (width === 1)
      this.memory([0x2c], offset); // sign extension: 0 or -1
    else if (width === 2) this.memory([0x2e], offset).normalize();
    else if (width === 4) this.memory([0x28], offset).normalize();
    else this.memory([0x29], offset).normalize64();
    return this;
  }

  /** Stores the shadow on the stack for `width` bytes at the address below it plus `offset`. */
  storeShadow(width: number, offset: number): this {
    if (width === 8) return this.bytes(0xac).memory([0x37], offset);
    return this.memory([width === 4 ? 0x36 : width === 2 ? 0x3b : 0x3a], offset);
  }

  /** A load or store of any kind, moved to the shadow of its address. Alignment is a hint: none. */
  memory(opcode: readonly number[], offset: number): this {
    this.#out.bytes(...opcode, 0).u(offset + SHADOW);
    return this;
  }

  /** Raises the flag of a site if the shadow on the stack is not zero. */
  flag(site: number): this {
    return this.bytes(0x04, 0x40).mark(site).bytes(0x0b);
  }

  /** Raises the flag of a site. */
  mark(site: number): this {
    this.constant(0).constant(1);
    this.#out.bytes(0x36, 0).u(FLAGS + 4 * site);
    return this;
  }
}

/** Groups of locals, one a type. */
export function encodeLocals(types: readonly number[]): Uint8Array {
  const out = new Encoder();
  for (const type of types) out.u(1).bytes(type);
  return out.finish();
}

/** The type of the shadow of a value. */
export function shadowType(type: number): number {
  return type === V128 ? V128 : I32;
}
