// castls/redis on a real redis-server: what it keeps, what it refuses, and what it does when Redis is gone.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as nodeTls from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import {
  type FleetEvent,
  localWrapper,
  type RedisFleetOptions,
  redisFleet,
  type SharedFleet,
} from '../../src/redis.ts';
import { parseRedisUrl } from '../../src/stores/redis/address.ts';
import { freePort, type RedisProcess, redisServer } from '../support/fleet/redis.ts';
import { ca, cleanUp, client, event, fixture, keyPair, later, listen, own, pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const wrappingKey = randomBytes(32);
const signal = new AbortController().signal;

/** @returns the message */
async function assertRejects(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return assert.unreachable('it is refused') as never;
}

/** The record of the ticket keys, as it lies in Redis. */
function wrapperOf(redis: RedisProcess): Promise<string> {
  return redis.command('GET', '{castls}:keys');
}

async function open(url: string, options: Partial<RedisFleetOptions> = {}): Promise<SharedFleet> {
  const fleet = await redisFleet({ url, wrapper: localWrapper(wrappingKey), ...options });
  later(() => fleet.close());
  return fleet;
}

withPeer('Redis', ['redis-server'], () => {
  test('two servers resume each other’s sessions, in both versions', async () => {
    const redis = await redisServer();
    later(() => redis.remove());
    const events: FleetEvent[] = [];
    const servers = [];
    for (const _ of [1, 2]) {
      const fleet = await open(redis.url, { onEvent: each => events.push(each) });
      await fleet.ready();
      servers.push(await listen(own, { fleet } as object, socket => socket.end('hello')));
    }
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      let session: Buffer | undefined;
      for (const [i, server] of [...servers, ...servers].entries()) {
        const socket = client(own, server.port, { session, maxVersion });
        socket.on('session', given => (session = given));
        socket.resume();
        await event(socket, 'end');
        assert.is(socket.isSessionReused(), i > 0, `${maxVersion}, connection ${i}`);
      }
    }
    await pause(10);
    assert.is(events.filter(each => each.kind === 'handshake' && each.resumed).length, 6);
  });

  test('over TLS by castls, with a client certificate; a Redis of others is not taken', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'castls-redis-tls-'));
    later(() => rmSync(folder, { recursive: true, force: true }));
    const files = { 'server.crt': 'server_p256.crt', 'server.key': 'server_p256.key', 'ca.crt': 'ca.crt' };
    for (const [name, from] of Object.entries(files)) writeFileSync(join(folder, name), fixture(from));
    const port = await freePort();
    const names = Object.entries({ 'cert-file': 'server.crt', 'key-file': 'server.key', 'ca-cert-file': 'ca.crt' });
    const lines = names.map(([option, name]) => `tls-${option} ${join(folder, name)}`);
    const redis = await redisServer([`tls-port ${port}`, 'tls-auth-clients yes', ...lines]);
    later(() => redis.remove());
    const url = `rediss://localhost:${port}`;
    const identity = { cert: fixture('client_p256.crt'), key: fixture('client_p256.key') };
    const fleet = await open(url, { tls: { ca, ...identity } });
    await fleet.ready();
    const strange: FleetEvent[] = [];
    const wrong = await open(url, { tls: identity, onEvent: each => strange.push(each) });
    await assertRejects(wrong.ready(1500));
    assert.ok(
      strange.some(each => each.kind === 'connection-failed' && /certificate|issuer|verify/i.test(String(each.error))),
    );
    // Everybody else's tls.connect is node's.
    assert.not.instance(
      nodeTls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {}),
      own.TLSSocket,
    );
  });

  test('another wrapping key opens nothing; a change of it leaves all tickets good; a loss has a way out', async () => {
    const redis = await redisServer();
    later(() => redis.remove());
    const [a, b, c] = [1, 2, 3].map(i => localWrapper(new Uint8Array(32).fill(i)));
    const options = { poll: 100 };
    const first = await open(redis.url, { wrapper: a, ...options });
    await first.ready();
    const ticket = (await first.tickets.seal(Uint8Array.of(7), signal)) as Uint8Array;
    const opens = async (fleet: SharedFleet) => (await fleet.tickets.open(ticket, signal)) !== null;
    // With the new one known everywhere, it wraps.
    const second = await open(redis.url, { wrapper: [a, b], ...options });
    await second.ready();
    first.close();
    const third = await open(redis.url, { wrapper: [b, a], ...options });
    await third.ready();
    second.close();
    for (let i = 0; !(await wrapperOf(redis)).includes(b.id); i++) {
      assert.ok(i < 100, 'wrapped anew');
      await pause(100);
    }
    const fourth = await open(redis.url, { wrapper: b, ...options });
    await fourth.ready();
    assert.ok(await opens(fourth));
    // Who has another one learns nothing and changes nothing.
    const failures: unknown[] = [];
    const stranger = await open(redis.url, {
      wrapper: c,
      ...options,
      onEvent: each => each.kind === 'keys-failed' && failures.push(each.error),
    });
    await assertRejects(stranger.ready(600));
    assert.ok(failures.some(error => String(error).includes('which is not here')));
    assert.ok((await wrapperOf(redis)).includes(b.id));
    assert.ok(await opens(fourth));
    // The wrapping key is lost: new keys for all.
    fourth.close();
    third.close();
    await stranger.replaceKeys();
    await stranger.ready();
    assert.not.ok(await opens(stranger));
    assert.ok((await stranger.tickets.seal(Uint8Array.of(7), signal)) !== null);
  });

  test('a Redis that is full, or that evicts, has no early data taken, and says what to change', async () => {
    const full = await redisServer(['maxmemory-policy noeviction']);
    later(() => full.remove());
    const events: FleetEvent[] = [];
    const fleet = await open(full.url, { freshness: 200, deadline: 2000, onEvent: each => events.push(each) });
    const claim = () => fleet.register.claim(new Uint8Array(randomBytes(32)), Date.now() + 401, signal);
    for (let i = 0; !(await claim()); i++) {
      assert.ok(i < 150, 'early data is taken while there is room');
      await pause(100);
    }
    // maxmemory is below what an empty one has: nothing can be written.
    await full.command('CONFIG', 'SET', 'maxmemory', '1');
    assert.is(await claim(), false);
    await full.command('CONFIG', 'SET', 'maxmemory', '0');
    assert.is(await claim(), true);
    await full.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const used = Number(/used_memory:(\d+)/.exec(await full.command('INFO', 'memory'))?.[1]);
    for (let i = 0; i < 200; i++) await full.command('SET', `filler ${i}`, 'x'.repeat(10_000));
    await full.command('CONFIG', 'SET', 'maxmemory', String(used + 1_000_000));
    await full.command('SET', 'one more', 'x'.repeat(10_000));
    assert.ok(Number(/evicted_keys:(\d+)/.exec(await full.command('INFO', 'stats'))?.[1]) > 0);
    assert.is(await claim(), false);
    assert.ok(events.some(each => each.kind === 'claim' && each.outcome === 'warming'));
  });

  test('a hook for metrics that throws harms nobody', async () => {
    const redis = await redisServer();
    later(() => redis.remove());
    const fleet = await open(redis.url, {
      onEvent: () => {
        throw new Error('the hook');
      },
    });
    await fleet.ready();
    const server = await listen(own, { fleet } as object, socket => socket.end('hello'));
    const socket = client(own, server.port);
    socket.resume();
    await event(socket, 'end');
    assert.equal(server.failures, []);
  });
});

