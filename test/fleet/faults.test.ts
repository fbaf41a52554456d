// A fleet while its Redis is killed, restarted, failed over, paused or gone: no early data is taken twice, and handshakes go on.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { visit } from '../support/fleet/clients.ts';
import { FleetUnderTest, type Storming } from '../support/fleet/fleet.ts';
import { type RedisProcess, redisServer, redisWithSentinels } from '../support/fleet/redis.ts';
import { pause, within } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const FRESHNESS = 1500;
/** Milliseconds between two tickets: what a machine that is shared with others can do. */
const PACE = 60;

/** Tickets for so many seconds. */
const LONGEST = 60;
/** Of the last so many tickets nearly all are taken: all is well. */
const RECENT = 30;

/**
 * A storm that begins before a fault and ends when all is well again.
 * @returns milliseconds from the end of the fault until then
 */
async function stormOver(fleet: FleetUnderTest, fault: () => Promise<void>): Promise<number> {
  const pool = await fleet.tickets(Math.ceil((LONGEST * 1000) / PACE), 4);
  await pause(fleet.window);
  const sent: Storming[] = [];
  const wellSince = (from: number): boolean => {
    // What was sent just now is not on the books yet.
    const recent = sent.filter(({ at }) => at > from && at < Date.now() - 700).slice(-RECENT);
    return recent.length === RECENT && fleet.audit(recent.map(({ text }) => text)).once >= 0.9 * RECENT;
  };
  const until = async (what: string, from: number): Promise<void> => {
    for (const end = Date.now() + 45_000; !wellSince(from); await pause(100)) assert.ok(Date.now() < end, what);
  };
  let over = false;
  const storm = fleet.storm(pool, PACE, () => over, sent);
  try {
    await until('early data is taken before the fault', 0);
    await fault();
    const mended = Date.now();
    await until('early data is taken again after the fault', mended);
    return Date.now() - mended;
  } finally {
    over = true;
    await within('the storm ends', storm, 60_000);
    for (const session of pool) session.secret.dispose();
    const texts = sent.map(({ text }) => text);
    assert.equal(fleet.audit(texts).twice, [], 'early data that was taken twice');
    console.log(`${fleet.audit(texts).once} of ${texts.length} taken, none twice`);
  }
}

withPeer('a fleet on Redis', ['redis-server'], () => {
  const options = { size: 4, freshness: FRESHNESS, deadline: 500 };

  test('Redis is killed and comes back empty: nothing is taken twice, and after a window all is well', async () => {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, { redis: redis.url, ...options });
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

  for (const [what, strike] of [
    ['killed', (primary: RedisProcess) => primary.end()],
    ['paused', async (primary: RedisProcess) => primary.kill('SIGSTOP')],
  ] as const) {
    test(`the primary is ${what}, its replica takes over: nothing is taken twice, and after a window all is well`, async () => {
      const redis = await redisWithSentinels();
      const fleet = await FleetUnderTest.start(root, { redis: redis.url, ...options });
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
      assert.ok(well.resumed >= 0.99 * well.offers - 1);
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
