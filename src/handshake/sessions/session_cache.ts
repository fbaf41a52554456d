// Where sessions wait to be resumed: a server's, behind opaque tickets or IDs, in this process or in the store of a fleet;
// and a client's, by peer. Stateful objects; configs and adapters refer to them.

import { callable, integer, objectWith, readOptions, refuseBeside, required } from '../../base/options.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { Awaitable, RandomSource } from '../../crypto/secret.ts';
import { MemorySessionStore } from './memory_sessions.ts';
import { disposeSession, isFresh, type Session } from './session.ts';
import type { SessionIdStore, SessionStore, TicketStore } from './stores.ts';

const ID_LENGTH = 32;

const count = () => integer(1, Number.MAX_SAFE_INTEGER);
const serverTable = () => ({
  keys: required(objectWith('TicketKeys', 'seal', 'open', 'lifetime')),
  random: required(callable()),
  capacity: count(),
  store: objectWith('a SessionStore', 'set', 'get', 'take'),
});
const clientTable = () => ({ peers: count(), sessionsPerPeer: count() });

export interface ServerSessionCacheOptions {
  /** Seal what the cache holds, so that no secret lies on the JavaScript heap, or in a store. Stay the caller's. */
  readonly keys: TicketStore;
  readonly random: RandomSource;
  /** Sessions kept; the oldest go first. Default 20,480. Not beside `store`. */
  readonly capacity?: number;
  /** Where the sealed sessions are: a fleet's. Default: in the memory of this process. */
  readonly store?: SessionStore;
}

/**
 * Keeps a server's sessions itself: a ticket is a random name of 32 bytes. TLS 1.3 tickets are good for one use; TLS 1.2
 * sessions live until their time is over.
 */
export class ServerSessionCache implements TicketStore, SessionIdStore {
  readonly lifetime: number;
  readonly now?: () => number;
  readonly #keys: TicketStore;
  readonly #random: RandomSource;
  readonly #store: SessionStore;
  readonly #memory: MemorySessionStore | null;

  constructor(options: ServerSessionCacheOptions) {
    readOptions('ServerSessionCache', serverTable(), options);
    refuseBeside('ServerSessionCache', options, 'store', ['capacity']);
    this.#keys = options.keys;
    this.#random = options.random;
    this.lifetime = options.keys.lifetime;
    this.now = options.keys.now;
    this.#memory = options.store ? null : new MemorySessionStore({ capacity: options.capacity, now: this.now });
    this.#store = options.store ?? (this.#memory as MemorySessionStore);
  }

  /** Sessions kept here; 0 where a store has them. */
  get size(): number {
    return this.#memory?.size ?? 0;
  }

  seal(state: Uint8Array, signal: AbortSignal = new AbortController().signal): Awaitable<Uint8Array | null> {
    const name = randomBytes(this.#random, ID_LENGTH);
    return then(this.#keep(name, state, signal), kept => (kept ? name : null));
  }

  open(ticket: Uint8Array, signal: AbortSignal = new AbortController().signal): Awaitable<Uint8Array | null> {
    if (ticket.length !== ID_LENGTH) return null;
    return this.load(ticket, signal);
  }

  /**
   * RFC 9846 §C.4: a ticket that is used once cannot link two connections. It goes when it is used, and not when somebody
   * shows it who cannot: another version, another name, no key. A TLS 1.2 client uses its ticket as often as a session ID, in
   * connections side by side, too.
   */
  spend(ticket: Uint8Array, signal: AbortSignal = new AbortController().signal): Awaitable<boolean> {
    return then(this.#store.take(ticket, signal), found => found !== null);
  }

  store(id: Uint8Array, state: Uint8Array, signal: AbortSignal = new AbortController().signal): Awaitable<void> {
    return then(this.#keep(id, state, signal), () => undefined);
  }

  load(id: Uint8Array, signal: AbortSignal = new AbortController().signal): Awaitable<Uint8Array | null> {
    const sealed = this.#store.get(id, signal);
    return then(sealed, found => (found === null ? null : this.#keys.open(found, signal)));
  }

  /** Forgets all sessions in this process. */
  clear(): void {
    this.#memory?.clear();
  }

  #keep(name: Uint8Array, state: Uint8Array, signal: AbortSignal): Awaitable<boolean> {
    return then(this.#keys.seal(state, signal), sealed => {
      return sealed === null ? false : this.#store.set(name, sealed, this.lifetime, signal);
    });
  }
}

/** At once where the answer is there at once: with a store in memory no handshake waits. */
function then<T, U>(answer: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return answer instanceof Promise ? answer.then(next) : next(answer as T);
}

export interface ClientSessionCacheOptions {
  /** Peers remembered; the one that was not heard of for longest goes first. Default 256. */
  readonly peers?: number;
  /** Sessions kept of one peer, the newest ones. Default 4: browsers open some connections at once. */
  readonly sessionsPerPeer?: number;
}

/**
 * Keeps a client's sessions by peer. One cache belongs to one config: sessions of another trust, client certificate or
 * ALPN never meet in it.
 */
export class ClientSessionCache {
  readonly #peers: number;
  readonly #perPeer: number;
  readonly #sessions = new Map<string, Session[]>();

  constructor(options: ClientSessionCacheOptions = {}) {
    readOptions('ClientSessionCache', clientTable(), options);
    this.#peers = options.peers ?? 256;
    this.#perPeer = options.sessionsPerPeer ?? 4;
  }

  /** Takes over a session. @param peer server name and port, or whatever names the peer */
  add(peer: string, session: Session): void {
    const sessions = this.#sessions.get(peer) ?? [];
    this.#sessions.delete(peer);
    sessions.push(session);
    if (sessions.length > this.#perPeer) disposeSession(sessions.shift() as Session);
    this.#sessions.set(peer, sessions);
    for (const [oldest, forgotten] of this.#sessions) {
      if (this.#sessions.size <= this.#peers) break;
      forgotten.forEach(disposeSession);
      this.#sessions.delete(oldest);
    }
  }

  /** Gives the newest session that may still be used away: the caller owns it. @param now milliseconds since the epoch */
  take(peer: string, now: number): Session | null {
    const sessions = this.#sessions.get(peer);
    for (let session = sessions?.pop(); session !== undefined; session = sessions?.pop()) {
      if (isFresh(session, now)) return session;
      disposeSession(session);
    }
    this.#sessions.delete(peer);
    return null;
  }

  /** Wipes all sessions. */
  dispose(): void {
    for (const sessions of this.#sessions.values()) sessions.forEach(disposeSession);
    this.#sessions.clear();
  }
}
