// castls bridge: who is let through, what is relayed, what a client is told. The client is castls/browser's own streams, over
// the WebSocket of the package ws.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { type WebSocketLike, webSocketStreams } from '../../src/adapters/web/web_socket_streams.ts';
import { closeCodes } from '../../src/cli/bridge_codes.ts';
import { BridgePolicy, type Request } from '../../src/cli/bridge_policy.ts';
import { clientConfig, peerVerifier, startTls, type TlsStreams } from '../../src/index.ts';
import { ca, cleanUp, later, listening, within } from '../support/node_tls.ts';
import { castls, type Running, serve } from '../support/programs.ts';

test.after.each(cleanUp);

const token = 'correct.horse.battery.staple';
const identity = ['--cert', 'test/fixtures/server_p256.crt', '--key', 'test/fixtures/server_p256.key'];

async function served(): Promise<number> {
  return Number((await serve(...identity, '--echo')).port);
}

async function bridge(...args: string[]): Promise<{ url: string; log: () => string; command: Running }> {
  const folder = mkdtempSync(join(tmpdir(), 'castls-bridge-'));
  later(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'token'), `${token}\n`);
  const command = await castls('bridge', '--port', '0', '--token-file', join(folder, 'token'), ...args);
  const [, url] = await command.printed(/^listening on (\S+)$/m);
  return { url, log: () => command.stderr, command };
}

function webSocket(url: string, port: number, options: { token?: string; origin?: string } = {}): WebSocket {
  const protocols = ['castls.bridge', `castls.token.${options.token ?? token}`];
  return new WebSocket(`${url}?host=localhost&port=${port}`, protocols, { origin: options.origin });
}

/** A client through the bridge. */
function through(url: string, port: number, options: { token?: string; origin?: string } = {}): TlsStreams {
  const socket = webSocket(url, port, options);
  const config = clientConfig({ verifier: peerVerifier({ ca }) });
  return startTls(webSocketStreams(asTheyAre(socket)), { config, serverName: 'localhost' });
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
    /^ERR_BRIDGE_REFUSED: .*option token.*--token-file.*4401: the token is missing or wrong/,
  );
  const other = await refusal(through(url, port + 1));
  assert.match(other, /^ERR_BRIDGE_REFUSED: .*--allow.*4404: this target is not allowed/);
  const stranger = through(url, port, { origin: 'https://evil.example' });
  assert.match(await refusal(stranger), /^ERR_BRIDGE_REFUSED: .*--origin.*4403: this origin is not allowed/);
  const allowed = through(url, port, { origin: 'https://app.example' });
  await within('the handshake', allowed.opened);
  await allowed.writable.abort();
});

test('a target that nobody listens on, and a bridge that is not there, have their own words', async () => {
  const { url } = await bridge('--allow', 'localhost:1');
  assert.match(await refusal(through(url, 1)), /^ERR_TARGET_UNREACHABLE: .*4502: ECONNREFUSED/);
  assert.match(await refusal(through('ws://127.0.0.1:9', 1)), /^ERR_CONNECTION_CLOSED: .*does somebody listen.*1006/);
});

test('a client that is one too many, or comes too often, is told to come back', async () => {
  const port = await served();
  const { url } = await bridge('--allow', `localhost:${port}`, '--max-connections', '1', '--max-per-minute', '3');
  const first = through(url, port);
  await within('the handshake', first.opened);
  assert.match(await refusal(through(url, port)), /^ERR_BRIDGE_LIMIT: .*later.*--max-connections.*4429: too many/);
  await first.writable.abort();
  await refusal(through(url, port, { token: 'not.the.token.at.all' }));
  assert.match(await refusal(through(url, port)), /^ERR_BRIDGE_LIMIT: .*--max-per-minute.*4429: .*a minute/);
});

