// CASTLS_PROVIDER: the cryptography of a process under castls/register.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keyPair } from '../support/node_tls.ts';

const program = `
import https from 'node:https';
import tls from 'node:tls';
const server = https.createServer({ key: process.env.KEY, cert: process.env.CERT }, (request, response) => response.end('x'.repeat(100_000)));
server.listen(0, '127.0.0.1', () => {
  const options = { port: server.address().port, host: '127.0.0.1', rejectUnauthorized: false, agent: false };
  https.get(options, response => {
    let length = 0;
    const { name } = tls.createSecureContext({}).provider;
    const suite = response.socket.getCipher().name;
    response.on('data', data => (length += data.length)).on('end', () => {
      console.log(JSON.stringify({ length, suite, name }));
      server.close();
    });
  });
});`;

function run(provider: string | undefined): { status: number | null; stdout: string; stderr: string } {
  const { key, cert } = keyPair('server_p256');
  const env = { ...process.env, KEY: key, CERT: cert };
  if (provider !== undefined) Object.assign(env, { CASTLS_PROVIDER: provider });
  const args = ['--import', './build/dist/register.js', '--input-type=module', '-e', program];
  return spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
}

test('CASTLS_PROVIDER=native serves and fetches by node:crypto', () => {
  const { stdout, stderr } = run('native');
  assert.is(stderr, '');
  const seen = JSON.parse(stdout);
  assert.is(seen.length, 100_000);
  assert.match(seen.name, /^native over wasm/);
});

test('without it, or with "wasm", the core does', () => {
  for (const provider of [undefined, '', 'wasm']) assert.is(JSON.parse(run(provider).stdout).name, 'wasm');
});

test('another value is an error that says which there are', () => {
  const { status, stderr } = run('openssl');
  assert.is(status, 1);
  assert.match(stderr, /CASTLS_PROVIDER is wasm or native, not "openssl"/);
});

test.run();
