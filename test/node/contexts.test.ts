// What the context of a name decides at a server, beside node:tls; and certificates that are asked for after the handshake.

import { connect } from 'node:net';
import type { SecureContext, TLSSocket, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TLSSocket as CastlsSocket } from '../../src/node.ts';
import { pemOf } from '../support/issuing.ts';
import {
  ca,
  cleanUp,
  client,
  connected,
  event,
  keyPair,
  later,
  listen,
  nameOf,
  node,
  own,
  type Tls,
} from '../support/node_tls.ts';
import * as make from '../support/x509_maker.ts';

test.after.each(cleanUp);

const FROM = Date.now() - 86_400_000;
const UNTIL = Date.now() + 86_400_000;

/** A CA, a client's and a server's certificate of it. */
function authority(name: string) {
  const key = make.testKey('p256', name);
  const dates = { notBefore: FROM, notAfter: UNTIL };
  const root = make.makeCertificate({
    subject: name,
    issuer: name,
    key,
    signer: key,
    extensions: [make.basicConstraints(true), make.keyUsage(5, 6)],
    ...dates,
  });
  const leaf = (subject: string) => {
    const own = make.testKey('p256', `${name} ${subject}`);
    const der = make.makeCertificate({
      subject,
      issuer: name,
      key: own,
      signer: key,
      extensions: [make.altName(make.dns(subject)), make.keyUsage(0)],
      ...dates,
    });
    return {
      cert: pemOf(der),
      key: own.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    };
  };
  return { name, ca: pemOf(root), leaf };
}

const a = authority('authority A');
const b = authority('authority B');
const publicName = a.leaf('public.test');
const adminName = a.leaf('admin.test');

interface How {
  readonly name: string;
  arrange(
    tls: Tls,
    options: TlsOptions,
    context: object,
  ): [TlsOptions, (server: { addContext: CallableFunction }) => void];
}

const ways: readonly How[] = [
  {
    name: 'addContext',
    arrange: (_tls, options, context) => [options, server => server.addContext('admin.test', context)],
  },
  {
    name: 'SNICallback',
    arrange(tls, options, context) {
      const made: SecureContext = tls.createSecureContext(context);
      const SNICallback: TlsOptions['SNICallback'] = (name, done) =>
        done(null, name === 'admin.test' ? made : undefined);
      return [{ ...options, SNICallback }, () => {}];
    },
  },
];

/** What a client with a certificate of `who` meets at a name. */
async function meet(tls: Tls, way: How, options: TlsOptions, context: object, who: typeof a | null, name: string) {
  const [changed, after] = way.arrange(tls, { ...publicName, ca: a.ca, ...options }, context);
  const running = await listen(tls, changed, socket => {
    socket.end(`${socket.authorized} ${socket.authorizationError ?? ''}`.trim());
  });
  after(running.server);
  const identity = who === null ? {} : who.leaf('somebody');
  const socket = client(node, running.port, { servername: name, ca: a.ca, ...identity });
  let text = '';
  socket.on('data', data => {
    text += data;
  });
  // A client of TLS 1.3 may see an alert, or a connection that ends.
  socket.on('error', () => {});
  if (!socket.destroyed) await event(socket, 'close').catch(() => {});
  return text || 'refused';
}

for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
  for (const way of ways) {
    for (const [what, context, expected] of [
      ['with a ca of its own', { ...adminName, ca: b.ca }, { A: 'refused', B: 'true' }],
      ['without one trusts what the host trusts', { ...adminName }, { A: 'refused', B: 'refused' }],
      ['with the same ca', { ...adminName, ca: a.ca }, { A: 'true', B: 'refused' }],
    ] as const) {
      test(`${maxVersion}: a context by ${way.name} ${what}, as in node:tls`, async () => {
        const options: TlsOptions = { maxVersion, requestCert: true, rejectUnauthorized: true };
        for (const tls of [node, own]) {
          const seen = {
            A: await meet(tls, way, options, context, a, 'admin.test'),
            B: await meet(tls, way, options, context, b, 'admin.test'),
          };
          assert.equal(seen, expected, nameOf(tls));
          assert.is(await meet(tls, way, options, context, a, 'public.test'), 'true', nameOf(tls));
          assert.is(await meet(tls, way, options, context, b, 'public.test'), 'refused', nameOf(tls));
        }
      });
    }
  }
}

