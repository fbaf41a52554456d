// Real packages over castls: http, https and http2 of Node, undici, ws, and pg with a real PostgreSQL.

import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { Client, fetch } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket, WebSocketServer } from 'ws';
import * as castls from '../../src/node.ts';
import {
  ca,
  cleanUp,
  event,
  keyPair,
  later,
  listen,
  listening,
  node,
  own,
  readAll,
  within,
} from '../support/node_tls.ts';
import { postgresFolder, startPostgres } from '../support/postgres.ts';

test.after.each(cleanUp);

const BODY = 'x'.repeat(300_000);

/** An HTTP server over castls. */
async function httpServer(handler: http.RequestListener): Promise<number> {
  const plain = http.createServer(handler);
  later(() => plain.closeAllConnections());
  const { port } = await listen(own, { ALPNProtocols: ['http/1.1'] }, socket => plain.emit('connection', socket));
  return port;
}

const echo: http.RequestListener = async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  response.setHeader('x-encrypted', String((request.socket as { encrypted?: boolean }).encrypted));
  response.end(Buffer.concat(chunks).toString() || request.url);
};

/** https.Agent over castls: it brings keys of its own in its options. */
function agent(options: https.AgentOptions = {}): https.Agent {
  const made = new https.Agent({ ca, servername: 'example.test', ...options });
  later(() => made.destroy());
  (made as unknown as { createConnection: unknown }).createConnection = (own: castls.ConnectOptions) =>
    castls.connect(own);
  return made;
}

interface Answer {
  readonly text: string;
  readonly response: http.IncomingMessage;
  readonly socket: Duplex;
}

function request(options: https.RequestOptions, body?: string): Promise<Answer> {
  const done = new Promise<Answer>((resolve, reject) => {
    const sent = https.request({ host: '127.0.0.1', ...options }, async response => {
      const { socket } = response;
      resolve({ text: String(await readAll(response as unknown as Duplex)), response, socket });
    });
    sent.on('error', reject);
    sent.end(body);
  });
  return within('response', done);
}

test('https.Agent over castls, to https.Server of Node: keep-alive, large bodies', async () => {
  const server = https.createServer({ ...keyPair('server_p256') }, echo);
  const port = await listening(server);
  later(() => server.closeAllConnections());
  const keepAlive = agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 3; i++) {
    const { text, socket } = await request({ port, agent: keepAlive, method: 'POST' }, BODY);
    assert.is(text, BODY);
    assert.instance(socket, castls.TLSSocket);
  }
  const { text } = await request({ port, agent: agent(), path: '/once' });
  assert.is(text, '/once');
});

test('https.Agent over castls refuses a certificate of another CA', async () => {
  const server = https.createServer({ ...keyPair('server_p256') }, echo);
  const port = await listening(server);
  const failed = request({ port, agent: agent({ ca: [] }) }).then(
    () => assert.unreachable(),
    error => error.code,
  );
  assert.is(await failed, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('http.Server over castls, to https of Node: many requests on a connection', async () => {
  const port = await httpServer(echo);
  const keepAlive = new https.Agent({ ca, servername: 'example.test', keepAlive: true, maxSockets: 1 });
  later(() => keepAlive.destroy());
  for (let i = 0; i < 3; i++) {
    const { text, response } = await request({ port, agent: keepAlive, method: 'POST' }, BODY);
    assert.is(text, BODY);
    assert.is(response.headers['x-encrypted'], 'true');
  }
});

test('http2 over castls at both ends, by ALPN', async () => {
  const h2 = http2.createServer((request, response) => {
    response.end(`${request.method} ${request.url} ${(request.socket as { alpnProtocol?: string }).alpnProtocol}`);
  });
  const { port } = await listen(own, { ALPNProtocols: ['h2'] }, socket => h2.emit('connection', socket));
  const ownClient = http2.connect('https://example.test', {
    createConnection: () =>
      castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ALPNProtocols: ['h2'] }),
  });
  const nodeClient = http2.connect(`https://example.test:${port}`, { ca, lookup: toLocalhost } as object);
  for (const session of [ownClient, nodeClient]) {
    later(() => session.destroy());
    const stream = session.request({ ':path': '/two' });
    assert.match(String(await readAll(stream)), /^GET \/two/);
    session.close();
  }
});

test('http2 over castls to http2.createSecureServer of Node', async () => {
  const server = http2.createSecureServer(keyPair('server_rsa'), (_, response) => response.end(BODY));
  const port = await listening(server as unknown as import('node:net').Server);
  const socket = castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ALPNProtocols: ['h2'] });
  await event(socket, 'secureConnect');
  const session = http2.connect('https://example.test', { createConnection: () => socket });
  later(() => session.destroy());
  assert.is(String(await readAll(session.request({ ':path': '/' }))), BODY);
});

