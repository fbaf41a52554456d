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
const TICKETS = 10_000;
/** What fits into a part of the runner's deadline is tried: 90 s on two idle cores are enough for all of them. */
const BUDGET_MS = 210_000;
const CHUNK = 500;

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
      const begun = Date.now();
      // The register begins to remember when the first server asks, a server to take early data one window after its start.
      await pause(fleet.window + 1500);
      const texts: string[] = [];
      while (texts.length < TICKETS && Date.now() < begun + BUDGET_MS) {
        await inParallel(6, await fleet.tickets(CHUNK), async session => {
          const { text, bytes } = fleet.flight(session);
          texts.push(text);
          await fleet.copies(bytes, COPIES);
        });
      }
      await fleet.settled();
      const { once, twice } = fleet.audit(texts);
      const seconds = ((Date.now() - begun) / 1000).toFixed(0);
      console.log(`${once} of ${texts.length} tickets taken once in ${seconds} s, ${twice.length} twice`);
      console.log(JSON.stringify(fleet.counts()));
      if (texts.length < TICKETS) console.log(`a busy machine: ${texts.length} of ${TICKETS} tickets were tried`);
      assert.equal(twice, []);
      assert.ok(texts.length >= CHUNK);
      assert.ok(once >= 0.95 * texts.length, `${once} of ${texts.length}`);
    } finally {
      await fleet.end();
      redis.remove();
    }
  });
});

test.run();
