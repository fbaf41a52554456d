// TLS 1.2 sessions that are not resumed, and why; tickets that are renewed; renegotiation that is refused.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { MAX_REFUSED_RENEGOTIATIONS, refuseRenegotiation } from '../../src/handshake/tls12/post_handshake12.ts';
import { alertName } from '../../src/registry/alerts.ts';
import { ExtensionType as E } from '../../src/registry/extension_types.ts';
import { HandshakeType as H } from '../../src/registry/handshake_types.ts';
import { type ClientHello, encodeClientHello, parseClientHello } from '../../src/wire/client_hello.ts';
import { encodeHandshake, handshakeMessage } from '../../src/wire/handshake_message.ts';
import { encodeHelloRequest } from '../../src/wire/session_messages.ts';
import { type NodeProvider, nodeProvider } from '../support/node_provider.ts';
import type { Pair } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { type Change, type TamperedOptions, tamperedHandshake } from '../support/tampered_pair.ts';
import { throwsCode } from '../wire/malformed.ts';

interface Setup {
  readonly options: TamperedOptions;
  readonly session: Session;
  readonly clock: { now: number };
}

const clientHello =
  (edit: (hello: ClientHello) => Partial<ClientHello>): Change =>
  message => {
    if (message[0] !== H.client_hello || message.length === 2) return message;
    const hello = parseClientHello(message.subarray(4));
    return encodeClientHello({ ...hello, ...edit(hello) });
  };
const without =
  (type: number) =>
  ({ extensions }: ClientHello): Partial<ClientHello> => ({
    extensions: extensions.filter(each => each.type !== type),
  });

function sessionOf(pair: Pair): Session {
  const event = pair.clientEvents.find(candidate => candidate.kind === 'session');
  assert.ok(event && event.kind === 'session', `a session, ${pair.client.error} ${pair.server.error}`);
  return event.session;
}

/** A first handshake whose session the second one offers. */
function first(change: Partial<TamperedOptions> = {}): Setup {
  const clock = { now: 1_800_000_000_000 };
  const clientProvider: NodeProvider = nodeProvider();
  const serverProvider: NodeProvider = nodeProvider();
  const now = () => clock.now;
  const tickets = new TicketKeys({ provider: serverProvider, now });
  const options: TamperedOptions = {
    clientProvider,
    serverProvider,
    client: { now },
    server: { now, tickets },
    ...change,
  };
  const session = sessionOf(tamperedHandshake(options));
  return { options: { clientProvider, serverProvider, client: { now }, server: { now, tickets } }, session, clock };
}

function second({ options, session }: Setup, change: Partial<TamperedOptions> = {}): Pair {
  return tamperedHandshake({ ...options, target: { serverName: 'example.test', session }, ...change });
}

function resumes(pair: Pair): boolean {
  assert.is(pair.client.error, null, `${pair.client.error?.message}`);
  assert.is(pair.server.error, null, `${pair.server.error?.message}`);
  assert.is(pair.client.info.resumed, pair.server.info.resumed);
  return pair.client.info.resumed;
}

test('a ticket resumes, and a new one takes its place within the life of the session (RFC 5077 §3.3)', () => {
  const setup = first();
  setup.clock.now += 1_000_000;
  const pair = second(setup);
  assert.ok(resumes(pair));
  const renewed = sessionOf(pair);
  assert.is(renewed.lifetime, setup.session.lifetime - 1000);
  assert.ok(resumes(second({ ...setup, session: renewed })));
  setup.clock.now += 6_300_000;
  const late = { ...renewed, issuedAt: setup.clock.now };
  assert.not.ok(resumes(second({ ...setup, session: late })), 'the session is over, however new the ticket');
});

test('a forged, a foreign and an old ticket make a full handshake', () => {
  const setup = first();
  const forged = setup.session.ticket.slice();
  forged[forged.length - 1] ^= 1;
  assert.not.ok(resumes(second({ ...setup, session: { ...setup.session, ticket: forged } })));
  const foreign = new Uint8Array(200);
  assert.not.ok(resumes(second({ ...setup, session: { ...setup.session, ticket: foreign } })));
  setup.clock.now += 10_000_000;
  assert.not.ok(resumes(second(setup)));
});

test('a session of another context is not resumed, nor one without the certificate that is required', () => {
  const setup = first();
  const { server } = setup.options;
  assert.not.ok(resumes(second(setup, { server: { ...server, sessionContext: Uint8Array.of(1) } })));
  const required = second(setup, {
    server: { ...server, clientAuth: 'require', verifier: testVerifier() },
    client: { ...setup.options.client, credential: credential('client_p256') },
  });
  assert.not.ok(resumes(required));
});

test('extended_master_secret: a session with it and a ClientHello without (handshake_failure, RFC 7627 §5.3)', () => {
  const pair = second(first(), { toServer: clientHello(without(E.extended_master_secret)) });
  assert.is(pair.server.error?.code, 'ERR_MISSING_EXTENSION');
  assert.is(alertName(pair.client.error?.alert ?? -1), 'handshake_failure');
});

test('a client that names a session and not its suite gets a full handshake (RFC 5246 §7.4.1.2)', () => {
  const setup = first();
  const types: number[] = [];
  second(setup, {
    toServer: clientHello(hello => ({
      cipherSuites: hello.cipherSuites.filter(id => id !== setup.session.cipherSuite),
    })),
    toClient: message => {
      types.push(message[0]);
      return message;
    },
  });
  assert.ok(types.includes(H.certificate), `the server answers ${types}`);
});

test('a server that resumes with another suite, or without extended_master_secret, is refused', () => {
  const setup = first();
  const serverHello =
    (edit: (bytes: Uint8Array) => void): Change =>
    message => {
      if (message[0] !== H.server_hello || message.length === 2) return message;
      const changed = message.slice();
      edit(changed);
      return changed;
    };
  const suiteAt = 4 + 2 + 32 + 33;
  const other = second(setup, {
    toClient: serverHello(bytes => bytes.set([0xc0, 0x2c], suiteAt)),
  });
  assert.is(other.client.error?.code, 'ERR_ILLEGAL_PARAMETER');
  const broken = second({ ...setup, session: { ...setup.session, extendedMasterSecret: false } });
  assert.is(broken.client.error?.code, 'ERR_MISSING_EXTENSION');
  assert.is(alertName(broken.server.error?.alert ?? -1), 'handshake_failure');
});

test('renegotiation is refused with a warning, until it is enough (RFC 5746 §4.2)', () => {
  const request = handshakeMessage(encodeHelloRequest());
  const hello = handshakeMessage(encodeHandshake(H.client_hello, writer => writer.u8(0)));
  for (let i = 0; i < MAX_REFUSED_RENEGOTIATIONS; i++) {
    refuseRenegotiation('client', request, i);
    refuseRenegotiation('server', hello, i);
  }
  throwsCode(() => refuseRenegotiation('client', request, MAX_REFUSED_RENEGOTIATIONS), 'ERR_RENEGOTIATION_REFUSED');
  throwsCode(() => refuseRenegotiation('client', hello, 0), 'ERR_UNEXPECTED_MESSAGE');
  throwsCode(() => refuseRenegotiation('server', request, 0), 'ERR_UNEXPECTED_MESSAGE');
});

test.run();
