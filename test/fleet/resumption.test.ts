// A fleet of processes whose clocks are wrong by minutes: each resumes what the others began, while the keys change all the
// time and one of the processes is killed.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { visit } from '../support/fleet/clients.ts';
import { FleetUnderTest, type Resumption } from '../support/fleet/fleet.ts';
import { redisServer } from '../support/fleet/redis.ts';
import { pause, within } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

function told(what: string, { offers, resumed, failed, milliseconds, errors }: Resumption): void {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1);
  console.log(`${what}: ${resumed} of ${offers} resumed, ${failed} failed, median ${at(0.5)} ms, 99% ${at(0.99)} ms`);
  for (const error of errors) console.log(`  ${error}`);
}

withPeer('a fleet on Redis', ['redis-server'], () => {
  for (const storeSessions of [false, true]) {
    const where = storeSessions ? 'sessions in Redis' : 'sessions in tickets';
    test(`four processes resume each other's sessions in both versions while keys change (${where})`, async () => {
      const redis = await redisServer();
      const fleet = await FleetUnderTest.start(root, {
        redis: redis.url,
        size: 4,
        storeSessions,
        skews: [0, 150_000, -150_000, 0],
        rotation: 2,
        lifetime: 30,
        poll: 300,
        deadline: 2000,
      });
      try {
        await fleet.ready();
        const end = Date.now() + 7000;
        const over = () => Date.now() > end;
        const runs = [fleet.resume('TLSv1.3', 3, over), fleet.resume('TLSv1.2', 3, over)];
        const [tls13, tls12] = await within('the clients end', Promise.all(runs), 60_000);
        await fleet.settled();
        told('TLS 1.3', tls13);
        told('TLS 1.2', tls12);
        const written = fleet.count('keys-written');
        console.log(`${written} times new keys`);
        for (const run of [tls13, tls12]) {
          assert.is(run.failed, 0);
          assert.ok(run.offers > 20, `${run.offers} offers`);
          assert.ok(run.resumed >= 0.99 * run.offers, `${run.resumed} of ${run.offers}`);
        }
        assert.ok(written >= 3, 'the keys changed under load');
      } finally {
        await fleet.end();
        redis.remove();
      }
    });
  }

  test('a server that is killed and started again opens the tickets of before', async () => {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 2 });
    try {
      await fleet.ready();
      const [ticket] = await fleet.tickets(1);
      const [first] = fleet.servers;
      await first.kill();
      await first.start();
      await first.ready();
      await pause(50);

      const { resumed, sessions } = await visit(fleet.configs['TLSv1.3'], first.port, ticket);
      assert.ok(resumed);
      for (const session of [ticket, ...sessions]) session.secret.dispose();
    } finally {
      await fleet.end();
      redis.remove();
    }
  });
});

test.run();
