// A fleet while its Redis is killed, restarted, hangs or is gone: no early data is taken twice, and handshakes go on.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { visit } from '../support/fleet/clients.ts';
import { FleetUnderTest } from '../support/fleet/fleet.ts';
import { redisServer } from '../support/fleet/redis.ts';
import { stormOver } from '../support/fleet/storm.ts';
import { pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

withPeer('a fleet on Redis', ['redis-server'], () => {
  test('Redis is killed and comes back empty: nothing is taken twice, and after a window all is well', async () => {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 4, freshness: 1500, deadline: 500 });
    try {
      await fleet.ready();
      const waited = await stormOver(fleet, async () => {
        await redis.end();
        await pause(500);
        await redis.start();
      });
      console.log(`early data is taken again ${waited} ms after Redis was restarted; a window is ${fleet.window} ms`);
    } finally {
      await fleet.end();
      redis.remove();
    }
  });

  test('Redis hangs, then is gone: handshakes go on, with the tickets that there are', async () => {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 2, storeSessions: true });
    try {
      await fleet.ready();
      const run = (ms: number) => {
        const end = Date.now() + ms;
        return fleet.resume('TLSv1.3', 2, () => Date.now() > end);
      };
      const median = (of: readonly number[]) => [...of].sort((a, b) => a - b)[of.length >> 1].toFixed(1);
      const well = await run(1500);
      redis.kill('SIGSTOP');
      const hanging = await run(2500);
      await redis.end();
      const gone = await run(1500);
      for (const each of [well, hanging, gone]) {
        assert.is(each.failed, 0, [...each.errors].join());
        assert.ok(each.milliseconds.length > 0);
      }
      console.log(
        `median handshake: ${median(well.milliseconds)} ms well, ${median(hanging.milliseconds)} ms while it hangs, ${median(gone.milliseconds)} ms without it`,
      );
      await redis.start();
      for (const server of fleet.servers) {
        for (let i = 0; ; i++) {
          const { sessions } = await visit(fleet.configs['TLSv1.3'], server.port);
          for (const session of sessions) session.secret.dispose();
          if (sessions.length > 0) break;
          assert.ok(i < 100, 'tickets come back');
          await pause(100);
        }
      }
    } finally {
      await fleet.end();
      redis.remove();
    }
  });
});

test.run();
