// castls/redis on a real redis-server: what it keeps, what it refuses, and what it does when Redis is gone.

import { randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type FleetEvent,
  localWrapper,
  type RedisFleetOptions,
  redisFleet,
  type SharedFleet,
} from '../../src/redis.ts';
import { redisServer } from '../support/fleet/redis.ts';
import { cleanUp, client, event, later, listen, own, pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const wrappingKey = randomBytes(32);

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
});

test.run();
