// The shim for BoringSSL's test runner without the runner: what it says to flags, and whether its config is honest.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errorCodes } from '../../src/index.ts';
import { AlertDescription, alertName } from '../../src/registry/alerts.ts';
import { runShim } from './shim/run.ts';

const config: { DisabledTests: Record<string, string>; ErrorMap: Record<string, string[]> } = JSON.parse(
  readFileSync(new URL('config.json', import.meta.url), 'utf8'),
);
const run = (...args: string[]) => runShim(args, new AbortController().signal);

test('a flag of something castls does not have ends with 89', async () => {
  assert.is((await run('-port', '1', '-no-such-flag')).code, 89);
  assert.is((await run('-port', '1', '-on-resume-no-such-flag')).code, 89);
  assert.is((await run('-port', '1', '-dtls')).code, 89);
});

test('-is-handshaker-supported is answered with No', async () => {
  assert.equal(await run('-is-handshaker-supported'), { code: 0, stdout: 'No\n', stderr: '' });
});

test('a flag without its value, or with another kind of value, is a failure of the run whatever the test expects', async () => {
  assert.is((await run('-port')).code, 90);
  assert.is((await run('-port', 'many')).code, 90);
});

test('each disabled test has its reason in words', () => {
  for (const [pattern, reason] of Object.entries(config.DisabledTests)) {
    assert.ok(reason.split(' ').length >= 4, `${pattern}: ${reason}`);
    assert.not.match(reason, /not (done|implemented) yet|todo/i, pattern);
  }
});

test('each error of the runner is mapped to exact codes of castls, and an alert that came to the alert', () => {
  const known: readonly string[] = errorCodes;
  const alerts = Object.values(AlertDescription).map(
    alert => `ERR_ALERT_RECEIVED: the peer sent the alert ${alertName(alert)}`,
  );
  for (const [error, codes] of Object.entries(config.ErrorMap)) {
    assert.ok(codes.length > 0, error);
    for (const code of codes) assert.ok(known.includes(code) || alerts.includes(code), `${error}: ${code}`);
  }
});

test.run();
