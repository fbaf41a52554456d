// castls bridge: who is let through, what is relayed, what a client is told. The client is castls/browser's own streams, over
// the WebSocket of the package ws.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { type WebSocketLike, webSocketStreams } from '../../src/adapters/web/web_socket_streams.ts';
import { BridgePolicy, type Request } from '../../src/cli/bridge_policy.ts';
import { clientConfig, peerVerifier, startTls, type TlsStreams } from '../../src/index.ts';
import { ca, cleanUp, later, within } from '../support/node_tls.ts';
import { castls, serve } from '../support/programs.ts';

test.after.each(cleanUp);

const token = 'correct.horse.battery.staple';
const identity = ['--cert', 'test/fixtures/server_p256.crt', '--key', 'test/fixtures/server_p256.key'];

async function served(): Promise<number> {
  return Number((await serve(...identity, '--echo')).port);
}

async function bridge(...args: string[]): Promise<{ url: string; log: () => string }> {
  const folder = mkdtempSync(join(tmpdir(), 'castls-bridge-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'token'), `${token}\n`);
  const command = await castls('bridge', '--port', '0', '--token-file', join(folder, 'token'), ...args);
  const [, url] = await command.printed(/^listening on (\S+)$/m);
  return { url, log: () => command.stderr };
}

/** A client through the bridge. */
function through(url: string, port: number, options: { token?: string; origin?: string } = {}): TlsStreams {
  const protocols = ['castls.bridge', `castls.token.${options.token ?? token}`];
  const socket = new WebSocket(`${url}?host=localhost&port=${port}`, protocols, { origin: options.origin });
  const config = clientConfig({ verifier: peerVerifier({ ca }) });
  return startTls(webSocketStreams(socket as unknown as WebSocketLike), { config, serverName: 'localhost' });
}

async function refusal(tls: TlsStreams): Promise<string> {
  try {
    await within('the refusal', tls.opened);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  throw new Error('it was not refused');
}

test('bytes go both ways, and the server’s answer comes whole', async () => {
  const port = await served();
  const { url, log } = await bridge('--allow', `localhost:${port}`, '--json');
  const tls = through(url, port);
  const sent = new Uint8Array(300_000).map((_, i) => i * 7);
  const writer = tls.writable.getWriter();
  const written = writer.write(sent).then(() => writer.close());
  const chunks: Uint8Array[] = [];
  const reader = tls.readable.getReader();
  for (let next = await within('data', reader.read()); !next.done; next = await within('data', reader.read()))
    chunks.push(next.value);
  await within('the write', written);
  assert.equal(Buffer.concat(chunks), Buffer.from(sent));
  await within('the end', tls.closed);
  for (let i = 0; i < 100 && !log().includes('received'); i++) await new Promise(done => setTimeout(done, 20));
  assert.match(log(), /"received":3\d{5}/);
  assert.not.match(log(), new RegExp(token));
});

test('a wrong token, another target and a foreign origin are refused by name', async () => {
  const port = await served();
  const { url } = await bridge('--allow', `localhost:${port}`, '--origin', 'https://app.example');
  assert.match(
    await refusal(through(url, port, { token: 'not.the.token.at.all' })),
    /ERR_CONNECTION_CLOSED.*1008.*token/,
  );
  const other = await refusal(through(url, port + 1));
  assert.match(other, /ERR_CONNECTION_CLOSED.*1008.*target is not allowed/);
  assert.match(await refusal(through(url, port, { origin: 'https://evil.example' })), /1008.*origin/);
  const allowed = through(url, port, { origin: 'https://app.example' });
  await within('the handshake', allowed.opened);
  await allowed.writable.abort();
});

test('a target that nobody listens on, and a bridge that is not there, have their own words', async () => {
  const { url } = await bridge('--allow', 'localhost:1');
  assert.match(await refusal(through(url, 1)), /ERR_CONNECTION_CLOSED: the bridge failed.*1011.*ECONNREFUSED/);
  assert.match(await refusal(through('ws://127.0.0.1:9', 1)), /ERR_CONNECTION_CLOSED.*1006/);
});

test('a connection ends when its bytes are used up', async () => {
  const port = await served();
  const { url } = await bridge('--allow', `localhost:${port}`, '--max-bytes', '100000');
  const tls = through(url, port);
  const writer = tls.writable.getWriter();
  writer.write(new Uint8Array(200_000)).catch(() => {});
  const ended = tls.closed.then(
    () => 'ended',
    (error: Error) => error.message,
  );
  const reason = await within('the end', ended);
  assert.match(reason, /1008.*bytes of a connection are used up/);
});

test('without a token, or with a short one, there is no bridge', async () => {
  for (const args of [[], ['--token-file', 'test/fixtures/ca.crt']]) {
    const command = await castls('bridge', '--port', '0', '--allow', 'localhost:1', ...args);
    const { code, stderr } = await command.finished();
    assert.is(code, 1);
    assert.match(stderr, /^castls: ERR_INVALID_ARGUMENT: .*token/);
  }
});

test('the policy counts attempts, connections and clients', () => {
  let now = 0;
  const limits = { connections: 3, connectionsOfClient: 2, rate: 4, seconds: 1, idleSeconds: 1, bytes: 1 };
  const policy = new BridgePolicy(['Example.com:443', '[::1]:*'], token, [], limits, () => now);
  const request = (changes: Partial<Request>): Request => ({
    from: 'a',
    origin: undefined,
    token,
    host: 'example.com',
    port: '443',
    ...changes,
  });
  assert.equal(policy.admit(request({})), { host: 'example.com', port: 443 });
  assert.equal(policy.admit(request({ host: '::1', port: '8443' })), { host: '::1', port: 8443 });
  assert.match(JSON.stringify(policy.admit(request({ host: '::1', port: '0x50' }))), /1008|port/);
  const ends = [policy.begin('a'), policy.begin('a')];
  assert.match(JSON.stringify(policy.admit(request({}))), /1013.*too many connections: /);
  assert.match(JSON.stringify(policy.admit(request({}))), /1013.*a minute/);
  now += 61_000;
  for (const end of ends) end();
  assert.equal(policy.admit(request({})), { host: 'example.com', port: 443 });
  for (const bad of ['example.com', 'a:b', '*:443', 'a:99999', 'http://a:1'])
    assert.throws(() => new BridgePolicy([bad], token, [], limits), /--allow/);
});

test.run();
