// A fleet put together from its three stores, wherever these are: what servers get as one option.

import type { Fleet, FleetHandshake } from '../connection/fleet.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Awaitable } from '../crypto/secret.ts';
import { ServerSessionCache } from '../handshake/sessions/session_cache.ts';
import type {
  SessionIdStore,
  SessionStore,
  SingleUseRegister,
  TicketKeyStore,
  TicketStore,
} from '../handshake/sessions/stores.ts';
import type { FleetListener } from './events.ts';
import { within } from './guard.ts';
import { SharedTickets } from './shared_tickets.ts';

/** What servers share, and what there is to do with it. */
export interface SharedFleet extends Fleet {
  /** The clock of the fleet: milliseconds since the epoch. */
  now(): number;
  /**
   * Resolves when there are ticket keys. Nobody has to wait for it: until then there are no tickets.
   * @param deadline milliseconds. Default 10,000
   * @throws Error if there are none by then
   */
  ready(deadline?: number): Promise<void>;
  /**
   * Makes all tickets so far worthless, in the whole fleet: new keys in the place of all there are. For keys that became known
   * to others, and for a wrapping key that is lost.
   */
  replaceKeys(): Promise<void>;
  /** Ends what connects the fleet and wipes the keys: from then on there are no tickets and no early data. */
  close(): void;
}

export interface FleetParts {
  readonly provider: CryptoProvider;
  readonly keys: TicketKeyStore & { replaceAll(): Awaitable<void> };
  readonly sessions: SessionStore;
  readonly register: SingleUseRegister;
  readonly now: () => number;
  /** Seconds. */
  readonly lifetime: number;
  /** Milliseconds. */
  readonly poll: number;
  readonly storeSessions: boolean;
  readonly onEvent: FleetListener;
  readonly close: () => void;
}

export function assembleFleet(parts: FleetParts): SharedFleet {
  const { provider, keys, sessions, register, now, lifetime, poll, onEvent } = parts;
  const shared = new SharedTickets({ provider, store: keys, lifetime, poll, now, onEvent });
  const cache = new ServerSessionCache({
    keys: { lifetime, now, seal: state => shared.seal(state), open: sealed => shared.openSealed(sealed) },
    random: provider.random,
    store: sessions,
  });
  return {
    tickets: parts.storeSessions ? counted(cache, onEvent) : shared,
    sessionIds: countedIds(cache, onEvent),
    register,
    now,
    onHandshake: (handshake: FleetHandshake) => onEvent({ kind: 'handshake', ...handshake }),
    ready: (deadline = 10_000) => within(() => shared.ready(), deadline),
    replaceKeys: async () => {
      await keys.replaceAll();
      await shared.refresh();
    },
    close: () => {
      shared.close();
      parts.close();
    },
  };
}

function counted(store: TicketStore, onEvent: FleetListener): TicketStore {
  return {
    lifetime: store.lifetime,
    now: store.now,
    seal: (state, signal) => store.seal(state, signal),
    open: (ticket, signal) => told(store.open(ticket, signal), onEvent),
    spend: (ticket, signal) => store.spend?.(ticket, signal) ?? true,
  };
}

function countedIds(store: SessionIdStore, onEvent: FleetListener): SessionIdStore {
  return {
    lifetime: store.lifetime,
    store: (id, state, signal) => store.store(id, state, signal),
    load: (id, signal) => told(store.load(id, signal), onEvent),
  };
}

function told(answer: Awaitable<Uint8Array | null>, onEvent: FleetListener): Awaitable<Uint8Array | null> {
  const tell = (state: Uint8Array | null): Uint8Array | null => {
    onEvent({ kind: 'ticket', opened: state !== null });
    return state;
  };
  return answer instanceof Promise ? answer.then(tell) : tell(answer as Uint8Array | null);
}
