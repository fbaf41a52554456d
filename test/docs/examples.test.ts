// Every file of examples/ is run here; one that is not in the list fails the test.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort, Program, root, runToEnd, stopAll } from '../support/examples.ts';

const fixture = (name: string): string => join(root, 'test/fixtures', name);
const ca = fixture('ca.crt');
const server = [fixture('server_p256.crt'), fixture('server_p256.key')];
const ran = new Set<string>();

function example(name: string, ...args: string[]): string[] {
  ran.add(name);
  return [join(root, 'examples', name), ...args];
}

test.after.each(stopAll);

test('sans_io.mjs carries bytes between two connections', async () => {
  const { out } = await runToEnd(example('sans_io.mjs', ca, ...server), root);
  assert.match(out, /^client established$/m);
  assert.match(out, /^client data: hello$/m);
  assert.match(out, /^TLSv1\.3 TLS_\w+ example closed closed$/m);
});

test('https_server.mjs answers https_agent.mjs', async () => {
  const port = String(await freePort());
  const https = new Program(example('https_server.mjs', ...server, port), root);
  const [url] = await https.until(/https:\/\/localhost:\d+\//);
  const { out } = await runToEnd(example('https_agent.mjs', url, ca), root);
  assert.match(out, /^200 TLSv1\.3 X25519MLKEM768$/m);
  assert.match(out, /^TLSv1\.3, TLS_\w+, X25519MLKEM768$/m);
  await https.stop();
});

test('kms_signer.mjs serves with a key it does not hold', async () => {
  const port = String(await freePort());
  const program = new Program(example('kms_signer.mjs', ...server, port), root);
  await program.until(/listening/);
  const args = ['connect', `localhost:${port}`, '--ca', ca];
  const { out, err } = await runToEnd([join(root, 'build/dist/castls.js'), ...args], root);
  assert.is(out, 'signed elsewhere\n');
  assert.match(err, /ecdsa_secp256r1_sha256/);
  await program.stop();
});

test('verify.mjs accepts a name and refuses another', async () => {
  const good = await runToEnd(example('verify.mjs', server[0], ca, 'localhost'), root);
  assert.match(good.out, /^good for localhost: CN=localhost < CN=castls test CA$/m);
  const bad = await new Program(example('verify.mjs', server[0], ca, 'other.test'), root, '').finished;
  assert.is(bad.code, 1);
  assert.match(bad.out, /^ERR_CERT_NAME_MISMATCH: /);
});

test('every example was run', () => {
  const files = readdirSync(join(root, 'examples')).filter(file => file !== 'README.md');
  assert.equal(files.sort(), [...ran].sort());
});

test.run();
