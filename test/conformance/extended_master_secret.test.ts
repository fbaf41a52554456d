// Sessions of TLS 1.2 whose client does not know extended_master_secret (RFC 7627 §5.3, §5.4).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { liars, patchHandshake } from '../support/fuzz_lies.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { makePair, type Pair, pump } from '../support/pair.ts';

patchHandshake();
const provider = nodeProvider();
const tickets = new TicketKeys({ provider });

/** A handshake in which the client does without the extension, or not. */
function connect(knows: boolean, session?: Session): Pair {
  liars.client = message => {
    if (knows || message[0] !== H.client_hello) return message;
    const hello = parseClientHello(message.subarray(4));
    const extensions = hello.extensions.filter(({ type }) => type !== E.extended_master_secret);
    return encodeClientHello({ ...hello, extensions });
  };
  const pair = makePair({
    clientProvider: provider,
    serverProvider: provider,
    client: { maxVersion: 'TLSv1.2' },
    server: { tickets },
    target: { serverName: 'example.test', session },
  });
  pump(pair);
  return pair;
}

function sessionOf(pair: Pair): Session {
  const event = pair.clientEvents.find(each => each.kind === 'session');
  assert.ok(event?.kind === 'session');
  return event.session;
}

const exported = (pair: Pair) => [pair.client, pair.server].map(end => end.exportKeyingMaterial(20, 'EXPORTER-test'));
const refuses = (call: () => unknown) =>
  assert.throws(call, (error: { code: string }) => error.code === 'ERR_INVALID_STATE');

test('neither session nor ClientHello has it: resumed, but nothing is exported or bound (§5.4)', () => {
  const first = connect(false);
  assert.not(first.server.info.extendedMasterSecret);
  const [one, other] = exported(first);
  assert.equal(one, other);
  const second = connect(false, sessionOf(first));
  assert.ok(second.server.info.resumed);
  for (const end of [second.client, second.server]) {
    refuses(() => end.exportKeyingMaterial(20, 'EXPORTER-test'));
    refuses(() => end.channelBinding('tls-unique'));
    refuses(() => end.channelBinding('tls-exporter'));
  }
});

test('the session has it not, the ClientHello has: a full handshake (§5.3)', () => {
  const pair = connect(true, sessionOf(connect(false)));
  assert.is(pair.client.state, 'established');
  assert.not(pair.server.info.resumed);
  assert.ok(pair.server.info.extendedMasterSecret);
});

test('the session has it, the ClientHello has not (handshake_failure, §5.3)', () => {
  const pair = connect(false, sessionOf(connect(true)));
  assert.is(pair.server.error?.code, 'ERR_MISSING_EXTENSION');
  assert.is(pair.client.error?.alert, 40);
});

test('both have it: resumed, and all is exported and bound', () => {
  const pair = connect(true, sessionOf(connect(true)));
  assert.ok(pair.server.info.resumed);
  const [one, other] = exported(pair);
  assert.equal(one, other);
  assert.equal(pair.client.channelBinding('tls-exporter'), pair.server.channelBinding('tls-exporter'));
});

test.run();