test('a connection ends when its time is over, or nothing comes, or its server breaks', async () => {
  const silent = createServer(socket => later(() => socket.destroy()));
  const port = await listening(silent);
  const breaking = createServer(socket => socket.once('data', () => socket.resetAndDestroy()));
  const other = await listening(breaking);
  later(() => {
    silent.close();
    breaking.close();
  });
  const rows: [string, number, RegExp][] = [
    ['--max-seconds', port, /^ERR_BRIDGE_LIMIT: .*--max-seconds.*4408: the time of a connection is over/],
    ['--idle-seconds', port, /^ERR_BRIDGE_LIMIT: .*--idle-seconds.*4408: nothing came for too long/],
    ['--max-seconds', other, /^ERR_CONNECTION_CLOSED: .*from the bridge to the server broke.*4500: ECONNRESET/],
  ];
  for (const [flag, target, words] of rows) {
    const { url } = await bridge('--allow', `localhost:${target}`, flag, '1');
    assert.match(await refusal(through(url, target)), words);
  }
});

test('a bridge that ends says so, and one that is killed is known by its silence', async () => {
  for (const [signal, words] of [
    ['SIGTERM', /^ERR_CONNECTION_CLOSED: the relay ends or restarts .*1012: the bridge ends/],
    ['SIGKILL', /^ERR_CONNECTION_CLOSED: the WebSocket broke.*1006/],
  ] as const) {
    const port = await served();
    const { url, command } = await bridge('--allow', `localhost:${port}`);
    const tls = through(url, port);
    await within('the handshake', tls.opened);
    const reader = tls.readable.getReader();
    const ended = reader.read().then(
      () => 'read',
      ({ code, message }) => `${code}: ${message}`,
    );
    command.child.kill(signal);
    assert.match(await within('the end', ended), words);
  }
});

/** TypeScript takes the WebSockets of the DOM and of ws as they are. */
const asTheyAre = (socket: globalThis.WebSocket | WebSocket): WebSocketLike => socket;

/** A WebSocket that does what a test says. */
class ScriptedSocket implements WebSocketLike {
  readonly readyState = 1;
  readonly protocol: string;
  readonly #listeners: Record<string, ((event: never) => void)[]> = {};

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    (this.#listeners[type] ??= []).push(listener);
  }

  emit(type: string, event: object): void {
    for (const listener of this.#listeners[type] ?? []) listener(event as never);
  }

  send(): void {}
  close(): void {}
}

/** What a reader gets of a WebSocket that closed with a code: null for an end. */
async function closedWith(code: number, protocol: string): Promise<string | null> {
  const socket = new ScriptedSocket(protocol);
  const { readable } = webSocketStreams(socket);
  socket.emit('close', { code, reason: 'why' });
  const read = readable.getReader().read();
  return within('the end', read).then(
    ({ done }) => (done ? null : 'data'),
    error => `${error.code}: ${error.message}`,
  );
}

test('every close code of the bridge has an error of its own, which is no other relay’s', async () => {
  const own: readonly number[] = Object.values(closeCodes).filter(code => code >= 4000);
  const words = new Set<string>();
  for (const code of [...own, 1002, 1006, 1008, 1011, 1012, 1013, 3000, 4400, 4999]) {
    const [bridges, others] = [await closedWith(code, 'castls.bridge'), await closedWith(code, 'another')];
    assert.match(others ?? '', new RegExp(`^ERR_CONNECTION_CLOSED: .*\\(WebSocket close code ${code}: why\\)$`));
    assert.is(bridges !== others, own.includes(code), `${code}: ${bridges}`);
    if (own.includes(code)) words.add(`${bridges}`.replace(/ \(WebSocket.*/, ''));
  }
  assert.is(words.size, own.length, 'no two say the same');
  for (const code of [1000, 1001, 1005]) assert.is(await closedWith(code, 'castls.bridge'), null, `${code}`);
});

test('what came before a failure is read before it', async () => {
  const socket = new ScriptedSocket('castls.bridge');
  const { readable } = webSocketStreams(socket);
  for (const byte of [1, 2, 3]) socket.emit('message', { data: Uint8Array.of(byte) });
  socket.emit('close', { code: 4413, reason: 'the bytes of a connection are used up' });
  const reader = readable.getReader();
  for (const byte of [1, 2, 3]) assert.equal((await within('data', reader.read())).value, Uint8Array.of(byte));
  const failure = await within(
    'the failure',
    reader.read().catch(error => error.code),
  );
  assert.is(failure, 'ERR_BRIDGE_LIMIT');
});

test('what a failing client said last reaches a server that still sends', async () => {
  const got: Buffer[] = [];
  const over = new Promise<void>((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      later(() => socket.destroy());
      socket.on('error', reject);
      const flood = setInterval(() => socket.write(Buffer.alloc(64 * 1024)), 1);
      later(() => clearInterval(flood));
      socket.pause();
      socket.on('data', data => got.push(data));
      socket.on('end', () => {
        clearInterval(flood);
        socket.end();
        resolve();
      });
      setTimeout(() => socket.resume(), 300);
    });
    later(() => server.close());
    listening(server).then(async port => {
      const { url } = await bridge('--allow', `localhost:${port}`);
      const { readable, writable } = webSocketStreams(asTheyAre(webSocket(url, port)));
      const writer = writable.getWriter();
      await writer.write(Buffer.from('an alert'));
      await readable.getReader().cancel();
    }, reject);
  });
  await within('the end', over);
  assert.is(Buffer.concat(got).toString(), 'an alert');
});

