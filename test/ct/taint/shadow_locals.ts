// The locals of a rewritten function: its own, scratch, a shadow for each of its own, and for each stack slot one shadow
// for numbers and one for vectors.

import { type Decoder, Encoder } from '../wasm_binary.ts';
import { F32, F64, I32, I64, V128 } from './instructions.ts';
import { encodeLocals, shadowType } from './shadow_code.ts';
import type { FunctionBody } from './wasm_module.ts';

/** Locals for operands that wait while a shadow is worked on. */
export interface Scratch {
  readonly address: number;
  readonly second: number;
  readonly third: number;
  /** For a value of a type; of i32 it is `second`. */
  of(type: number): number;
}

const SCRATCH_TYPES = [I32, I32, I32, I64, F32, F64, V128];

export class ShadowLocals {
  readonly scratch: Scratch;
  /** Types of parameters and locals. */
  readonly types: readonly number[];
  readonly #groups: number;
  readonly #declared: Uint8Array;
  #slots = 0;

  /** @param reader at the begin of the body; goes on to its first instruction */
  constructor(reader: Decoder, { type }: FunctionBody) {
    const types = [...type.parameters];
    this.#groups = reader.u();
    const start = reader.at;
    for (let i = 0; i < this.#groups; i++) {
      const count = reader.u();
      const of = reader.byte();
      for (let j = 0; j < count; j++) types.push(of);
    }
    this.types = types;
    this.#declared = reader.data.subarray(start, reader.at);
    const first = types.length;
    const byType = (wanted: number): number => first + (wanted === I32 ? 1 : SCRATCH_TYPES.indexOf(wanted));
    this.scratch = { address: first, second: first + 1, third: first + 2, of: byType };
  }

  /** The shadow of a local. */
  shadowOf(local: number): number {
    return this.types.length + SCRATCH_TYPES.length + local;
  }

  /** The shadow of the value at a depth of the stack. */
  slot(depth: number, type: number): number {
    this.#slots = Math.max(this.#slots, depth + 1);
    const first = 2 * this.types.length + SCRATCH_TYPES.length;
    return first + 2 * depth + (type === V128 ? 1 : 0);
  }

  /** Declarations, once all slots are known. */
  encode(): Uint8Array {
    const slots = Array.from({ length: this.#slots }, () => [I32, V128]).flat();
    const added = [...SCRATCH_TYPES, ...this.types.map(shadowType), ...slots];
    return new Encoder()
      .u(this.#groups + added.length)
      .raw(this.#declared)
      .raw(encodeLocals(added))
      .finish();
  }
}
