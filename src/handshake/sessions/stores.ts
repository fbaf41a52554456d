// Where a server keeps what its tickets and session IDs stand for: the shapes of the stores, whoever implements them.

import type { Awaitable } from '../../crypto/secret.ts';

/** What keeps the state that tickets stand for: TicketKeys (in the ticket itself) or a session cache. */
export interface TicketStore {
  /** A ticket for `state`, 1-65,535 bytes, or null to give none. `state` holds a secret: it is wiped after the call. */
  seal(state: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** The state a ticket stands for; null if it is unknown, forged or too old. The caller wipes it. */
  open(ticket: Uint8Array, signal: AbortSignal): Awaitable<Uint8Array | null>;
  /** Seconds a client may keep a ticket, at most 604,800 (RFC 9846 §4.6.1). */
  readonly lifetime: number;
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
 * Remembers which tickets have brought early data, so that none does twice (RFC 9846 §8.1, §8.2): in this process, or for
 * a fleet. A register that cannot tell says false: the early data is refused, the connection goes on.
 */
export interface SingleUseRegister {
  /**
   * True for exactly one of all calls with this `id`, wherever they are made.
   * @param id 32 bytes
   * @param expires milliseconds since the epoch; a ClientHello with this ticket is refused for its age from then on, so
   * that the id need not be remembered longer
   */
  claim(id: Uint8Array, expires: number, signal: AbortSignal): Awaitable<boolean>;
  /**
   * Milliseconds since the epoch before which nothing is remembered: early data sent earlier is refused. Absent for a
   * register that outlives the process.
   */
  readonly since?: number;
}
