// The implementations of the stores of a fleet, each as its contract sees it: two views of one store, as two servers have them.

import { randomBytes } from 'node:crypto';
import { MemorySessionStore } from '../../../src/handshake/sessions/memory_sessions.ts';
import { MemorySingleUseRegister } from '../../../src/handshake/sessions/single_use.ts';
import type { SessionStore, SingleUseRegister, TicketKeyStore } from '../../../src/handshake/sessions/stores.ts';
import { type KeySchedule, MemoryTicketKeyStore } from '../../../src/handshake/sessions/ticket_key_ring.ts';
import type { FleetEvent, FleetListener } from '../../../src/stores/events.ts';
import { Guard } from '../../../src/stores/guard.ts';
import { Hub, hubRegister } from '../../../src/stores/process/hub.ts';
import { Member } from '../../../src/stores/process/member.ts';
import { answerTo, type Message, news } from '../../../src/stores/process/messages.ts';
import { parseRedisUrl } from '../../../src/stores/redis/address.ts';
import { FleetClock } from '../../../src/stores/redis/clock.ts';
import { connectRedis, isRedisAnswer } from '../../../src/stores/redis/connection.ts';
import { RedisRegister } from '../../../src/stores/redis/register.ts';
import { RedisSessionStore } from '../../../src/stores/redis/sessions.ts';
import { RedisTicketKeyStore } from '../../../src/stores/redis/ticket_keys.ts';
import { localWrapper } from '../../../src/stores/wrapper.ts';
import { nodeProvider } from '../node_provider.ts';
import { later, pause } from '../node_tls.ts';

export interface Stores {
  readonly sessions: SessionStore;
  readonly keys: TicketKeyStore & { replaceAll(): unknown };
  readonly register: SingleUseRegister;
}

export interface StoreOptions {
  readonly schedule: KeySchedule;
  /** Milliseconds. */
  readonly freshness: number;
  readonly onEvent?: FleetListener;
}

/** Two views of a new store. */
export type Implementation = (options: StoreOptions) => Promise<readonly [Stores, Stores]>;

const random = (bytes: Uint8Array) => bytes.set(randomBytes(bytes.length));

/** Objects that both servers have. */
export const inMemory: Implementation = async ({ schedule }) => {
  const stores = {
    sessions: new MemorySessionStore(),
    keys: new MemoryTicketKeyStore({ random, ...schedule }),
    register: new MemorySingleUseRegister(),
  };
  return [stores, stores];
};

/** The hub and a member, between which messages go as JSON, as over the channel of node:cluster. */
export const inProcesses: Implementation = async ({ schedule, freshness, onEvent = () => {} }) => {
  const hub = new Hub({ random, ...schedule, freshness });
  const carried = (message: Message): Message => JSON.parse(JSON.stringify(message));
  const member: Member = new Member('test', message => {
    const asked = carried(message);
    if (!('operation' in asked)) return;
    setImmediate(() => member.receive(carried(answerTo(asked, hub.answer(asked), false))));
  });
  hub.keys.watch(() => setImmediate(() => member.receive(news('test'))));
  const guard = new Guard({ deadline: 1000, probe: () => member.ask('ping'), isAnswer: () => false, onEvent });
  // Early data from before the hub began is refused.
  await pause(freshness + 10);
  return [
    { sessions: hub.sessions, keys: hub.keys, register: hubRegister(hub, freshness, onEvent) },
    { sessions: member.sessions(guard), keys: member.keys(), register: member.register(guard, freshness, onEvent) },
  ];
};

const wrappingKey = randomBytes(32);

/** Two connections to a Redis. */
export function onRedis(url: string): Implementation {
  return async ({ schedule, freshness, onEvent = () => {} }) => {
    const prefix = `test:${randomBytes(6).toString('hex')}`;
    const view = async (): Promise<Stores> => {
      const address = parseRedisUrl(url);
      const cluster = address.kind === 'cluster';
      const redis = await connectRedis({ address, tls: {}, connect: () => null, onError: () => {} });
      later(() => redis.close());
      for (let i = 0; ; i++) {
        const answer = await redis.command(null, ['PING']).catch(() => null);
        if (answer === 'PONG') break;
        if (i === 500) throw new Error('Redis does not answer');
        await pause(20);
      }
      const guard = new Guard({
        deadline: 1000,
        probe: () => redis.command(null, ['PING']),
        isAnswer: isRedisAnswer,
        onEvent,
      });
      const clock = new FleetClock();
      const register = new RedisRegister({
        redis,
        guard,
        clock,
        prefix,
        cluster,
        freshness,
        servers: () => 2,
        replicas: 0,
        onEvent,
      });
      later(() => register.close());
      const wrappers = [localWrapper(nodeProvider(), wrappingKey)];
      const common = { redis, clock, prefix, onEvent };
      const keys = new RedisTicketKeyStore({ ...common, wrappers, schedule, random, lead: 1000 });
      return { sessions: new RedisSessionStore(redis, guard, prefix), keys, register };
    };
    const both = [await view(), await view()] as const;
    // One window after the start of the register and of each server nothing is taken.
    await pause(2 * freshness + 4000 + 500);
    return both;
  };
}

/** Events of one kind. */
export function ofKind<K extends FleetEvent['kind']>(events: readonly FleetEvent[], kind: K) {
  return events.filter((event): event is Extract<FleetEvent, { kind: K }> => event.kind === kind);
}