const toLocalhost = (_name: string, options: { all?: boolean }, callback: (...values: unknown[]) => void) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);

test('undici over castls by a connector, to castls and to Node', async () => {
  const server = https.createServer({ ...keyPair('server_p256') }, echo);
  const ports = [await httpServer(echo), await listening(server)];
  later(() => server.closeAllConnections());
  for (const port of ports) {
    const client = new Client(`https://example.test:${port}`, {
      connect: ({ port }, callback) => {
        const socket = castls.connect({ port: Number(port), host: '127.0.0.1', servername: 'example.test', ca });
        socket
          .once('secureConnect', () => callback(null, socket as never))
          .once('error', error => callback(error, null));
      },
    });
    later(() => void client.destroy());
    const response = await within(
      'undici',
      fetch(`https://example.test:${port}/`, { dispatcher: client, method: 'POST', body: BODY }),
    );
    assert.is(await within('body', response.text()), BODY);
  }
});

test('ws over castls at either end', async () => {
  for (const [clientTls, serverTls] of [
    [own, node],
    [node, own],
    [own, own],
  ]) {
    const plain = http.createServer();
    const sockets = new WebSocketServer({ server: plain });
    sockets.on('connection', socket =>
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    later(() => sockets.close());
    const { port } = await listen(serverTls, {}, socket => plain.emit('connection', socket));
    const client = new WebSocket(`wss://example.test:${port}`, {
      createConnection: () => clientTls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca }),
    } as object);
    later(() => client.terminate());
    await event(client, 'open');
    const message = event<Buffer>(client, 'message');
    client.send(BODY);
    assert.is(String(await message), BODY);
    client.close();
    await event(client, 'close');
  }
});

const bin = postgresFolder();
if (bin === null && process.env['CASTLS_REQUIRE_PEERS'] === '1') throw new Error('PostgreSQL is missing');
if (bin === null) console.log('SKIPPED pg over castls: there is no PostgreSQL in /usr/lib/postgresql');
else {
  test('pg over castls by its stream option: SSLRequest, queries, client certificates, wrong names', async () => {
    const postgres = await startPostgres(bin);
    try {
      const over = (options: castls.TLSSocketOptions) =>
        new pg.Client({
          host: '127.0.0.1',
          port: postgres.port,
          user: 'castls',
          database: 'postgres',
          stream: () => new castls.TLSSocket(null, { starttls: 'postgres', ca, ...options }) as never,
        });
      for (const options of [{}, keyPair('client_p256')]) {
        const client = over({ servername: 'example.test', ...options });
        await within('pg', client.connect());
        const { rows } = await within(
          'query',
          client.query(
            'select version, cipher, client_dn, length($1::text) as length from pg_stat_ssl where pid = pg_backend_pid()',
            [BODY],
          ),
        );
        assert.is(rows[0].version, 'TLSv1.3');
        assert.is(rows[0].length, BODY.length);
        assert.is(rows[0].client_dn !== null, 'cert' in options);
        await within('end', client.end());
      }
      const wrong = over({ servername: 'other.test' });
      wrong.on('error', () => {});
      const code = await within(
        'refusal',
        wrong.connect().then(
          () => 'none',
          error => error.code,
        ),
      );
      assert.is(code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    } finally {
      await postgres.stop();
    }
  });
}

test.run();
