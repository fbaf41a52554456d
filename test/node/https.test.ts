// castls/https against node:https, both ways: requests, keep-alive, sessions, servers.

import type * as http from 'node:http';
import * as nodeHttps from 'node:https';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as ownHttps from '../../src/https.ts';
import { TLSSocket } from '../../src/node.ts';
import { ca, cleanUp, client, event, keyPair, later, listening, own, readAll, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

type Https = typeof nodeHttps;
const castls = ownHttps as unknown as Https;
const nameOf = (which: Https): string => (which === castls ? 'castls/https' : 'node:https');
const credentials = keyPair('server_p256');

interface Answer {
  readonly text: string;
  readonly socket: unknown;
}

function get(https: Https, options: nodeHttps.RequestOptions): Promise<Answer> {
  const done = new Promise<Answer>((resolve, reject) => {
    const sent = https.get({ host: '127.0.0.1', ca, servername: 'example.test', ...options }, async response => {
      const { socket } = response;
      resolve({ socket, text: String(await readAll(response as unknown as Duplex)) });
    });
    sent.on('error', reject);
  });
  return within('answer', done);
}

async function serve(https: Https, options: nodeHttps.ServerOptions = {}, answer?: http.RequestListener) {
  const server = https.createServer(
    { ...credentials, ...options },
    answer ?? ((request, response) => response.end(request.url)),
  );
  const port = await listening(server);
  later(() => server.closeAllConnections());
  return { server, port };
}

for (const [clients, servers] of [
  [castls, nodeHttps],
  [nodeHttps, castls],
  [castls, castls],
] as const) {
  const between = `${nameOf(clients)} to ${nameOf(servers)}`;

  test(`${between}: keep-alive keeps one connection, which is a session's next time`, async () => {
    const connections: unknown[] = [];
    const { server, port } = await serve(servers);
    server.on('secureConnection', socket => connections.push(socket));
    const agent = new clients.Agent({ keepAlive: true });
    later(() => agent.destroy());
    for (const path of ['/a', '/b']) assert.is((await get(clients, { port, agent, path })).text, path);
    assert.is(connections.length, 1);
    agent.destroy();
    const again = await get(clients, { port, agent, path: '/c' });
    assert.is((again.socket as TLSSocket).isSessionReused(), true);
    assert.is(connections.length, 2);
  });

  test(`${between}: Expect, upgrade and a request that is no HTTP`, async () => {
    const { server, port } = await serve(servers);
    server.on('checkContinue', (_request, response) => response.end('expected'));
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nraw'),
    );
    const expected = clients.request({
      host: '127.0.0.1',
      port,
      ca,
      servername: 'example.test',
      headers: { expect: '100-continue' },
    });
    expected.end();
    const answer = await event<http.IncomingMessage>(expected, 'response');
    assert.is(String(await readAll(answer as unknown as Duplex)), 'expected');
    const upgrade = clients.get({
      host: '127.0.0.1',
      port,
      ca,
      servername: 'example.test',
      headers: { connection: 'upgrade', upgrade: 'x' },
    });
    await event(upgrade, 'upgrade');
    const failed = event<NodeJS.ErrnoException>(server, 'clientError');
    server.on('clientError', (_error, socket) => socket.destroy());
    const socket = client(own, port);
    socket.on('error', () => {});
    socket.write('no http\r\n\r\n');
    assert.match((await failed).code ?? '', /HPE_/);
  });
}

test('the sockets of both ends are castls, and encrypted', async () => {
  let seen: unknown;
  const { port } = await serve(castls, {}, (request, response) => {
    seen = request.socket;
    response.end();
  });
  const { socket } = await get(castls, { port });
  assert.instance(socket, TLSSocket);
  assert.instance(seen, TLSSocket);
});

