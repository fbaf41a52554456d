// The tests of handshakes but those of TLS 1.2 once more, over connections that wait a turn of the loop after every job: what a
// slice that is over (maxBlockMs) may change is when things happen, and nothing else.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { everyPair, StrictPace } from '../support/pace.ts';
import './alerts13_client.test.ts';
import './alerts13_server.test.ts';
import './carrier.test.ts';
import './certificate_compression13.test.ts';
import './connection.test.ts';
import './delegated_credentials.test.ts';
import './early_data13.test.ts';
import './forked_tickets.test.ts';
import './handshake13.test.ts';
import './hello_shape.test.ts';
import './imported_psk.test.ts';
import './raw_public_keys.test.ts';
import './record_wishes.test.ts';
import './records13.test.ts';
import './resumption13.test.ts';
import './sequences13.test.ts';
import './session_cache.test.ts';
import './trust.test.ts';
import './wasm13.test.ts';
import './work.test.ts';
import './worn_keys.test.ts';
import '../connection/ends.test.ts';

const pace = new StrictPace();
everyPair.pace = pace;

test('the connections of the tests above waited for turns', () => {
  assert.ok(pace.turns > 1000, `${pace.turns} turns`);
});

test.run();
