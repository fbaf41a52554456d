// Where sessions wait to be resumed, in the memory of one process: a server's, behind opaque tickets or IDs, and a
// client's, by peer. Stateful objects; configs and adapters refer to them.

import { toHex } from '../../base/bytes.ts';
import { callable, integer, objectWith, readOptions, required } from '../../base/options.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { RandomSource } from '../../crypto/secret.ts';
import { disposeSession, isFresh, type Session } from './session.ts';
import type { SessionIdStore, TicketStore } from './stores.ts';
import type { TicketKeys } from './ticket_keys.ts';

/** As OpenSSL's SSL_SESSION_CACHE_MAX_SIZE_DEFAULT. */
const DEFAULT_CAPACITY = 20_480;
const ID_LENGTH = 32;

const count = () => integer(1, Number.MAX_SAFE_INTEGER);
const serverTable = () => ({
  keys: required(objectWith('TicketKeys', 'seal', 'open', 'lifetime')),
  random: required(callable()),
  capacity: count(),
});
const clientTable = () => ({ peers: count(), sessionsPerPeer: count() });

export interface ServerSessionCacheOptions {
  /** Seal what the cache holds, so that no secret lies on the JavaScript heap. Stay the caller's. */
  readonly keys: TicketKeys;
  readonly random: RandomSource;
  /** Sessions kept; the oldest go first. Default 20,480. */
  readonly capacity?: number;
}

/**
 * Keeps a server's sessions itself: a ticket is a random name of 32 bytes. TLS 1.3 tickets are good for one use; TLS 1.2
 * sessions live until their time is over.
 */
export class ServerSessionCache implements TicketStore, SessionIdStore {
  readonly lifetime: number;
  readonly #keys: TicketKeys;
  readonly #random: RandomSource;
  readonly #capacity: number;
  /** Name in hex -> sealed state; a Map goes from the oldest to the newest. */
  readonly #sealed = new Map<string, Uint8Array>();

  constructor(options: ServerSessionCacheOptions) {
    readOptions('ServerSessionCache', serverTable(), options);
    this.#keys = options.keys;
    this.#random = options.random;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.lifetime = options.keys.lifetime;
  }

  get size(): number {
    return this.#sealed.size;
  }

  seal(state: Uint8Array): Uint8Array | null {
    const name = randomBytes(this.#random, ID_LENGTH);
    return this.#keep(name, state) ? name : null;
  }

  open(ticket: Uint8Array): Uint8Array | null {
    const name = toHex(ticket);
    const sealed = this.#sealed.get(name);
    // RFC 9846 §C.4: a ticket that is used once cannot link two connections.
    this.#sealed.delete(name);
    return sealed === undefined ? null : this.#keys.open(sealed);
  }

  store(id: Uint8Array, state: Uint8Array): void {
    this.#keep(id, state);
  }

  load(id: Uint8Array): Uint8Array | null {
    const sealed = this.#sealed.get(toHex(id));
    return sealed === undefined ? null : this.#keys.open(sealed);
  }

  /** Forgets all sessions. */
  clear(): void {
    this.#sealed.clear();
  }

  #keep(name: Uint8Array, state: Uint8Array): boolean {
    const sealed = this.#keys.seal(state);
    if (sealed === null) return false;
    this.#sealed.set(toHex(name), sealed);
    for (const oldest of this.#sealed.keys()) {
      if (this.#sealed.size <= this.#capacity) break;
      this.#sealed.delete(oldest);
    }
    return true;
  }
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
