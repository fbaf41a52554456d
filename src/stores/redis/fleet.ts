// A fleet on Redis: sessions, ticket keys and the register of early data behind one connection, one deadline and one circuit
// breaker. It begins to connect at once and goes on without anybody waiting for it.

import { type FleetListener, quietly } from '../events.ts';
import { assembleFleet, type SharedFleet } from '../fleet.ts';
import { Guard, unref, within } from '../guard.ts';
import { parseRedisUrl } from './address.ts';
import { FleetClock } from './clock.ts';
import { connectRedis, isRedisAnswer, type RedisConnection, type TlsConnect } from './connection.ts';
import { type CheckedRedisOptions, checkedRedisOptions, type RedisFleetOptions } from './options.ts';
import { RedisRegister } from './register.ts';
import { settingsAdvice } from './server_settings.ts';
import { RedisSessionStore } from './sessions.ts';
import { keysChannel, RedisTicketKeyStore } from './ticket_keys.ts';

/** Milliseconds between two looks at what is around. */
const INTERVAL = 30_000;
/** Milliseconds for which a leader that says nothing stays one, if three polls are less. */
const LEAST_LEAD = 3000;

/**
 * @param connect of castls/node
 * @throws ERR_INVALID_ARGUMENT; ERR_UNSUPPORTED_OPTION without the package "redis"
 */
export async function openRedisFleet(options: RedisFleetOptions, connect: TlsConnect): Promise<SharedFleet> {
  const checked = checkedRedisOptions(options);
  const address = parseRedisUrl(checked.url);
  const onEvent = quietly(checked.onEvent);
  const redis = await connectRedis({
    address,
    tls: checked.tls ?? {},
    connect,
    sentinelPassword: checked.sentinelPassword,
    onError: error => onEvent({ kind: 'connection-failed', error }),
  });
  return assemble(checked, redis, address.kind === 'cluster', onEvent);
}

function assemble(
  options: CheckedRedisOptions,
  redis: RedisConnection,
  cluster: boolean,
  onEvent: FleetListener,
): SharedFleet {
  const { provider, prefix, lifetime, rotation, poll, freshness, replicas, deadline, wrappers, storeSessions } =
    options;
  const clock = new FleetClock();
  const probe = () => redis.command(null, ['PING']);
  const guard = new Guard({ deadline, probe, isAnswer: isRedisAnswer, onEvent });
  const around = lookAround(redis, keysChannel(prefix), onEvent);
  const { servers } = around;
  const register = new RedisRegister({ redis, guard, clock, prefix, cluster, freshness, servers, replicas, onEvent });
  const keys = new RedisTicketKeyStore({
    redis,
    clock,
    prefix,
    wrappers,
    schedule: { rotation, lifetime },
    random: provider.random,
    lead: Math.max(LEAST_LEAD, 3 * poll),
    onEvent,
  });
  return assembleFleet({
    provider,
    keys,
    sessions: new RedisSessionStore(redis, guard, prefix),
    register,
    now: () => clock.now(),
    lifetime,
    poll,
    storeSessions,
    onEvent,
    close: () => {
      around.stop();
      guard.close();
      register.close();
      redis.close();
    },
  });
}

/** What is looked at from time to time. */
interface Surroundings {
  /** How many servers hear of new keys: the fleet. In a cluster those at one node: fewer, which only costs. */
  servers(): number;
  stop(): void;
}

/** Counts the servers, and says what of the Redis' settings lets it forget what it is to remember. */
function lookAround(redis: RedisConnection, channel: string, onEvent: FleetListener): Surroundings {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let said = '';
  let servers = 1;
  let stopped = false;
  const ask = (...args: readonly string[]) => within(() => redis.command(null, args), 1000);
  const look = async (): Promise<void> => {
    try {
      const [, count] = (await ask('PUBSUB', 'NUMSUB', channel)) as [string, number];
      servers = Math.max(1, Number(count) || 1);
      const advice = settingsAdvice(String(await ask('INFO', 'memory')));
      if (advice !== null && advice !== said) onEvent({ kind: 'settings', advice });
      said = advice ?? '';
    } catch {
      // It is not there yet, or not any more: others say so.
    }
    if (stopped) return;
    timer = setTimeout(() => void look(), INTERVAL * (0.8 + Math.random() * 0.2));
    unref(timer);
  };
  timer = setTimeout(() => void look(), 1000);
  unref(timer);
  return {
    servers: () => servers,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
