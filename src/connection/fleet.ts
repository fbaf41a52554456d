// A fleet as a server sees it: where its sessions, its ticket keys and its memory of early data are, if it shares them with
// others. Who implements it (src/stores) is above this floor; adapters take it as one option.

import type { EarlyDataRefusal, EarlyDataState } from '../handshake/flow/early_data.ts';
import type { SessionIdStore, SingleUseRegister, TicketStore } from '../handshake/sessions/stores.ts';

/** What is told of a handshake that is over. */
export interface FleetHandshake {
  /** "TLSv1.3" or "TLSv1.2". */
  readonly protocol: string | null;
  readonly resumed: boolean;
  readonly earlyData: EarlyDataState;
  /** Why early data was not taken; null if it was, or if there was none. */
  readonly earlyDataRefusal: EarlyDataRefusal | null;
}

/**
 * What the servers of a fleet share. Nothing of it throws into a connection: where what they share cannot be reached there
 * are full handshakes, and no early data.
 */
export interface Fleet {
  readonly tickets: TicketStore;
  /** TLS 1.2 sessions by ID, for clients without tickets. */
  readonly sessionIds: SessionIdStore;
  readonly register: SingleUseRegister;
  /** Hears of each handshake of a server that was given the fleet. */
  onHandshake?(handshake: FleetHandshake): void;
}
