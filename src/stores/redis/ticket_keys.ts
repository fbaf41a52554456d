// A TicketKeyStore on Redis: one record for the whole fleet. Who holds the lock leads: it makes the keys and wraps them. A
// leader that was asleep while another took over changes nothing any more: the record is replaced only as it was read.

import { randomUUID } from 'node:crypto';
import type { RandomSource } from '../../crypto/secret.ts';
import type { TicketKeyStore, TimedTicketKey } from '../../handshake/sessions/stores.ts';
import { advanceRing, type KeySchedule } from '../../handshake/sessions/ticket_key_ring.ts';
import type { FleetListener } from '../events.ts';
import type { Wrapper } from '../wrapper.ts';
import type { FleetClock } from './clock.ts';
import type { RedisConnection } from './connection.ts';
import { unwrapRing, wrapRing } from './ring_record.ts';
import { leadScript, replaceScript, run } from './scripts.ts';

export interface RedisTicketKeyStoreOptions {
  readonly redis: RedisConnection;
  readonly clock: FleetClock;
  readonly prefix: string;
  /** The first wraps, all unwrap. */
  readonly wrappers: readonly Wrapper[];
  readonly schedule: KeySchedule;
  readonly random: RandomSource;
  /** Milliseconds for which a leader that says nothing stays one. */
  readonly lead: number;
  readonly onEvent: FleetListener;
}

const NEW_RING_ATTEMPTS = 5;

/** Where all hear of new keys. */
export function keysChannel(prefix: string): string {
  return `${prefix}:keys-changed`;
}

export class RedisTicketKeyStore implements TicketKeyStore {
  readonly #options: RedisTicketKeyStoreOptions;
  readonly #id = randomUUID();
  readonly #watchers = new Set<() => void>();
  readonly #key: string;
  readonly #channel: string;
  /** The record that was read last: sealed, as it lies in Redis. */
  #record = '';

  constructor(options: RedisTicketKeyStoreOptions) {
    this.#options = options;
    this.#key = `{${options.prefix}}:keys`;
    this.#channel = keysChannel(options.prefix);
    void options.redis.subscribe(this.#channel, () => this.#tellWatchers());
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  async load(signal: AbortSignal = new AbortController().signal): Promise<readonly TimedTicketKey[]> {
    await this.#askTime();
    for (let attempt = 0; attempt < NEW_RING_ATTEMPTS; attempt++) {
      const record = await this.#read();
      // A Redis that came back empty gets back what it had: the tickets of before stay good.
      const last = record === '' ? this.#record : record;
      const known = last === '' ? null : await this.#unwrap(last, signal).catch(failure(record));
      if (known !== null) this.#record = last;
      const ring = known?.ring ?? [];
      const next = await this.#advanced(ring, record === '' ? undefined : known?.wrapper);
      if (next === null || (await this.#replace(record, next, signal))) return keysFor(next ?? ring, ring);
      wipe(next);
    }
    throw new Error('the ticket keys change all the time');
  }

  /**
   * Makes all tickets so far worthless: new keys in the place of all there are, whoever wrapped those. For keys that became
   * known to others, and for a wrapping key that is lost.
   */
  async replaceAll(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const { clock, schedule, random } = this.#options;
    await this.#askTime();
    const ring = advanceRing([], clock.now(), schedule, random);
    try {
      for (let attempt = 0; attempt < NEW_RING_ATTEMPTS; attempt++) {
        if (await this.#replace(await this.#read(), ring, signal)) return;
      }
    } finally {
      wipe(ring);
    }
    throw new Error('the ticket keys change all the time');
  }

  /** Keys are dated by the clock of the fleet, and so are the sessions that are sealed under them: it has to be known first. */
  async #askTime(): Promise<void> {
    const asked = performance.now();
    const [seconds, microseconds] = (await this.#options.redis.command(this.#key, ['TIME'])) as [string, string];
    this.#options.clock.observe(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000), asked);
  }

  async #read(): Promise<string> {
    return String((await this.#options.redis.command(this.#key, ['GET', this.#key])) ?? '');
  }

  #unwrap(record: string, signal: AbortSignal) {
    const { wrappers, prefix } = this.#options;
    return unwrapRing(record, wrappers, prefix, signal);
  }

  /** What this process is to write in the place of `ring`: null for nothing, or where another leads. */
  async #advanced(
    ring: readonly TimedTicketKey[],
    wrapper: string | undefined,
  ): Promise<readonly TimedTicketKey[] | null> {
    const { clock, schedule, random, wrappers, redis, prefix, lead } = this.#options;
    const next = advanceRing(ring, clock.now(), schedule, random);
    if (next === ring && wrapper === wrappers[0].id) return null;
    const leads = await run(redis, leadScript, [`{${prefix}}:leader`], [this.#id, String(lead)]);
    if (leads === 1) return next;
    wipe(next.filter(timed => !ring.includes(timed)));
    return null;
  }

  async #replace(record: string, ring: readonly TimedTicketKey[], signal: AbortSignal): Promise<boolean> {
    const { redis, wrappers, prefix, clock, onEvent } = this.#options;
    const wrapped = await wrapRing(ring, wrappers[0], prefix, signal);
    // The record goes with its last key, should nobody be left to lead.
    const last = Math.max(...ring.map(({ until }) => until)) - clock.now();
    const args = [record, wrapped, String(Math.max(1, Math.ceil(last))), this.#channel];
    if ((await run(redis, replaceScript, [this.#key], args)) !== 1) return false;
    onEvent({ kind: 'keys-written' });
    return true;
  }

  #tellWatchers(): void {
    for (const changed of this.#watchers) changed();
  }
}

/** What was there before and cannot be unwrapped any more is nothing; what is there now is not to be lost. */
function failure(record: string): (error: unknown) => null {
  return error => {
    if (record === '') return null;
    throw error;
  };
}

/** The keys to hand out; those that they replace are wiped. */
function keysFor(ring: readonly TimedTicketKey[], before: readonly TimedTicketKey[]): readonly TimedTicketKey[] {
  wipe(before.filter(timed => !ring.includes(timed)));
  return ring;
}

function wipe(keys: readonly TimedTicketKey[]): void {
  for (const { key } of keys) key.fill(0);
}
