// Connections against a hostile peer, with a fixed seed. For long runs: scripts/fuzz_tls.mjs.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzTls } from '../support/tls_fuzz.ts';

test('1,000 connections of both roles and versions: typed errors, alerts, no hang, no secret left', async () => {
  const { executions, established, codes, slowestMs } = await fuzzTls(1, done => done < 1000);
  assert.is(executions, 1000);
  // Neither all nor none of it gets through: the mischief reaches every stage.
  assert.ok(established > 200 && established < 1900, `${established} were established`);
  assert.ok(codes.size >= 12, [...codes].join(' '));
  assert.ok(slowestMs < 5000, `${slowestMs} ms`);
});

test.run();
