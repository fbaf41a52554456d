// The ticket keys of a fleet over time, and a TicketKeyStore in the memory of one process. A key is made a whole period before
// it seals, so that whoever opens tickets has it by then, though news and clocks may be late; it goes a ticket's lifetime
// after its period: what was sealed under it cannot be read from then on (RFC 9846 §F.1).

import { copyOfBytes } from '../../base/bytes.ts';
import { callable, integer, readOptions, required } from '../../base/options.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { RandomSource } from '../../crypto/secret.ts';
import { MAX_TICKET_LIFETIME } from './session.ts';
import type { TicketKeyStore, TimedTicketKey } from './stores.ts';

const KEY_LENGTH = 48;
/** Keys of one ring: with a lifetime of many periods rather the oldest go early than that the ring grows. */
export const MAX_RING = 64;

/** How often keys change, and how long what they seal is good for. Seconds. */
export interface KeySchedule {
  /** A new key seals after so many seconds. */
  readonly rotation: number;
  readonly lifetime: number;
}

/**
 * What a ring is at `now`: without the keys whose time is over, with one that seals and one that will. The same array where
 * nothing is to be done.
 * @param ring by `from`
 * @param now milliseconds since the epoch
 */
export function advanceRing(
  ring: readonly TimedTicketKey[],
  now: number,
  { rotation, lifetime }: KeySchedule,
  random: RandomSource,
): readonly TimedTicketKey[] {
  const period = rotation * 1000;
  const make = (from: number): TimedTicketKey => ({
    key: randomBytes(random, KEY_LENGTH),
    from,
    until: from + period + lifetime * 1000,
  });
  const inForce = ring.filter(({ until }) => until > now);
  const next = [...inForce];
  const seals = ({ from, until }: TimedTicketKey): boolean => from <= now && now + lifetime * 1000 < until;
  if (!next.some(seals)) next.push(make(now));
  const current = next.filter(seals).reduce((a, b) => (b.from > a.from ? b : a));
  // One that begins far off is of a clock that was wrong: it does not count as the next.
  if (!next.some(({ from }) => from > now && from <= current.from + period)) next.push(make(current.from + period));
  next.sort((a, b) => a.from - b.from);
  if (next.length === inForce.length && inForce.length === ring.length) return ring;
  return next.slice(-MAX_RING);
}

export interface MemoryTicketKeyStoreOptions extends Partial<KeySchedule> {
  readonly random: RandomSource;
  /** Milliseconds since the epoch. Default Date.now. */
  readonly now?: () => number;
}

const table = () => ({
  random: required(callable<RandomSource>()),
  now: callable<() => number>(),
  rotation: integer(1, MAX_TICKET_LIFETIME),
  lifetime: integer(1, MAX_TICKET_LIFETIME),
});

/** Keys that those who share this object share: threads and processes by way of one that answers for it. */
export class MemoryTicketKeyStore implements TicketKeyStore {
  readonly #schedule: KeySchedule;
  readonly #random: RandomSource;
  readonly #now: () => number;
  readonly #watchers = new Set<() => void>();
  #ring: readonly TimedTicketKey[] = [];

  constructor(options: MemoryTicketKeyStoreOptions) {
    const { random, now, rotation, lifetime } = readOptions('MemoryTicketKeyStore', table(), options);
    this.#random = random;
    this.#now = now ?? Date.now;
    this.#schedule = { rotation: rotation ?? 3600, lifetime: lifetime ?? 7200 };
  }

  load(): readonly TimedTicketKey[] {
    const before = this.#ring;
    this.#ring = advanceRing(before, this.#now(), this.#schedule, this.#random);
    if (this.#ring !== before) {
      wipeLost(before, this.#ring);
      for (const changed of this.#watchers) changed();
    }
    return this.#ring.map(timed => ({ ...timed, key: copyOfBytes(timed.key) }));
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Wipes all keys and begins anew: no ticket given so far is opened any more. */
  replaceAll(): void {
    wipeLost(this.#ring, []);
    this.#ring = [];
    this.load();
  }
}

/** Wipes the keys of `before` that are not in `after`. */
export function wipeLost(before: readonly TimedTicketKey[], after: readonly TimedTicketKey[]): void {
  for (const timed of before) if (!after.includes(timed)) timed.key.fill(0);
}
