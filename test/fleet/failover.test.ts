// A fleet whose Redis fails over to a replica: no early data is taken twice, whatever becomes of the old primary.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FleetUnderTest } from '../support/fleet/fleet.ts';
import { type RedisProcess, redisWithSentinels } from '../support/fleet/redis.ts';
import { stormOver } from '../support/fleet/storm.ts';
import { pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

withPeer('a fleet on Redis with sentinels', ['redis-server'], () => {
  for (const [what, strike] of [
    ['killed', (primary: RedisProcess) => primary.end()],
    ['paused', async (primary: RedisProcess) => primary.kill('SIGSTOP')],
  ] as const) {
    test(`the primary is ${what}, its replica takes over: nothing is taken twice, and after a window all is well`, async () => {
      const redis = await redisWithSentinels();
      const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 4, freshness: 1500, deadline: 500 });
      try {
        await fleet.ready();
        const waited = await stormOver(fleet, async () => {
          const primary = await redis.primary();
          await strike(primary);
          for (let i = 0; (await redis.primary()) === primary; i++) {
            assert.ok(i < 300, 'the sentinels fail over');
            await pause(50);
          }
          // The old one comes back and thinks for a while that nothing happened.
          if (what === 'paused') primary.kill('SIGCONT');
        });
        console.log(`early data is taken again ${waited} ms after the failover; a window is ${fleet.window} ms`);
      } finally {
        await fleet.end();
        redis.remove();
      }
    });
  }
});

test.run();
