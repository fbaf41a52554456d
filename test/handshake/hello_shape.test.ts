// GREASE (RFC 8701), padding (RFC 7685) and the order of extensions in a ClientHello, on request.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import { ExtensionType } from '../../src/registry/extension_types.ts';
import { type ClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, keyPair } from '../support/node_tls.ts';

const verifier = castls.peerVerifier({ ca });
const chain = castls.credential(keyPair('server_p256'));
const isReserved = (value: number) => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/** ClientHellos of a handshake that goes through, with a client of this shape. */
function hellos(
  shape: castls.ClientHelloShapeOptions,
  ofClient: castls.ClientOptions = {},
  ofServer: Partial<castls.ServerOptions> = {},
  session?: castls.Session,
) {
  const clientConfig = castls.clientConfig({ verifier, clientHello: castls.clientHelloShape(shape), ...ofClient });
  const serverConfig = castls.serverConfig({ credentials: [chain], ...ofServer });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const seen: ClientHello[] = [];
  const lengths: number[] = [];
  const sessions: castls.Session[] = [];
  for (let round = 0; round < 12; round++) {
    const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) {
      if (from === client && record[0] === 22 && record[5] === 1) {
        seen.push(parseClientHello(record.slice(9, 5 + ((record[3] << 8) | record[4]))));
        lengths.push((record[3] << 8) | record[4]);
      }
      to.receive(record);
    }
    for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
      if (next.kind === 'session') sessions.push(next.session);
    }
  }
  assert.equal([client.error, server.error, client.state], [null, null, 'established']);
  return { seen, lengths, sessions, client };
}

const typesOf = (hello: ClientHello) => hello.extensions.map(({ type }) => type);
const dataOf = (hello: ClientHello, type: number) => hello.extensions.find(each => each.type === type)!.data;
const u16At = (data: Uint8Array, at: number) => (data[at] << 8) | data[at + 1];

for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
  test(`${version}: reserved values stand first in each list, and a server passes over them (RFC 8701 §3.1)`, () => {
    const { seen } = hellos({ grease: true }, { maxVersion: version });
    const [hello] = seen;
    assert.ok(isReserved(hello.cipherSuites[0]));
    const types = typesOf(hello);
    assert.ok(isReserved(types[0]) && isReserved(types[types.length - 1]));
    assert.not.equal(types[0], types[types.length - 1]);
    assert.is(hello.extensions[0].data.length, 0);
    assert.equal(hello.extensions[types.length - 1].data, Uint8Array.of(0));
    assert.ok(isReserved(u16At(dataOf(hello, ExtensionType.supported_groups), 2)));
    assert.ok(isReserved(u16At(dataOf(hello, ExtensionType.signature_algorithms), 2)));
    if (version === 'TLSv1.2') return;
    assert.ok(isReserved(u16At(dataOf(hello, ExtensionType.supported_versions), 1)));
    assert.ok(isReserved(u16At(dataOf(hello, ExtensionType.key_share), 2)));
  });
}

test('the second ClientHello has the same values, and the one share that was asked for', () => {
  const { seen } = hellos({ grease: true, permuteExtensions: true, padding: 1000 }, {}, { groups: ['secp384r1'] });
  assert.is(seen.length, 2);
  assert.is(seen[0].cipherSuites[0], seen[1].cipherSuites[0]);
  const kept = (hello: ClientHello) => typesOf(hello).filter(type => type !== ExtensionType.padding);
  assert.equal(kept(seen[0]), kept(seen[1]));
  assert.is(u16At(dataOf(seen[1], ExtensionType.key_share), 2), 0x18);
});

test('each connection draws others', () => {
  const drawn = Array.from({ length: 12 }, () => hellos({ grease: true, permuteExtensions: true }).seen[0]);
  assert.ok(new Set(drawn.map(hello => hello.cipherSuites[0])).size > 1);
  assert.ok(new Set(drawn.map(hello => typesOf(hello).slice(1, -1).join())).size > 6);
});

for (const padding of [1, 512, 517, 2500, 4096]) {
  test(`a ClientHello of ${padding} bytes at least, with a PSK at its end, too (RFC 7685 §3)`, () => {
    const tickets = new castls.TicketKeys();
    const first = hellos({ padding }, { groups: ['x25519'] }, { tickets });
    const again = hellos({ padding }, { groups: ['x25519'] }, { tickets }, first.sessions[0]);
    assert.ok(again.client.info.resumed);
    for (const { seen, lengths } of [first, again]) {
      const padded = seen[0].extensions.find(({ type }) => type === ExtensionType.padding);
      assert.ok(lengths[0] >= padding, `${lengths[0]}`);
      assert.ok(padded === undefined || (lengths[0] <= padding + 3 && padded.data.every(byte => byte === 0)));
      assert.is(padded !== undefined, padding > 1000 || (padding > 500 && seen === first.seen));
    }
    tickets.dispose();
  });
}

test('a server that answers a reserved extension is refused (unsupported_extension, RFC 8701 §3.1)', () => {
  const config = castls.clientConfig({
    verifier,
    clientHello: castls.clientHelloShape({ grease: true }),
    maxVersion: 'TLSv1.2',
  });
  const client = new castls.Connection(config.settings({ serverName: 'localhost' }), config);
  const [record] = client.takeOutput();
  const hello = parseClientHello(record.slice(9, 5 + ((record[3] << 8) | record[4])));
  const type = hello.extensions[0].type;
  const body = [3, 3, ...new Uint8Array(32), 0, 0xc0, 0x2b, 0, 0, 4, type >> 8, type & 0xff, 0, 0];
  const message = [2, 0, 0, body.length, ...body];
  client.receive(Uint8Array.of(22, 3, 3, 0, message.length, ...message));
  assert.is((client.error as castls.TlsError).code, 'ERR_UNSUPPORTED_EXTENSION');
});

test('options are checked', () => {
  for (const options of [{ grease: 1 }, { padding: -1 }, { padding: 20_000 }, { greased: true }, null]) {
    assert.is(
      codeOf(() => castls.clientHelloShape(options as never)),
      'ERR_INVALID_ARGUMENT',
    );
  }
});

test.run();