test('addContext with requestCert and rejectUnauthorized decides for its name', async () => {
  const context = { ...adminName, ca: b.ca, requestCert: true };
  assert.is(await meet(own, ways[0], {}, context, a, 'admin.test'), 'refused');
  assert.is(await meet(own, ways[0], {}, context, b, 'admin.test'), 'true');
  assert.is(await meet(own, ways[0], {}, context, a, 'public.test'), 'false');
  const lax = { ...context, rejectUnauthorized: false };
  assert.match(await meet(own, ways[0], {}, lax, a, 'admin.test'), /^false [A-Z_]+$/);
  assert.match(await meet(own, ways[0], {}, lax, null, 'admin.test'), /^false [A-Z_]+$/);
});

test('a session made under one trust is not resumed under another', async () => {
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    let trust = a.ca;
    const running = await listen(own, {
      ...publicName,
      ca: a.ca,
      requestCert: true,
      rejectUnauthorized: false,
      maxVersion,
      SNICallback: (_name, done) => done(null, own.createSecureContext({ ...adminName, ca: trust })),
    });
    const options = { servername: 'admin.test', ca: a.ca, ...a.leaf('somebody') };
    const first = client(own, running.port, options);
    first.resume();
    const session = await event<Buffer>(first, 'session');
    const again = async () => {
      const accepted = event<TLSSocket>(running.server, 'secureConnection');
      const socket = await connected(own, running.port, { ...options, session });
      const met = await accepted;
      return { reused: socket.isSessionReused(), authorized: met.authorized };
    };
    assert.equal(await again(), { reused: true, authorized: true });
    trust = b.ca;
    // The certificate is judged by the trust of today, whether the session goes on or not.
    assert.is((await again()).authorized, false);
  }
});

test('what is given of a session is a copy: who wipes it takes neither session nor ticket from the socket', async () => {
  for (const tls of [node, own] as Tls[]) {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const { port } = await listen(own, { ...keyPair('server_p256') });
      const socket = client(tls, port, { ca, maxVersion });
      socket.resume();
      const seen = new Promise<string[]>(resolve => {
        socket.once('session', (given: Buffer) => {
          const session = Buffer.from(given);
          given.fill(0);
          socket.getSession()?.fill(0);
          const whole = socket.getSession()?.equals(session);
          const ticket = socket.getTLSTicket() as Buffer;
          const before = Buffer.from(ticket);
          ticket.fill(0);
          resolve([`${whole}`, `${before.length > 0}`, `${socket.getTLSTicket()?.equals(before)}`]);
        });
      });
      assert.equal(await seen, ['true', 'true', 'true'], `${nameOf(tls)} ${maxVersion}`);
    }
  }
});

test('options that would be ignored beside a context are refused', () => {
  const secureContext = own.createSecureContext({ ...keyPair('server_p256') });
  for (const option of [
    { ca },
    { ticketKeys: Buffer.alloc(48) },
    { minVersion: 'TLSv1.3' as const },
    keyPair('server_rsa'),
  ]) {
    assert.throws(() => own.createServer({ secureContext, ...option }), /no effect beside secureContext/);
    assert.throws(() => own.connect({ secureContext, port: 1, ...option }), /no effect beside secureContext/);
  }
  const server = own.createServer({ ...publicName });
  assert.throws(() => server.addContext('x', { ALPNProtocols: ['h2'] } as never), /an option of the server/);
});

test('a session that is foreign or of another format means a full handshake', async () => {
  const running = await listen(own);
  const foreign = await connected(node, (await listen(node)).port, { maxVersion: 'TLSv1.2' });
  for (const session of [Buffer.from('nonsense'), Buffer.alloc(0), foreign.getSession() as Buffer]) {
    const socket = await connected(own, running.port, { session });
    assert.not.ok(socket.isSessionReused());
  }
});

test('TLS 1.2: getSession() in "secureConnect" has the session, of a resumed connection, too', async () => {
  const running = await listen(own, { maxVersion: 'TLSv1.2' });
  const first = await connected(own, running.port);
  const session = first.getSession() as Buffer;
  assert.ok(session?.length > 0);
  const second = await connected(own, running.port, { session });
  assert.ok(second.isSessionReused());
  assert.ok((second.getSession() as Buffer).length > 0);
});

