// Packages over castls with real servers of Debian: ioredis with Redis; got, axios, undici 6 and 7 and node:http2 with nginx;
// and node:http2 as a server over castls.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { got } from 'got';
import { Redis } from 'ioredis';
import * as undici7 from 'undici';
import * as undici6 from 'undici6';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/node.ts';
import {
  accepting,
  ca,
  cleanUp,
  event,
  fixture,
  freePort,
  later,
  listen,
  own,
  pause,
  readAll,
  within,
} from '../support/node_tls.ts';

test.after.each(cleanUp);

const BODY = 'y'.repeat(200_000);

/** A program that serves until the test is over, in a folder of its own with certificate and key. */
async function serve(program: string, args: (folder: string, port: number) => readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'castls-server-'));
  writeFileSync(join(folder, 'cert.pem'), fixture('server_p256.crt'));
  writeFileSync(join(folder, 'key.pem'), fixture('server_p256.key'));
  writeFileSync(join(folder, 'ca.pem'), ca);
  const port = await freePort();
  const child = spawn(program, args(folder, port), { cwd: folder, stdio: 'ignore' });
  later(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await accepting(port);
  return port;
}

const nginx = () =>
  serve('/usr/sbin/nginx', (folder, port) => {
    writeFileSync(join(folder, 'body.txt'), BODY);
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/log;
events {}
http {
  access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server {
    listen 127.0.0.1:${port} ssl http2; root ${folder};
    ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;
  }
}`,
    );
    return ['-p', folder, '-c', join(folder, 'nginx.conf')];
  });

/** Runs `body` if the program is there. */
function withPeer(program: string, name: string, body: () => Promise<void>): void {
  if (existsSync(program)) test(name, body);
  else if (process.env['CASTLS_REQUIRE_PEERS'] === '1') throw new Error(`${program} is missing`);
  else console.log(`SKIPPED ${name}: there is no ${program}`);
}

/** https.Agent over castls. */
function agent(): https.Agent {
  const made = new https.Agent({ ca, servername: 'example.test', keepAlive: true });
  later(() => made.destroy());
  (made as unknown as { createConnection: unknown }).createConnection = (options: castls.ConnectOptions) =>
    castls.connect(options);
  return made;
}

withPeer('/usr/sbin/nginx', 'got and axios over castls, with nginx', async () => {
  const port = await nginx();
  const url = `https://127.0.0.1:${port}/body.txt`;
  for (let i = 0; i < 2; i++) {
    assert.is(await within('got', got(url, { agent: { https: agent() }, retry: { limit: 0 } }).text()), BODY);
    const { data } = await within('axios', axios.get(url, { httpsAgent: agent(), responseType: 'text', proxy: false }));
    assert.is(data, BODY);
  }
});

withPeer('/usr/sbin/nginx', 'undici 6 and 7 over castls, with nginx', async () => {
  const port = await nginx();
  type Callback = (error: Error | null, socket: unknown) => void;
  // As undici's own connector: its options have nulls.
  const connect = (given: object, callback: Callback): void => {
    const { hostname } = given as { hostname: string };
    const options = {
      port,
      host: hostname,
      servername: 'example.test',
      ca,
      session: null,
      ALPNProtocols: ['http/1.1'],
    };
    const socket = castls.connect(options as unknown as castls.ConnectOptions, () => callback(null, socket));
    socket.on('error', error => callback(error, null));
  };
  for (const { Client } of [undici6 as unknown as typeof undici7, undici7]) {
    const client = new Client(`https://127.0.0.1:${port}`, { connect: connect as never, pipelining: 4 });
    const bodies = await Promise.all(
      [1, 2, 3].map(async () => {
        const { body } = await within('undici', client.request({ path: '/body.txt', method: 'GET' }));
        return body.text();
      }),
    );
    assert.equal(bodies, [BODY, BODY, BODY]);
    await client.close();
  }
});

withPeer('/usr/sbin/nginx', 'a client of node:http2 over castls, with nginx', async () => {
  const port = await nginx();
  const socket = castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ALPNProtocols: ['h2'] });
  await event(socket, 'secureConnect');
  const session = http2.connect(`https://127.0.0.1:${port}`, { createConnection: () => socket as never });
  later(() => session.destroy());
  const stream = session.request({ ':path': '/body.txt' });
  assert.is(String(await readAll(stream)), BODY);
  assert.is(session.alpnProtocol, 'h2');
  assert.is(session.encrypted, true);
  const closed = event(session, 'close');
  session.close();
  await closed;
});

withPeer('/usr/bin/redis-server', 'ioredis over castls, with Redis: commands, pipelines, an orderly end', async () => {
  const port = await serve('/usr/bin/redis-server', (_folder, on) => [
    ...['--port', '0', '--tls-port', String(on), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    ...[
      '--tls-cert-file',
      'cert.pem',
      '--tls-key-file',
      'key.pem',
      '--tls-ca-cert-file',
      'ca.pem',
      '--tls-auth-clients',
      'no',
    ],
  ]);
  const problems: Error[] = [];
  class Connector {
    connecting = false;
    #socket: castls.TLSSocket | null = null;
    check(): boolean {
      return true;
    }
    connect(): Promise<castls.TLSSocket> {
      this.connecting = true;
      this.#socket = castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca });
      return Promise.resolve(this.#socket);
    }
    disconnect(): void {
      this.connecting = false;
      this.#socket?.end();
    }
  }
  const redis = new Redis({ Connector: Connector as never, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', error => problems.push(error));
  await within('connect', redis.connect());
  await within('set', redis.set('castls', BODY));
  assert.is(await within('get', redis.get('castls')), BODY);
  const pipeline = redis.pipeline();
  for (let i = 0; i < 500; i++) pipeline.incr('n');
  const answers = await within('pipeline', pipeline.exec());
  assert.equal(answers?.at(-1), [null, 500]);
  const ended = event(redis, 'end');
  await within('quit', redis.quit());
  await ended;
  assert.equal(problems, []);
});

test('node:http2 as a server over castls knows its peer, and an ordinary close is no error', async () => {
  const h2 = http2.createServer((request, response) => response.end(request.url));
  const seen: unknown[] = [];
  h2.on('session', ({ encrypted, alpnProtocol, socket }) => {
    const { remoteAddress, getPeerCertificate } = socket as unknown as castls.TLSSocket;
    seen.push(encrypted, alpnProtocol, remoteAddress, typeof getPeerCertificate);
  });
  h2.on('sessionError', error => seen.push(error));
  const { port, failures } = await listen(own, { ALPNProtocols: ['h2'] }, socket => h2.emit('connection', socket));
  const client = http2.connect(`https://example.test:${port}`, {
    createConnection: () =>
      castls.connect({ port, host: '127.0.0.1', servername: 'example.test', ca, ALPNProtocols: ['h2'] }) as never,
  });
  later(() => client.destroy());
  assert.is(String(await readAll(client.request({ ':path': '/x' }))), '/x');
  const closed = event(client, 'close');
  client.close();
  await closed;
  await pause(50);
  assert.equal(seen, [true, 'h2', '127.0.0.1', 'function']);
  assert.equal(failures, []);
});

test.run();
