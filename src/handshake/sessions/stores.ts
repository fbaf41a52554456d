// Where a server keeps what its tickets and session IDs stand for: the shapes of the stores, whoever implements them.

import type { Awaitable } from '../../crypto/secret.ts';

/** What keeps the state that tickets stand for: TicketKeys (in the ticket itself) or a session cache. */
export interface TicketStore {
  /** A ticket for `state`, 1-65,535 bytes, or null to give none. `state` holds a secret: it is wiped after the call. */
  seal(state: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** The state a ticket stands for; null if it is unknown, forged or too old. The caller wipes it. */
  open(ticket: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /**
   * A TLS 1.3 server resumes by this ticket, which it opened before: its binder is right. True for those who may, of whom a
   * store whose tickets are good for one use (RFC 9846 §C.4) has one; after false there is a full handshake. Absent: always true.
   */
  spend?(ticket: Uint8Array, signal: AbortSignal): Awaitable<boolean>;
  /** Seconds a client may keep a ticket, at most 604,800 (RFC 9846 §4.6.1). */
  readonly lifetime: number;
  /**
   * Milliseconds since the epoch by a clock that all who open these tickets share: sessions are dated and aged by it. Absent
   * for the clock of the config.
   */
  readonly now?: () => number;
}

/** Keeps TLS 1.2 sessions by their ID, for clients without tickets (RFC 5246 §7.4.1.2). */
export interface SessionIdStore {
  /** Keeps `state`, which holds a secret and is wiped after the call, under a 32-byte ID. */
  store(id: Uint8Array, state: Uint8Array, signal: AbortSignal): Awaitable<void>;
  /** The state of an ID; null if it is unknown or too old. The caller wipes it. */
  load(id: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** Seconds a session may be resumed. */
  readonly lifetime: number;
}

/**
 * Keeps sessions by name: in this process, or where all servers of a fleet find them. States are sealed before they get here
 * (ServerSessionCache). A store that cannot answer says that there is nothing, rather than throw into a handshake.
 */
export interface SessionStore {
  /**
   * Keeps a copy of `state` for `lifetime` seconds.
   * @param name 32 bytes
   * @returns false if it was not kept
   */
  set(name: Uint8Array, state: Uint8Array, lifetime: number, signal?: AbortSignal): Awaitable<boolean>;
  /** The state, which stays: a TLS 1.2 session is resumed more than once. Null if there is none, or its time is over. */
  get(name: Uint8Array, signal?: AbortSignal): Awaitable<Uint8Array | null>;
  /** The state, which goes: of all who take it at once, wherever they are, one gets it (RFC 9846 §C.4). Else null. */
  take(name: Uint8Array, signal?: AbortSignal): Awaitable<Uint8Array | null>;
}

/** A ticket key that a fleet shares, with its times in milliseconds since the epoch by the clock of its store. */
export interface TimedTicketKey {
  /** 48 bytes: a name of 16 and a key of 32. */
  readonly key: Uint8Array;
  /** From then on it seals, until the next one does. */
  readonly from: number;
  /** From then on it opens nothing and is wiped: its period and the lifetime of its last ticket are over. */
  readonly until: number;
}

/** Where the ticket keys of a fleet come from. They change there; who holds them asks again from time to time. */
export interface TicketKeyStore {
  /**
   * The previous keys, the current one and the next, by `from`. Copies, which the caller wipes.
   * @throws whatever keeps it from answering: the caller goes on with the keys it has
   */
  load(signal?: AbortSignal): Awaitable<readonly TimedTicketKey[]>;
  /** Calls back when there may be other keys, as early as that is known. @returns ends it */
  watch?(changed: () => void): () => void;
}

/**
 * Remembers which tickets have brought early data, so that none does twice (RFC 9846 §8.1, §8.2): in this process, or for
 * a fleet. A register that cannot tell says false: the early data is refused, the connection goes on.
 */
export interface SingleUseRegister {
  /**
   * True for exactly one of all calls with this `id`, wherever they are made.
   * @param id 32 bytes
   * @param expires milliseconds since the epoch; a ClientHello with this ticket is refused for its age from then on, so
   * that the id need not be remembered longer. The client sent it `2 * freshness + 1` before
   */
  claim(id: Uint8Array, expires: number, signal: AbortSignal): Awaitable<boolean>;
  /**
   * Milliseconds since the epoch before which nothing is remembered: with a ticket from before, early data is refused that was
   * sent earlier, or not more than `freshness` later (RFC 9846 §8.2). Absent for a register that outlives the process.
   */
  readonly since?: number;
  /**
   * Milliseconds of freshness that all who ask this register have: the `freshness` of a config with it. Absent for a
   * register that leaves it to them.
   */
  readonly freshness?: number;
}