test('post-handshake authentication is off unless it is asked for, as in node:tls', async () => {
  const running = await listen(own, { ca: a.ca });
  for (const tls of [node, own]) {
    const identity = a.leaf('somebody');
    const accepted = event<CastlsSocket>(running.server, 'secureConnection');
    await connected(tls, running.port, identity);
    const met = await accepted;
    assert.throws(() => met.requestClientCertificate(), /did not offer/, nameOf(tls));
  }
});

test('a certificate that is asked for after the handshake can be demanded (certificate_required)', async () => {
  const running = await listen(own, { ca: a.ca });
  const offers = { postHandshakeAuth: true } as object;
  const ask = async (identity: object, options: object) => {
    const accepted = event<CastlsSocket>(running.server, 'secureConnection');
    const socket = await connected(own, running.port, { ...identity, ...offers });
    socket.resume().on('error', () => {});
    const met = await accepted;
    met.requestClientCertificate(options);
    return met;
  };
  const shown = await ask(a.leaf('somebody'), {});
  await event(shown, 'clientAuthenticated');
  assert.ok(shown.authorized);
  assert.is(shown.authorizationError, null);
  const declined = await ask({}, { require: false });
  await event(declined, 'clientAuthenticated');
  assert.not.ok(declined.authorized);
  assert.is(declined.authorizationError, 'UNABLE_TO_GET_ISSUER_CERT');
  const refused = await ask({}, {});
  const error = await event<NodeJS.ErrnoException>(refused, 'error');
  assert.match(error.message, /no certificate/);
});

test('values that a known option cannot have are refused, null is absent, near misses warn once', () => {
  const wrong: Record<string, readonly unknown[]> = {
    rejectUnauthorized: ['false', 0],
    requestCert: ['yes'],
    minVersion: ['TLS1.2', 1.2],
    maxVersion: ['tlsv1.3'],
    handshakeTimeout: [Number.NaN, -1, Number.POSITIVE_INFINITY, '5'],
    maxBlockMs: [Number.NaN, 0, 1.5, -1, Number.POSITIVE_INFINITY, '5'],
    dynamicRecordSizing: ['on', 1],
    sessionTimeout: [Number.NaN, -1],
    SNICallback: ['x'],
    checkServerIdentity: [true],
    honorCipherOrder: ['true'],
    secureContext: [{}, node.createSecureContext()],
    session: ['text'],
    postHandshakeAuth: [1],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const message = new RegExp(`${name} is `);
      assert.throws(() => own.createServer({ [name]: value } as object), message, `server ${name}: ${value}`);
      assert.throws(() => own.connect({ port: 1, [name]: value } as object), message, `client ${name}: ${value}`);
    }
    own.createServer({ ...keyPair('server_p256'), [name]: null } as object);
  }
  assert.throws(() => own.createSecureContext({ minVersion: 'TLS' } as object), /minVersion is/);
  const said: string[] = [];
  const { warn } = console;
  console.warn = (sentence: string) => said.push(sentence);
  try {
    for (let i = 0; i < 3; i++) {
      own.createServer({
        ...keyPair('server_p256'),
        rejectUnauthorised: false,
        agent: {},
        keepAliveTimeout: 5,
      } as object);
    }
  } finally {
    console.warn = warn;
  }
  assert.is(said.length, 1);
  assert.match(said[0], /rejectUnauthorised.*rejectUnauthorized/);
});

test('handshakes under way are bounded: the oldest gives way, and honest clients get through', async () => {
  const running = await listen(own, { maxHandshakes: 4 } as object);
  const idle = Array.from({ length: 12 }, () => connect({ port: running.port, host: '127.0.0.1' }));
  for (const socket of idle) later(() => socket.destroy());
  await Promise.all(idle.slice(0, 8).map(socket => event(socket.on('error', () => {}).resume(), 'close')));
  assert.is(running.failures.length, 8);
  for (const error of running.failures) assert.is((error as NodeJS.ErrnoException).code, 'ERR_TOO_MANY_HANDSHAKES');
  const socket = await connected(own, running.port);
  assert.ok(socket.authorized);
  for (const maxHandshakes of [0, -1, 1.5, Number.NaN, '4']) {
    assert.throws(() => own.createServer({ maxHandshakes } as object), /maxHandshakes is/);
  }
});

test.run();
