// External PSKs of TLS 1.3 by the importer (RFC 9258), several at once, and clients that take nothing but a PSK.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as castls from '../../src/index.ts';
import * as parts from '../../src/parts.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, keyPair } from '../support/node_tls.ts';

const provider = castls.defaultProvider();
const text = (words: string) => new TextEncoder().encode(words);
const key = provider.importSecret(new Uint8Array(32).fill(7));
const lamp = { externalIdentity: text('lamp 7'), key, context: text('kitchen') };
const imported = castls.importPsk(lamp);
const verifier = castls.peerVerifier({ ca });
const chain = castls.credential(keyPair('server_p256'));

function meet(ofClient: castls.ClientOptions, ofServer: Partial<castls.ServerOptions>, session?: castls.Session) {
  const clientConfig = castls.clientConfig(ofClient);
  const serverConfig = castls.serverConfig({ credentials: [], ...ofServer });
  const client = new castls.Connection(clientConfig.settings({ serverName: 'localhost', session }), clientConfig);
  const server = new castls.Connection(serverConfig.settings(), serverConfig);
  const sessions: castls.Session[] = [];
  for (let round = 0; round < 12; round++) {
    const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
    for (const record of from.takeOutput()) to.receive(record);
    for (let next = to.nextEvent(); next !== null; next = to.nextEvent()) {
      if (next.kind === 'session') sessions.push(next.session);
    }
  }
  return { client, server, sessions, codes: [client, server].map(({ error }) => (error as castls.TlsError)?.code) };
}

for (const [suite, target] of [
  ['TLS_AES_128_GCM_SHA256', 'sha256'],
  ['TLS_AES_256_GCM_SHA384', 'sha384'],
] as const) {
  for (const hash of ['sha256', 'sha384'] as const) {
    test(`a key with ${hash} for a suite with ${target} (RFC 9258 §5.1), with and without HelloRetryRequest`, () => {
      const psks = castls.importPsk({ ...lamp, hash });
      for (const groups of [['x25519'], ['secp384r1']]) {
        const server = { findExternalPsk: castls.pskFinder(psks), cipherSuites: [suite], groups };
        const { client, server: answering } = meet({ externalPsk: psks }, server);
        assert.equal([client.error, answering.error], [null, null]);
        assert.equal([client.info.externalPsk, client.info.cipherSuite?.name], [true, suite]);
        assert.is(client.info.helloRetried, groups[0] === 'secp384r1');
      }
    });
  }
}

test('of several keys the server takes the one it knows', () => {
  const other = castls.importPsk({ ...lamp, externalIdentity: text('lamp 8') });
  const { client } = meet({ externalPsk: [...other, ...imported] }, { findExternalPsk: castls.pskFinder(imported) });
  assert.is(client.info.externalPsk, true);
  const { codes } = meet({ externalPsk: other }, { findExternalPsk: castls.pskFinder(imported) });
  assert.equal(codes, ['ERR_ALERT_RECEIVED', 'ERR_UNKNOWN_PSK_IDENTITY']);
});

test('a session that began with one of several keys is resumed while that key is among them', () => {
  const tickets = new castls.TicketKeys();
  const server = { findExternalPsk: castls.pskFinder(imported), tickets };
  const { sessions } = meet({ externalPsk: imported }, server);
  assert.is(meet({ externalPsk: imported }, server, sessions[0]).client.info.resumed, true);
  const without = meet({ externalPsk: imported.slice(1) }, server, sessions[0]);
  assert.equal([without.client.error, without.client.info.resumed], [null, false]);
  tickets.dispose();
});

test('a client with PSKs and no verifier offers no signatures, and refuses a server without a PSK (missing_extension, §9.2)', () => {
  const config = castls.clientConfig({ externalPsk: imported });
  assert.equal([config.settings({}).signatureSchemes, config.settings({}).versions], [[], [0x0304]]);
  const { codes } = meet({ externalPsk: imported }, { credentials: [chain] });
  assert.is(codes[1], 'ERR_MISSING_EXTENSION', 'a server of castls sees that no certificate will do');
});

test('with a verifier certificates are taken as well', () => {
  const { client } = meet({ externalPsk: imported, verifier }, { credentials: [chain] });
  assert.equal([client.error, client.info.externalPsk, client.info.peer?.kind], [null, false, 'verified-chain']);
});

test('options of importPsk are checked, and parts make the same keys', () => {
  const bad = [
    { ...lamp, externalIdentity: new Uint8Array(0) },
    { ...lamp, externalIdentity: 'lamp' },
    { ...lamp, key: new Uint8Array(32) },
    { ...lamp, hash: 'sha512' },
    { ...lamp, targets: ['sha1'] },
    { ...lamp, context: new Uint8Array(0xffff) },
    { ...lamp, target: 'sha256' },
  ];
  for (const options of bad)
    assert.is(
      codeOf(() => castls.importPsk(options as never)),
      'ERR_INVALID_ARGUMENT',
    );
  const [psk, ...none] = parts.importPsk({ provider, ...lamp, targets: ['sha384'] });
  assert.equal(none, []);
  assert.equal(psk.identity, imported[1].identity);
  assert.equal(provider.dangerousReveal(psk.key), provider.dangerousReveal(imported[1].key));
});

test.run();
