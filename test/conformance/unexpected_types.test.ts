// A message of a type that may not come is unexpected when its header is there: before its length is judged and before
// anything of it is kept (RFC 9846 §4, RFC 5246 §7.4).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { concatAll, makePair, pump } from '../support/pair.ts';

/** A plaintext record with the header of a message whose body never comes. */
const announced = (type: number, length: number, minor = 1): Uint8Array =>
  Uint8Array.of(22, 3, minor, 0, 4, type, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);

/** The description of the alert among what was sent; null without one. */
function alertIn(records: Uint8Array): number | null {
  for (let at = 0; at < records.length; at += 5 + ((records[at + 3] << 8) | records[at + 4])) {
    if (records[at] === 21) return records[at + 6];
  }
  return null;
}

const types = [...Object.values(H).filter(type => type < 256), 3, 7, 99, 255];

for (const length of [0, 5, 65, 0x10000, 0xffffff]) {
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    test(`every first message but a ClientHello, of ${length} bytes, at a ${version} server (unexpected_message)`, () => {
      for (const type of types.filter(each => each !== H.client_hello)) {
        const { server } = makePair({ server: { maxVersion: version } });
        server.receive(announced(type, length));
        assert.is(server.error?.code, 'ERR_UNEXPECTED_MESSAGE', `type ${type}`);
        assert.is(alertIn(concatAll(server.takeOutput())), 10, `type ${type}`);
      }
    });

    test(`every answer but a ServerHello, of ${length} bytes, at a ${version} client (unexpected_message)`, () => {
      for (const type of types.filter(each => each !== H.server_hello)) {
        const { client } = makePair({ client: { maxVersion: version } });
        client.takeOutput();
        client.receive(announced(type, length));
        assert.is(client.error?.code, 'ERR_UNEXPECTED_MESSAGE', `type ${type}`);
        assert.is(alertIn(concatAll(client.takeOutput())), 10, `type ${type}`);
      }
    });
  }
}

test('a header in two records is judged when its second half is there', () => {
  const { server } = makePair();
  server.receive(Uint8Array.of(22, 3, 1, 0, 2, H.certificate, 0xff));
  assert.is(server.error, null);
  server.receive(Uint8Array.of(22, 3, 1, 0, 2, 0xff, 0xff));
  assert.is(server.error?.code, 'ERR_UNEXPECTED_MESSAGE');
});

test('the length of a message that may come is judged all the same (decode_error)', () => {
  const { server } = makePair();
  server.receive(announced(H.client_hello, 0xffffff));
  assert.is(server.error?.code, 'ERR_MESSAGE_TOO_LARGE');
});

test('a Certificate that the server did not ask for (unexpected_message)', () => {
  const pair = makePair({ server: { maxVersion: 'TLSv1.2' } });
  pair.server.receive(concatAll(pair.client.takeOutput()));
  pair.client.receive(concatAll(pair.server.takeOutput()));
  pair.client.takeOutput();
  pair.server.receive(announced(H.certificate, 100_000, 3));
  assert.is(pair.server.error?.code, 'ERR_UNEXPECTED_MESSAGE');
});

test('pairs without tampering are not disturbed', () => {
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const pair = makePair({ server: { maxVersion } });
    pump(pair);
    assert.is(pair.client.state, 'established');
  }
});

test.run();
