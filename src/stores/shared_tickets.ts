// The tickets of a fleet: a TicketStore whose keys come from a TicketKeyStore, asked again from time to time and whenever it
// says so. Handshakes never wait for it: they use the keys that are here. A key is wiped within one poll of its end, whether
// the store can be reached or not.

import type { CryptoProvider } from '../crypto/provider.ts';
import type { TicketKeyStore, TicketStore, TimedTicketKey } from '../handshake/sessions/stores.ts';
import { TicketKeys } from '../handshake/sessions/ticket_keys.ts';
import type { FleetListener } from './events.ts';
import { unref, within } from './guard.ts';

/** Milliseconds that the store and its wrapper may take: nobody waits for it. */
const LOAD_DEADLINE = 10_000;
const FIRST_RETRY = 100;

export interface SharedTicketsOptions {
  readonly provider: CryptoProvider;
  readonly store: TicketKeyStore;
  /** Seconds. */
  readonly lifetime: number;
  /** Milliseconds between two looks at the store. */
  readonly poll: number;
  readonly now: () => number;
  readonly onEvent: FleetListener;
}

export class SharedTickets implements TicketStore {
  readonly lifetime: number;
  readonly now: () => number;
  readonly #options: SharedTicketsOptions;
  readonly #keys: TicketKeys;
  readonly #unwatch: (() => void) | undefined;
  readonly #waiting: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<void> | null = null;
  /** The store said that there are others while they were loaded. */
  #again = false;
  #failures = 0;
  #count = 0;
  #sealing = false;
  #closed = false;

  constructor(options: SharedTicketsOptions) {
    const { provider, lifetime, now, store } = options;
    this.#options = options;
    this.lifetime = lifetime;
    this.now = now;
    this.#keys = new TicketKeys({ provider, lifetime, now });
    // From now on no key is made here.
    this.#keys.hold([]);
    this.#unwatch = store.watch?.(() => void this.refresh());
    void this.refresh();
  }

  /** Resolves when there are keys to seal with: at once if there are. */
  ready(): Promise<void> {
    return this.#sealing ? Promise.resolve() : new Promise(resolve => this.#waiting.push(resolve));
  }

  seal(state: Uint8Array): Uint8Array | null {
    return this.#keys.seal(state);
  }

  open(ticket: Uint8Array): Uint8Array | null {
    const state = this.#keys.open(ticket);
    this.#options.onEvent({ kind: 'ticket', opened: state !== null });
    return state;
  }

  /** What was sealed for a store, which is no ticket that came. */
  openSealed(sealed: Uint8Array): Uint8Array | null {
    return this.#keys.open(sealed);
  }

  /** Looks at the store now. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#loading !== null) {
      this.#again = true;
      return this.#loading;
    }
    clearTimeout(this.#timer);
    this.#loading = this.#load().finally(() => {
      this.#loading = null;
      if (this.#closed) return;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
        return;
      }
      this.#timer = setTimeout(() => void this.refresh(), this.#pause());
      unref(this.#timer);
    });
    return this.#loading;
  }

  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    clearTimeout(this.#timer);
    this.#keys.dispose();
    this.#keys.hold([]);
  }

  async #load(): Promise<void> {
    const controller = new AbortController();
    try {
      const load = async () => await this.#options.store.load(controller.signal);
      const keys = await within(load, LOAD_DEADLINE);
      this.#failures = 0;
      if (this.#closed) wipe(keys);
      else this.#hold(keys);
    } catch (error) {
      controller.abort();
      this.#failures++;
      this.#options.onEvent({ kind: 'keys-failed', error });
      if (!this.#closed) this.#tell(this.#keys.dropEnded(), this.#sealing);
    }
  }

  #hold(keys: readonly TimedTicketKey[]): void {
    this.#keys.hold(keys);
    const now = this.now();
    const last = now + this.lifetime * 1000;
    const sealing = keys.some(({ from, until }) => from <= now && last < until);
    const count = keys.filter(({ until }) => until > now).length;
    wipe(keys);
    this.#tell(count, sealing);
    if (sealing) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tell(count: number, sealing: boolean): void {
    if (count === this.#count && sealing === this.#sealing) return;
    this.#count = count;
    this.#sealing = sealing;
    this.#options.onEvent({ kind: 'keys', count, sealing });
  }

  /** Not all at once: who began together drifts apart. A store that failed, or has nothing yet, is asked sooner. */
  #pause(): number {
    const { poll } = this.#options;
    const soon = this.#failures > 0 || !this.#sealing;
    const pause = soon ? Math.min(FIRST_RETRY * 2 ** Math.min(this.#failures, 10), poll) : poll;
    return pause * (0.8 + Math.random() * 0.2);
  }
}

function wipe(keys: readonly TimedTicketKey[]): void {
  for (const { key } of keys) key.fill(0);
}
