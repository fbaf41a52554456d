// The tests of TLS 1.2 handshakes once more, over connections that wait a turn of the loop after every job: what a slice that
// is over (maxBlockMs) may change is when things happen, and nothing else.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { everyPair, StrictPace } from '../support/pace.ts';
import './alerts12.test.ts';
import './authentication12.test.ts';
import './fuzz12.test.ts';
import './handshake12.test.ts';
import './psk12.test.ts';
import './resumption12.test.ts';
import './wasm12.test.ts';

const pace = new StrictPace();
everyPair.pace = pace;

test('the connections of the tests above waited for turns', () => {
  assert.ok(pace.turns > 1000, `${pace.turns} turns`);
});

test.run();
