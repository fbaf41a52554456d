// startTls over Web Streams: both roles in memory, against node:tls over a socket, backpressure, ends and failures.

import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { defaultCore } from '../../src/wasm/default_core.ts';
import { ca, cleanUp, event, keyPair, later, listen, node, within } from '../support/node_tls.ts';

test.after.each(cleanUp);

const serverIdentity = () => castls.credential(keyPair('server_p256'));
const clients = () => castls.clientConfig({ verifier: castls.peerVerifier({ ca }), alpn: ['x'] });

function pair(
  client = clients(),
  server = castls.serverConfig({ credentials: [serverIdentity()], alpn: ['x'] }),
  ofClient: Partial<castls.StartTlsOptions> = {},
  ofServer: Partial<castls.StartTlsOptions> = {},
) {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  return {
    client: castls.startTls(
      { readable: back.readable, writable: there.writable },
      { config: client, serverName: 'example.test', ...ofClient },
    ),
    server: castls.startTls({ readable: there.readable, writable: back.writable }, { config: server, ...ofServer }),
  };
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  const read = async () => {
    for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  };
  await within('the end of a stream', read());
  return Buffer.concat(chunks).toString();
}

async function writeAll(writable: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = writable.getWriter();
  await within('write', writer.write(Buffer.from(text)));
  await within('close', writer.close());
}

test('both roles in memory: opened, data both ways, an orderly end', async () => {
  const before = defaultCore().liveSlots;
  const { client, server } = pair();
  const info = await within('opened', client.opened);
  assert.is(info.protocolVersion, 'TLSv1.3');
  assert.is(info.alpn, 'x');
  assert.is((await server.opened).serverName, 'example.test');
  const body = 'castls '.repeat(50_000);
  const [atServer, atClient] = await Promise.all([
    readAll(server.readable),
    readAll(client.readable),
    writeAll(client.writable, body),
    writeAll(server.writable, 'and back'),
  ]);
  assert.is(atServer, body);
  assert.is(atClient, 'and back');
  await within('closed', Promise.all([client.closed, server.closed]));
  assert.ok(defaultCore().liveSlots <= before + 8);
});

test('to node:tls over a socket as Web Streams', async () => {
  const { port } = await listen(node, {}, socket => socket.pipe(socket));
  const tcp = connectTcp(port, '127.0.0.1');
  later(() => tcp.destroy());
  await event(tcp, 'connect');
  const streams = Duplex.toWeb(tcp) as castls.ByteStreams;
  const tls = castls.startTls(streams, {
    config: castls.clientConfig({ verifier: castls.peerVerifier({ ca }) }),
    serverName: 'example.test',
  });
  const [text] = await Promise.all([readAll(tls.readable), writeAll(tls.writable, 'over Web Streams')]);
  assert.is(text, 'over Web Streams');
  await within('closed', tls.closed);
});

test('early data is taken only where somebody gets it, and never among the rest', async () => {
  const options = { credentials: [serverIdentity()], alpn: ['x'], tickets: new castls.TicketKeys() };
  const taking = castls.serverConfig({ ...options, earlyData: { register: new castls.MemorySingleUseRegister() } });
  const chosen = castls.serverConfig({ ...options, selectConfig: async () => taking });
  const base = clients();
  const eager = { ...base, settings: (target: object) => base.settings({ ...target, earlyData: true }) };
  const early: string[] = [];
  const onEarlyData = (data: Uint8Array) => early.push(Buffer.from(data).toString());
  for (const server of [taking, chosen]) {
    let session: castls.Session | undefined;
    for (const options of [{ onEarlyData }, { onEarlyData }, {}]) {
      const ends = pair(eager, server, { session, onSession: kept => (session = kept) }, options);
      const sent = ends.client.connection.writeEarlyData(Buffer.from('early'));
      const info = await within('opened', ends.client.opened);
      const answer = sent === 0 ? 'none' : options.onEarlyData === undefined ? 'rejected' : 'accepted';
      assert.is(info.earlyData, answer);
      const [text] = await Promise.all([
        readAll(ends.server.readable),
        readAll(ends.client.readable),
        writeAll(ends.client.writable, 'data'),
        writeAll(ends.server.writable, ''),
      ]);
      assert.is(text, 'data');
    }
  }
  assert.equal(early, ['early', 'early']);
});

test('a reader that stops stops the peer', async () => {
  const { client, server } = pair();
  await client.opened;
  const writer = server.writable.getWriter();
  let written = 0;
  let blocked = false;
  const flood = (async () => {
    while (!blocked) {
      await writer.write(new Uint8Array(65536));
      written += 65536;
    }
  })();
  flood.catch(() => {});
  await new Promise(done => setTimeout(done, 200));
  const held = written;
  await new Promise(done => setTimeout(done, 100));
  assert.is(written, held);
  assert.ok(held < 4 * 1024 * 1024);
  blocked = true;
  await client.readable.cancel();
});

test('a name that is wrong: opened and closed reject, the peer learns why', async () => {
  const wrong = castls.startTls;
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const client = wrong(
    { readable: back.readable, writable: there.writable },
    { config: clients(), serverName: 'other.test' },
  );
  const server = castls.startTls(
    { readable: there.readable, writable: back.writable },
    { config: castls.serverConfig({ credentials: [serverIdentity()], alpn: ['x'] }) },
  );
  const codeOf = (promise: Promise<unknown>) =>
    within(
      'failure',
      promise.then(
        () => 'none',
        error => error.code,
      ),
    );
  assert.is(await codeOf(client.opened), 'ERR_CERT_NAME_MISMATCH');
  assert.is(await codeOf(client.closed), 'ERR_CERT_NAME_MISMATCH');
  assert.is(await codeOf(server.closed), 'ERR_ALERT_RECEIVED');
});

test('a stream that is cut off is an error that the reader sees (ERR_TRUNCATED)', async () => {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const relay = new TransformStream<Uint8Array, Uint8Array>();
  const cut = relay.writable.getWriter();
  const source = back.readable.getReader();
  let open = true;
  (async () => {
    for (let next = await source.read(); open && !next.done; next = await source.read()) await cut.write(next.value);
  })().catch(() => {});
  const client = castls.startTls(
    { readable: relay.readable, writable: there.writable },
    { config: clients(), serverName: 'example.test' },
  );
  castls.startTls(
    { readable: there.readable, writable: back.writable },
    { config: castls.serverConfig({ credentials: [serverIdentity()], alpn: ['x'] }) },
  );
  await within('opened', client.opened);
  open = false;
  await cut.close();
  const code = await within(
    'end',
    readAll(client.readable).then(
      () => 'none',
      error => error.code,
    ),
  );
  assert.is(code, 'ERR_TRUNCATED');
});

test.run();