test('a certificate of another CA is the "error" of the request, in node\'s words; tlsClientError is clientError', async () => {
  const { server, port } = await serve(castls);
  const seen = event<NodeJS.ErrnoException>(server, 'clientError');
  try {
    await get(castls, { port, ca: undefined, agent: new castls.Agent() });
    assert.unreachable('it was accepted');
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  }
  assert.is((await seen).code, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA');
});

test('close() ends idle connections and calls back', async () => {
  const { server, port } = await serve(castls);
  const agent = new castls.Agent({ keepAlive: true });
  later(() => agent.destroy());
  await get(castls, { port, agent });
  await within('close', new Promise(resolve => server.close(resolve)));
});

test("names of the agent are node's: a session of one set of options is not another's", () => {
  const mine = new castls.Agent();
  const theirs = new nodeHttps.Agent();
  for (const options of [
    {},
    { host: 'a', port: 1, localAddress: 'b' },
    { host: 'a', servername: 'a', rejectUnauthorized: false, ciphers: 'x' },
    {
      servername: 'b',
      ca: 'ca',
      cert: 'cert',
      key: 'key',
      minVersion: 'TLSv1.3',
      secureOptions: 0,
      honorCipherOrder: false,
    },
  ]) {
    assert.is(mine.getName(options as never), theirs.getName(options as never));
  }
});

test('the session cache is bounded', () => {
  const agent = new castls.Agent({ maxCachedSessions: 1 }) as unknown as ownHttps.Agent;
  agent._cacheSession('a', Buffer.of(1));
  agent._cacheSession('b', Buffer.of(2));
  assert.is(agent._getSession('a'), undefined);
  assert.equal(agent._getSession('b'), Buffer.of(2));
  agent._evictSession('b');
  assert.is(agent._getSession('b'), undefined);
});

test('requests by URL, as text and as an object; agents are of https: and port 443', async () => {
  const { port } = await serve(castls);
  const form = { ca, servername: 'example.test', agent: false } as const;
  for (const url of [`https://127.0.0.1:${port}/text`, new URL(`https://127.0.0.1:${port}/object`)]) {
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const sent = ownHttps.get(url as string, form, response => resolve(response.resume().statusCode));
      sent.on('error', reject);
    });
    assert.is(await within('answer', answered), 200);
  }
  for (const agent of [ownHttps.globalAgent, new ownHttps.Agent()] as unknown as Record<string, unknown>[]) {
    assert.equal([agent['protocol'], agent['defaultPort']], ['https:', 443]);
  }
});

/** Records that fit in a TCP segment among those that bring a body of 100 KiB: the answer of the server at `port`. */
async function shortRecords(port: number): Promise<number> {
  const parts: Buffer[] = [];
  const way = net.createServer(socket => {
    const onward = net.connect(port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => onward.destroy());
    socket.pipe(onward.on('data', part => parts.push(part)).on('error', () => {})).pipe(socket);
  });
  const { text } = await get(nodeHttps, { port: await listening(way), agent: false, maxVersion: 'TLSv1.2' });
  assert.is(text.length, 100 * 1024);
  const bytes = Buffer.concat(parts);
  let count = 0;
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    if (bytes[at] === 23 && bytes.readUInt16BE(at + 3) <= 1400 - 5) count++;
  }
  return count;
}

test('the first ten records of an answer fit in TCP segments, unless dynamicRecordSizing is false', async () => {
  const answer: http.RequestListener = (_request, response) => response.end(Buffer.alloc(100 * 1024));
  for (const [given, expected] of [
    [undefined, 10],
    [null, 10],
    // The head is a record of its own.
    [false, 1],
  ] as const) {
    const { port } = await serve(castls, { dynamicRecordSizing: given } as object, answer);
    assert.is(await shortRecords(port), expected, `${given}`);
  }
});

test('callable without new; every name of node:https', () => {
  const { Agent, Server } = ownHttps as unknown as { Agent: (o?: object) => unknown; Server: (o: object) => unknown };
  assert.instance(Agent({}), ownHttps.Agent);
  assert.instance(Server(credentials), ownHttps.Server);
  for (const name of Object.keys(nodeHttps)) if (name !== 'default') assert.ok(name in ownHttps, name);
});

test.run();
