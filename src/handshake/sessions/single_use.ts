// A SingleUseRegister in the memory of one process (RFC 9846 §8.2): right for a single server, or for one whose tickets no
// other server opens. A fleet needs one that all of it asks.

import { toHex } from '../../base/bytes.ts';
import type { SingleUseRegister } from './stores.ts';

/** What became of an id: it is taken for the first time; it was taken before; there is no room to remember it. */
export type MemoryClaim = 'accepted' | 'replay' | 'full';

const DEFAULT_CAPACITY = 65_536;

export interface MemorySingleUseRegisterOptions {
  /** Tickets remembered. Default 65,536. A full register refuses, rather than forget one that may come again. */
  readonly capacity?: number;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

export class MemorySingleUseRegister implements SingleUseRegister {
  readonly since: number;
  readonly #capacity: number;
  readonly #now: () => number;
  /** Id in hex -> when it may be forgotten. Insertion order is nearly that of the end. */
  readonly #claimed = new Map<string, number>();
  /** Before it nothing can be forgotten: a full register is not searched for each that asks. */
  #nextEnd = 0;

  constructor({ capacity = DEFAULT_CAPACITY, now = Date.now }: MemorySingleUseRegisterOptions = {}) {
    this.#capacity = capacity;
    this.#now = now;
    this.since = now();
  }

  get size(): number {
    return this.#claimed.size;
  }

  claim(id: Uint8Array, expires: number): boolean {
    return this.outcome(id, expires) === 'accepted';
  }

  /** As `claim`, which tells the refusals apart. */
  outcome(id: Uint8Array, expires: number): MemoryClaim {
    const name = toHex(id);
    if (this.#claimed.has(name)) return 'replay';
    if (this.#claimed.size >= this.#capacity) this.#forgetExpired();
    if (this.#claimed.size >= this.#capacity) return 'full';
    this.#claimed.set(name, expires);
    this.#nextEnd = Math.min(this.#nextEnd, expires);
    return 'accepted';
  }

  #forgetExpired(): void {
    const now = this.#now();
    if (now < this.#nextEnd) return;
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const [name, expires] of this.#claimed) {
      if (expires <= now) this.#claimed.delete(name);
      else this.#nextEnd = Math.min(this.#nextEnd, expires);
    }
  }
}