test('a server that ended first and reads slowly gets all of it', async () => {
  const length = 8 * 1024 * 1024 + 20 * 1000;
  let got = 0;
  const over = new Promise<void>((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, socket => {
      later(() => socket.destroy());
      socket.on('error', reject);
      socket.end('done');
      socket.pause();
      socket.on('data', data => {
        got += data.length;
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
      socket.on('end', resolve);
      setTimeout(() => socket.resume(), 300);
    });
    later(() => server.close());
    listening(server).then(async port => {
      const { url } = await bridge('--allow', `localhost:${port}`);
      const { writable } = webSocketStreams(asTheyAre(webSocket(url, port)));
      const writer = writable.getWriter();
      for (let i = 0; i < 128; i++) await writer.write(new Uint8Array(65_536));
      // Less than what makes the bridge wait.
      for (let i = 0; i < 20; i++) await writer.write(new Uint8Array(1000));
      await writer.close();
    }, reject);
  });
  await within('the end', over);
  assert.is(got, length);
});

test('a connection ends when its bytes are used up', async () => {
  const port = await served();
  const { url } = await bridge('--allow', `localhost:${port}`, '--max-bytes', '100000');
  const tls = through(url, port);
  const writer = tls.writable.getWriter();
  writer.write(new Uint8Array(200_000)).catch(() => {});
  const ended = tls.closed.then(
    () => 'ended',
    ({ code, message }) => `${code}: ${message}`,
  );
  const reason = await within('the end', ended);
  assert.match(reason, /^ERR_BRIDGE_LIMIT: .*--max-bytes.*4413: the bytes of a connection are used up/);
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
  assert.match(JSON.stringify(policy.admit(request({ host: '::1', port: '0x50' }))), /4404|port/);
  const ends = [policy.begin('a'), policy.begin('a')];
  assert.match(JSON.stringify(policy.admit(request({}))), /4429.*too many connections: /);
  assert.match(JSON.stringify(policy.admit(request({}))), /4429.*a minute/);
  now += 61_000;
  for (const end of ends) end();
  assert.equal(policy.admit(request({})), { host: 'example.com', port: 443 });
  for (const bad of ['example.com', 'a:b', '*:443', 'a:99999', 'http://a:1'])
    assert.throws(() => new BridgePolicy([bad], token, [], limits), /--allow/);
});

test.run();
