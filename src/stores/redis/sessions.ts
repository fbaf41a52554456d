// A SessionStore on Redis. What it gets is sealed already.

import type { Awaitable } from '../../crypto/secret.ts';
import type { SessionStore } from '../../handshake/sessions/stores.ts';
import type { Guard } from '../guard.ts';
import type { RedisConnection } from './connection.ts';

export class RedisSessionStore implements SessionStore {
  readonly #redis: RedisConnection;
  readonly #guard: Guard;
  readonly #prefix: string;

  constructor(redis: RedisConnection, guard: Guard, prefix: string) {
    this.#redis = redis;
    this.#guard = guard;
    this.#prefix = prefix;
  }

  set(name: Uint8Array, state: Uint8Array, lifetime: number): Awaitable<boolean> {
    const args = ['SET', this.#key(name), Buffer.from(state), 'EX', String(lifetime)];
    return this.#guard.ask('set', async () => (await this.#redis.command(args[1] as string, args)) === 'OK', false);
  }

  get(name: Uint8Array): Awaitable<Uint8Array | null> {
    return this.#guard.ask('get', () => this.#redis.bytes(this.#key(name), ['GET', this.#key(name)]), null);
  }

  take(name: Uint8Array): Awaitable<Uint8Array | null> {
    return this.#guard.ask('take', () => this.#redis.bytes(this.#key(name), ['GETDEL', this.#key(name)]), null);
  }

  #key(name: Uint8Array): string {
    return `${this.#prefix}:session:${Buffer.from(name).toString('base64url')}`;
  }
}
