// The hub of castls/fleet by itself: what it says of a claim that it cannot remember.

import { randomBytes, randomFillSync } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Hub } from '../../src/stores/process/hub.ts';
import { pause } from '../support/node_tls.ts';

test('a full register is unavailable, which is no replay (docs/fleet.md, metrics)', async () => {
  const freshness = 2000;
  const random = (target: Uint8Array) => void randomFillSync(target);
  const hub = new Hub({ random, rotation: 60, lifetime: 60, freshness, claims: 2 });
  // Before that it knows nothing of the past.
  await pause(freshness + 50);
  const expires = Date.now() + 2 * freshness + 1;
  const [a, b, c] = [1, 2, 3].map(() => new Uint8Array(randomBytes(32)));
  const outcomes = [a, b, a, c, b].map(id => hub.claim(id, expires, freshness));
  assert.equal(outcomes, ['accepted', 'accepted', 'replay', 'unavailable', 'replay']);
});

test.run();
