// The 0-RTT register of a fleet (RFC 9846 §8.1, §8.2) on Redis. What it promises rests on the script (claimScript); here is
// what a server adds: it refuses for one window after its own start, and after it saw another primary.

import type { Awaitable } from '../../crypto/secret.ts';
import type { SingleUseRegister } from '../../handshake/sessions/stores.ts';
import type { ClaimOutcome, FleetListener } from '../events.ts';
import { type Guard, unref, within } from '../guard.ts';
import type { FleetClock } from './clock.ts';
import type { RedisConnection } from './connection.ts';
import { claimScript, run } from './scripts.ts';

/** Ids are spread over so many tags of a cluster, each with an epoch of its own: as many nodes can share the work. */
const CLUSTER_PARTS = 256;
const TOUCH_DEADLINE = 1000;
/** Milliseconds by which the window is longer than a copy of early data may be fresh: see claimScript. */
const MARGIN = 4000;
/** Milliseconds between two touches: an epoch ends where there was none for 4,000, see claimScript. */
const TOUCH_INTERVAL = 1000;
/** Touches of a part in a second, by all servers together: none in four seconds is then as good as impossible. */
const TOUCHES = 8;

export interface RedisRegisterOptions {
  readonly redis: RedisConnection;
  readonly guard: Guard;
  readonly clock: FleetClock;
  readonly prefix: string;
  readonly cluster: boolean;
  /** Milliseconds. */
  readonly freshness: number;
  /** How many servers the fleet has, as far as is known; 1 if it is not. */
  readonly servers: () => number;
  /** Replicas that have to be there. */
  readonly replicas: number;
  readonly onEvent: FleetListener;
}

export class RedisRegister implements SingleUseRegister {
  readonly freshness: number;
  readonly #options: RedisRegisterOptions;
  readonly #parts: number;
  /** Run id of the primary, by part. */
  readonly #runs: (string | undefined)[] = [];
  /** Nothing is taken before, by performance.now(). */
  #from: number;
  #believed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: RedisRegisterOptions) {
    this.#options = options;
    this.freshness = options.freshness;
    this.#parts = options.cluster ? CLUSTER_PARTS : 1;
    this.#from = performance.now() + this.window;
    void this.#touchAll(1);
  }

  /** Milliseconds for which a copy of early data may be good: how long nothing is taken where memory may be lost. */
  get window(): number {
    return 2 * this.freshness + MARGIN;
  }

  claim(id: Uint8Array, expires: number): Awaitable<boolean> {
    const { guard, onEvent } = this.#options;
    const tell = (outcome: ClaimOutcome): boolean => {
      onEvent({ kind: 'claim', outcome });
      return outcome === 'accepted';
    };
    if (performance.now() < this.#from || !this.#believed) return tell('warming');
    const sent = expires - 2 * this.freshness - 1;
    const outcome = guard.ask('claim', () => this.#ask(id[0] % this.#parts, id, sent), 'unavailable' as const);
    return outcome instanceof Promise ? outcome.then(tell) : tell(outcome);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /**
   * Tells the register that the fleet is there, and asks which process it is: once a second, or for a large fleet as often as
   * makes some touches a second of all its servers together.
   */
  async #touchAll(share: number): Promise<void> {
    const parts = Array.from({ length: this.#parts }, (_, part) => part).filter(() => Math.random() < share);
    const touch = (part: number) => within(() => this.#ask(part, null, 0), TOUCH_DEADLINE);
    await Promise.allSettled(parts.map(touch));
    if (this.#closed) return;
    const next = () => void this.#touchAll(TOUCHES / this.#options.servers());
    this.#timer = setTimeout(next, TOUCH_INTERVAL);
    unref(this.#timer);
  }

  /** @param id null to touch */
  async #ask(part: number, id: Uint8Array | null, sent: number): Promise<ClaimOutcome> {
    const { redis, prefix, clock, replicas } = this.#options;
    const tag = this.#parts === 1 ? `{${prefix}}` : `{${prefix}:${part}}`;
    const keys = [`${tag}:epoch`];
    if (id !== null) keys.push(`${tag}:once:${Buffer.from(id).toString('base64url')}`);
    const asked = performance.now();
    const answer = await run(redis, claimScript, keys, [`${this.freshness}`, `${sent}`, `${replicas}`]);
    const [outcome, time, process] = answer as [ClaimOutcome, number, string];
    return this.#sameProcess(part, process) && this.#believes(clock.observe(Number(time), asked)) ? outcome : 'warming';
  }

  /** Another primary may lack what the last one took, whatever its epoch says. */
  #sameProcess(part: number, process: string): boolean {
    const before = this.#runs[part];
    this.#runs[part] = process;
    if (before === undefined || before === process) return true;
    this.#from = performance.now() + this.window;
    this.#options.onEvent({ kind: 'register-changed' });
    return false;
  }

  #believes(difference: number | null): boolean {
    if (difference !== null && this.#believed) this.#options.onEvent({ kind: 'clock', difference });
    this.#believed = difference === null;
    return this.#believed;
  }
}
