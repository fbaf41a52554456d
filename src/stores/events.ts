// What a fleet tells of itself: the hook for metrics.

import type { FleetHandshake } from '../connection/fleet.ts';

/** Why early data was taken or not, as the register says it. */
export type ClaimOutcome =
  /** The first to bring this ticket. */
  | 'accepted'
  /** The ticket brought early data before. */
  | 'replay'
  /** By the register's clock it is too old, or from the future. */
  | 'stale'
  /** The server or the register began not long ago: it cannot say yet. */
  | 'warming'
  /** The register was not there, too slow, full, or without its replicas. */
  | 'unavailable';

/** What was asked of a store. */
export type StoreOperation = 'claim' | 'set' | 'get' | 'take';

export type FleetEvent =
  /** A handshake of a server of castls/node is over. */
  | ({ readonly kind: 'handshake' } & FleetHandshake)
  /** A ticket or a session ID came: there is a session behind it, or not. */
  | { readonly kind: 'ticket'; readonly opened: boolean }
  | { readonly kind: 'claim'; readonly outcome: ClaimOutcome }
  /** A store was asked. `skipped` costs no time: it is known to be gone. */
  | {
      readonly kind: 'store';
      readonly operation: StoreOperation;
      readonly outcome: 'answered' | 'failed' | 'late' | 'skipped';
      readonly milliseconds: number;
    }
  /** Open: the store is not asked until it answers a probe. */
  | { readonly kind: 'circuit'; readonly open: boolean }
  /** A connection to the store was lost, or could not be had: it is tried again. */
  | { readonly kind: 'connection-failed'; readonly error: unknown }
  /** Ticket keys that are held: how many, and whether tickets can be sealed now. */
  | { readonly kind: 'keys'; readonly count: number; readonly sealing: boolean }
  /** This process made new keys for all, or wrapped the old ones anew. */
  | { readonly kind: 'keys-written' }
  /** The keys could not be had: the ones that are here go on until their end. */
  | { readonly kind: 'keys-failed'; readonly error: unknown }
  /** The register has another primary, or lost what it knew: no early data for one window. */
  | { readonly kind: 'register-changed' }
  /** The clock of the store is so far from that of this process that it is not believed: no early data. Milliseconds. */
  | { readonly kind: 'clock'; readonly difference: number }
  /** The store may throw away what it is to remember, by its settings. */
  | { readonly kind: 'settings'; readonly advice: string };

export type FleetListener = (event: FleetEvent) => void;

/** A hook that fails harms nobody: neither a connection nor the fleet. */
export function quietly(listener: FleetListener | undefined): FleetListener {
  if (listener === undefined) return () => {};
  return event => {
    try {
      listener(event);
    } catch {
      // The application's own; there is nobody here to tell.
    }
  };
}
