// A fleet on Redis: sessions, ticket keys and the register of early data behind one connection, one deadline and one circuit
// breaker. Servers get it as one option; it begins to connect at once and goes on without anybody waiting for it.

import type { Fleet, FleetHandshake } from '../../connection/fleet.ts';
import { ServerSessionCache } from '../../handshake/sessions/session_cache.ts';
import type { SessionIdStore, TicketStore } from '../../handshake/sessions/stores.ts';
import { type FleetListener, quietly } from '../events.ts';
import { Guard, unref, within } from '../guard.ts';
import { SharedTickets } from '../shared_tickets.ts';
import { parseRedisUrl } from './address.ts';
import { FleetClock } from './clock.ts';
import { connectRedis, isRedisAnswer, type RedisConnection, type TlsConnect } from './connection.ts';
import { type CheckedRedisOptions, checkedRedisOptions, type RedisFleetOptions } from './options.ts';
import { RedisRegister } from './register.ts';
import { settingsAdvice } from './server_settings.ts';
import { RedisSessionStore } from './sessions.ts';
import { RedisTicketKeyStore } from './ticket_keys.ts';

/** Milliseconds between two looks at the settings of the Redis. */
const SETTINGS_INTERVAL = 60_000;
/** Milliseconds for which a leader that says nothing stays one, beside three polls. */
const LEAST_LEAD = 3000;

/** What servers share by way of a Redis. */
export interface RedisFleet extends Fleet {
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
  /** Ends all connections and wipes the keys: from then on there are no tickets and no early data. */
  close(): void;
}

/**
 * @param connect of castls/node
 * @throws ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED_OPTION without the package "redis"
 */
export async function openRedisFleet(options: RedisFleetOptions, connect: TlsConnect): Promise<RedisFleet> {
  const checked = checkedRedisOptions(options);
  const address = parseRedisUrl(checked.url);
  const redis = await connectRedis({
    address,
    tls: checked.tls ?? {},
    connect,
    sentinelPassword: checked.sentinelPassword,
    onError: () => {},
  });
  return assemble(checked, redis, address.kind === 'cluster');
}

function assemble(options: CheckedRedisOptions, redis: RedisConnection, cluster: boolean): RedisFleet {
  const { provider, prefix, lifetime, rotation, poll, freshness, replicas, deadline, wrappers } = options;
  const onEvent: FleetListener = quietly(options.onEvent);
  const clock = new FleetClock();
  const now = () => clock.now();
  const probe = () => redis.command(null, ['PING']);
  const guard = new Guard({ deadline, probe, isAnswer: isRedisAnswer, onEvent });
  const register = new RedisRegister({ redis, guard, clock, prefix, cluster, freshness, replicas, onEvent });
  const { random } = provider;
  const schedule = { rotation, lifetime };
  const lead = Math.max(LEAST_LEAD, 3 * poll);
  const store = new RedisTicketKeyStore({ redis, clock, prefix, wrappers, schedule, random, lead, onEvent });
  const shared = new SharedTickets({ provider, store, lifetime, poll, now, onEvent });
  const cache = new ServerSessionCache({
    keys: { lifetime, now, seal: state => shared.seal(state), open: sealed => shared.openSealed(sealed) },
    random,
    store: new RedisSessionStore(redis, guard, prefix),
  });
  const stopLooking = lookAtSettings(redis, onEvent);
  return {
    tickets: options.storeSessions ? counted(cache, onEvent) : shared,
    sessionIds: countedIds(cache, onEvent),
    register,
    now,
    onHandshake: (handshake: FleetHandshake) => onEvent({ kind: 'handshake', ...handshake }),
    ready: (wait = 10_000) => within(() => shared.ready(), wait),
    replaceKeys: async () => {
      await store.replaceAll();
      await shared.refresh();
    },
    close: () => {
      stopLooking();
      guard.close();
      register.close();
      shared.close();
      redis.close();
    },
  };
}

function counted(store: TicketStore, onEvent: FleetListener): TicketStore {
  return {
    lifetime: store.lifetime,
    now: store.now,
    seal: (state, signal) => store.seal(state, signal),
    open: (ticket, signal) => told(store.open(ticket, signal), onEvent),
  };
}

function countedIds(store: SessionIdStore, onEvent: FleetListener): SessionIdStore {
  return {
    lifetime: store.lifetime,
    store: (id, state, signal) => store.store(id, state, signal),
    load: (id, signal) => told(store.load(id, signal), onEvent),
  };
}

function told<T extends Uint8Array | null>(answer: T | Promise<T>, onEvent: FleetListener): T | Promise<T> {
  const tell = (state: T): T => {
    onEvent({ kind: 'ticket', opened: state !== null });
    return state;
  };
  return answer instanceof Promise ? answer.then(tell) : tell(answer);
}

/** Says what of the Redis' settings lets it forget what it is to remember. @returns ends it */
function lookAtSettings(redis: RedisConnection, onEvent: FleetListener): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let said = '';
  const look = async (): Promise<void> => {
    try {
      const advice = settingsAdvice(String(await within(() => redis.command(null, ['INFO', 'memory']), 1000)));
      if (advice !== null && advice !== said) onEvent({ kind: 'settings', advice });
      said = advice ?? '';
    } catch {
      // It is not there yet, or not any more: others say so.
    }
    timer = setTimeout(() => void look(), said === '' ? SETTINGS_INTERVAL : SETTINGS_INTERVAL / 4);
    unref(timer);
  };
  timer = setTimeout(() => void look(), 1000);
  unref(timer);
  return () => clearTimeout(timer);
}
