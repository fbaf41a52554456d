// What depends on a secret, found without any shadow: a local whose values in a run with one secret are not those in a run
// with another. What differs must be tainted; this is what the tracer is measured by.

import type { Subject } from '../subject.ts';
import { insertBehind, type Place, watchCode } from './insertions.ts';
import { PAGES, USED_BYTES, VALUES } from './layout.ts';
import { instantiate } from './secrets.ts';
import { concatenate } from './wasm_module.ts';

/** Two secrets, neither of them an edge, with which all subjects have the same public outcome. */
const [ONE, OTHER] = [9, 13];

export class DifferingValues {
  readonly #places: readonly Place[];
  readonly #module: WebAssembly.Module;
  readonly #memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES + 16 });

  constructor(binary: Uint8Array, places: readonly Place[]) {
    this.#places = places;
    const codes = new Map<number, Uint8Array>();
    places.forEach((place, id) => {
      const others = codes.get(place.offset) ?? new Uint8Array(0);
      codes.set(place.offset, concatenate([others, watchCode(place, id)]));
    });
    this.#module = new WebAssembly.Module(insertBehind(binary, codes).binary as BufferSource);
  }

  /** The places whose values differ. */
  of(subject: Subject): Place[] {
    const one = this.#values(subject, ONE);
    const other = this.#values(subject, OTHER);
    return this.#places.filter((_, id) => one[id] !== other[id]);
  }

  #values(subject: Subject, index: number): Uint32Array {
    const all = new Uint8Array(this.#memory.buffer);
    const context = instantiate(this.#module, this.#memory, all.subarray(0, USED_BYTES).fill(0));
    const call = subject.prepare(context, index);
    const values = new Uint32Array(this.#memory.buffer, VALUES, this.#places.length).fill(0);
    call();
    return values.slice();
  }
}

/** Subjects whose public outcomes - how often ML-DSA rejected - differ from secret to secret are no measure. */
export function isMeasure(subject: Subject): boolean {
  return subject.publicRejection === undefined;
}