test('what makes no sense is refused when it is said', async () => {
  const good = { url: 'redis://localhost', wrapper: localWrapper(wrappingKey) };
  for (const wrong of [
    { url: 'http://localhost' },
    { url: 'redis://user:hunter2@a,b' },
    { url: 'redis+sentinel://a,b' },
    { url: 'redis://a:0' },
    { url: 'redis+cluster://a/1' },
    { url: undefined },
    { wrapper: undefined },
    { wrapper: [] },
    { wrapper: [good.wrapper, good.wrapper] },
    { wrapper: { id: 'x' } },
    { prefix: 'white space' },
    { freshness: Number.NaN },
    { rotation: 0 },
    { rotatoin: 1 },
    { onEvent: null },
  ]) {
    const message = await assertRejects(redisFleet({ ...good, ...wrong } as RedisFleetOptions));
    assert.match(message, /redisFleet|URL/);
    assert.not.match(message, /hunter2/);
  }
  assert.throws(() => localWrapper(new Uint8Array(16)), /32 random bytes/);
  const { password, nodes, name } = parseRedisUrl('rediss+sentinel://:p%40ss@[::1]:1,b/mymaster');
  assert.equal(
    [password, nodes, name],
    [
      'p@ss',
      [
        { host: '::1', port: 1 },
        { host: 'b', port: 26_379 },
      ],
      'mymaster',
    ],
  );
});

test('a fleet and keys of its own contradict each other', async () => {
  const fleet = await redisFleet({ url: 'redis://127.0.0.1:1', wrapper: localWrapper(wrappingKey), freshness: 5000 });
  later(() => fleet.close());
  const server = castls.createServer({ ...keyPair('server_p256'), fleet });
  assert.throws(() => server.getTicketKeys(), /those of the fleet/);
  assert.throws(() => server.setTicketKeys(new Uint8Array(48)), /those of the fleet/);
  assert.throws(() => castls.createServer({ fleet, ticketKeys: new Uint8Array(48) }), /beside fleet/);
  assert.throws(
    () => castls.createServer({ ...keyPair('server_p256'), fleet, acceptEarlyData: { freshness: 1 } }),
    /the freshness of its register is 5000/,
  );
});

test.run();
