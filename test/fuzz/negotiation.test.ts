// Honest peers with random configs, with a fixed seed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzNegotiation } from '../support/negotiation_fuzz.ts';

test('1,500 pairs of random configs agree, or part for a reason of negotiation with an alert', () => {
  const { agreed, resumed, codes } = fuzzNegotiation(1, 1500);
  assert.ok(agreed > 400, `${agreed} agreed, ${[...codes].join(' ')}`);
  assert.ok(resumed > 20, `${resumed} were resumed`);
  assert.ok(codes.size >= 6, [...codes].join(' '));
});

test.run();
