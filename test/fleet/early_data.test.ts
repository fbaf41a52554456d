// The register of a fleet under attack: every ticket's first flight is sent in ten copies at once to the processes of a fleet.
// None is ever taken twice; with Redis well nearly all are taken once.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inParallel } from '../support/fleet/clients.ts';
import { FleetUnderTest } from '../support/fleet/fleet.ts';
import { redisServer } from '../support/fleet/redis.ts';
import { pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const COPIES = 10;
const TICKETS = Number(process.env['CASTLS_FLEET_TICKETS'] ?? 10_000);

withPeer('a fleet on Redis', ['redis-server'], () => {
  test(`${TICKETS} tickets, ten copies each: at least 95% are taken once, none twice`, async () => {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, {
      redis: redis.url,
      size: 4,
      freshness: 3000,
      // What the register remembers is measured here, not how fast a busy machine is.
      deadline: 2000,
    });
    try {
      await fleet.ready();
      const started = Date.now();
      const tickets = await fleet.tickets(TICKETS);
      console.log(`${tickets.length} tickets in ${Date.now() - started} ms`);
      await pause(Math.max(0, started + 2 * fleet.window - Date.now()));
      const texts: string[] = [];
      const begun = Date.now();
      await inParallel(6, tickets, async session => {
        const { text, bytes } = fleet.flight(session);
        texts.push(text);
        await fleet.copies(bytes, COPIES);
      });
      await fleet.settled();
      const { once, twice } = fleet.audit(texts);
      console.log(`taken once: ${once} of ${texts.length}; ${TICKETS * COPIES} copies in ${Date.now() - begun} ms`);
      console.log(JSON.stringify(fleet.counts()));
      assert.equal(twice, []);
      assert.ok(once >= 0.95 * texts.length, `${once} of ${texts.length}`);
    } finally {
      await fleet.end();
      redis.remove();
    }
  });
});

test.run();
