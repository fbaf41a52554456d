// Honest peers with random configs, with a fixed seed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzNegotiation } from '../support/negotiation_fuzz.ts';

test('500 pairs of random configs agree, or part for a reason of negotiation with an alert', () => {
  const { agreed, resumed, codes } = fuzzNegotiation(1, 500);
  assert.ok(agreed > 130, `${agreed} agreed, ${[...codes].join(' ')}`);
  assert.ok(resumed > 8, `${resumed} were resumed`);
  assert.ok(codes.size >= 5, [...codes].join(' '));
});

test.run();
