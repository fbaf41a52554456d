// A SessionStore in the memory of one process: bounded, the sessions that were not asked for longest go first.

import { copyOfBytes, toHex } from '../../base/bytes.ts';
import { callable, integer, readOptions } from '../../base/options.ts';
import type { SessionStore } from './stores.ts';

/** As OpenSSL's SSL_SESSION_CACHE_MAX_SIZE_DEFAULT. */
const DEFAULT_CAPACITY = 20_480;

const table = () => ({ capacity: integer(1, Number.MAX_SAFE_INTEGER), now: callable<() => number>() });

export interface MemorySessionStoreOptions {
  /** Sessions kept. Default 20,480. */
  readonly capacity?: number;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

interface Kept {
  readonly state: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export class MemorySessionStore implements SessionStore {
  readonly #capacity: number;
  readonly #now: () => number;
  /** Name in hex -> state; a Map goes from the one used least recently to the one used last. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: MemorySessionStoreOptions = {}) {
    const { capacity, now } = readOptions('MemorySessionStore', table(), options);
    this.#capacity = capacity ?? DEFAULT_CAPACITY;
    this.#now = now ?? Date.now;
  }

  get size(): number {
    return this.#kept.size;
  }

  set(name: Uint8Array, state: Uint8Array, lifetime: number): boolean {
    const key = toHex(name);
    this.#kept.delete(key);
    this.#kept.set(key, { state: copyOfBytes(state), until: this.#now() + lifetime * 1000 });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#capacity) break;
      this.#kept.delete(oldest);
    }
    return true;
  }

  get(name: Uint8Array): Uint8Array | null {
    const key = toHex(name);
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (kept === undefined || kept.until <= this.#now()) return null;
    this.#kept.set(key, kept);
    return copyOfBytes(kept.state);
  }

  take(name: Uint8Array): Uint8Array | null {
    const state = this.get(name);
    this.#kept.delete(toHex(name));
    return state;
  }

  /** Forgets all sessions. */
  clear(): void {
    this.#kept.clear();
  }
}
