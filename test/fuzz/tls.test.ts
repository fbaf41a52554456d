// Connections against a hostile peer, with a fixed seed. For long runs: scripts/fuzz_tls.mjs.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzTls } from '../support/tls_fuzz.ts';

test('600 connections of both roles and versions: typed errors, alerts, no hang, no secret left', async () => {
  const { executions, established, codes, slowestMs } = await fuzzTls(1, done => done < 600);
  assert.is(executions, 600);
  // Neither all nor none of it gets through: the mischief reaches every stage.
  assert.ok(established > 120 && established < 1150, `${established} were established`);
  assert.ok(codes.size >= 12, [...codes].join(' '));
  assert.ok(slowestMs < 20_000, `${slowestMs} ms`);
});

test.run();
