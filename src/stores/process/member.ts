// A thread or process that asks the hub: its three stores, over whatever channel there is to it.

import { randomUUID } from 'node:crypto';
import type { Awaitable } from '../../crypto/secret.ts';
import type {
  SessionStore,
  SingleUseRegister,
  TicketKeyStore,
  TimedTicketKey,
} from '../../handshake/sessions/stores.ts';
import type { ClaimOutcome, FleetListener } from '../events.ts';
import { type Guard, within } from '../guard.ts';
import { base64, fromBase64, type Message, type Operation, type Question, question } from './messages.ts';

/** The way to the hub. Throws or does nothing where there is none. */
export type Send = (message: Message) => void;

/** Milliseconds for what no handshake waits for. */
const BACKGROUND_DEADLINE = 2000;

export class Member {
  readonly #fleet: string;
  readonly #send: Send;
  readonly #id = randomUUID();
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  readonly #watchers = new Set<() => void>();
  #number = 0;

  constructor(fleet: string, send: Send) {
    this.#fleet = fleet;
    this.#send = send;
  }

  /** Asks the hub. @throws if it fails there; never answers if nobody is there */
  ask(operation: Operation, ...given: readonly (string | number)[]): Promise<unknown> {
    const number = this.#number++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
    // Nobody waits longer than that for any answer.
    setTimeout(() => this.#waiting.delete(number), 2 * BACKGROUND_DEADLINE).unref();
    this.#send(question(this.#fleet, this.#id, number, operation, given));
    return answer;
  }

  /** Passes a question of another member on, and its answer back. */
  async relay({ operation, given }: Question): Promise<unknown> {
    return await within(() => this.ask(operation, ...given), BACKGROUND_DEADLINE);
  }

  /** Something came from where the hub is. */
  receive(message: Message): void {
    if ('news' in message) {
      for (const changed of this.#watchers) changed();
    } else if ('to' in message && message.to === this.#id) {
      const waiting = this.#waiting.get(message.number);
      this.#waiting.delete(message.number);
      if (message.failed) waiting?.reject(new Error('the hub could not answer'));
      else waiting?.resolve(message.answer);
    }
  }

  keys(): TicketKeyStore & { replaceAll(): Promise<void> } {
    return {
      load: async () => readKeys(await within(() => this.ask('keys'), BACKGROUND_DEADLINE)),
      watch: changed => {
        this.#watchers.add(changed);
        return () => this.#watchers.delete(changed);
      },
      replaceAll: async () => void (await within(() => this.ask('replaceKeys'), BACKGROUND_DEADLINE)),
    };
  }

  sessions(guard: Guard): SessionStore {
    const bytes = async (operation: 'get' | 'take', name: Uint8Array): Promise<Uint8Array | null> => {
      const answer = await this.ask(operation, base64(name));
      return answer === null ? null : fromBase64(answer);
    };
    return {
      set: (name, state, lifetime) => {
        const [key, value] = [base64(name), base64(state)];
        return guard.ask('set', async () => (await this.ask('set', key, value, lifetime)) === true, false);
      },
      get: name => guard.ask('get', () => bytes('get', name), null),
      take: name => guard.ask('take', () => bytes('take', name), null),
    };
  }

  register(guard: Guard, freshness: number, onEvent: FleetListener): SingleUseRegister {
    const tell = (outcome: ClaimOutcome): boolean => {
      onEvent({ kind: 'claim', outcome });
      return outcome === 'accepted';
    };
    return {
      freshness,
      claim: (id, expires): Awaitable<boolean> => {
        const ask = async () => (await this.ask('claim', base64(id), expires, freshness)) as ClaimOutcome;
        const outcome = guard.ask('claim', ask, 'unavailable' as const);
        return outcome instanceof Promise ? outcome.then(tell) : tell(outcome);
      },
    };
  }
}

function readKeys(answer: unknown): TimedTicketKey[] {
  const keys = answer as readonly { key: string; from: number; until: number }[];
  return keys.map(({ key, from, until }) => ({ key: fromBase64(key), from, until }));
}
