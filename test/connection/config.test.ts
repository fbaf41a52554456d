// What a config takes, refuses and fills in.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ClientOptions, clientConfig, serverConfig } from '../../src/connection/config.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { credential, testVerifier } from '../support/pki.ts';

const provider = nodeProvider();
const settings = (options: Partial<ClientOptions> = {}) => clientConfig({ provider, ...options }).settings({});
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

test('with nothing set: both versions, forward secrecy and AEAD, no CCM_8', () => {
  const { versions, cipherSuites12, cipherSuites13, verifier, selectCredential, keyLog } = settings();
  assert.equal(versions, [0x0304, 0x0303]);
  assert.not(names(cipherSuites13).some(name => name.includes('CCM_8')));
  assert.ok(cipherSuites12.length > 0);
  for (const suite of cipherSuites12) {
    assert.is(suite.keyExchange, 'ecdhe');
    assert.is(suite.mode, 'aead');
    assert.not(suite.name.includes('CCM_8'));
  }
  assert.ok(verifier, 'a verifier that accepts nobody');
  assert.is(selectCredential, null);
  assert.is(keyLog, null);
  assert.is(clientConfig({ provider }).handshakeTimeout, 120_000);
});

test('suites go by the names of IANA and of OpenSSL, and a version without any is not spoken', () => {
  const both = settings({ cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_256_GCM_SHA384'] });
  assert.equal(names(both.cipherSuites12), ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']);
  assert.equal(names(both.cipherSuites13), ['TLS_AES_256_GCM_SHA384']);
  assert.equal(settings({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] }).versions, [0x0304]);
  assert.equal(settings({ cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'] }).versions, [0x0303]);
});

const refused: [string, Partial<ClientOptions>, string][] = [
  ['a suite nobody knows', { cipherSuites: ['TLS_FISH'] }, 'ERR_UNSUPPORTED_ALGORITHM'],
  ['a group nobody provides', { groups: ['sect571r1'] }, 'ERR_UNSUPPORTED_ALGORITHM'],
  ['a key share outside the groups', { groups: ['x25519'], keyShares: ['secp256r1'] }, 'ERR_UNSUPPORTED_ALGORITHM'],
  ['an empty range of versions', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }, 'ERR_INVALID_ARGUMENT'],
  ['versions that are not spoken', { minVersion: 'SSLv3', maxVersion: 'TLSv1.1' }, 'ERR_INVALID_ARGUMENT'],
  [
    'suites of another version',
    { minVersion: 'TLSv1.3', cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'] },
    'ERR_INVALID_ARGUMENT',
  ],
  ['DHE groups below 1,024 bits', { dangerousMinimumDheBits: 1023 }, 'ERR_INVALID_ARGUMENT'],
  ['DHE groups over 8,192 bits', { dangerousMinimumDheBits: 8193 }, 'ERR_INVALID_ARGUMENT'],
  ['DHE groups of NaN bits', { dangerousMinimumDheBits: Number.NaN }, 'ERR_INVALID_ARGUMENT'],
  ['a record_size_limit below 64', { recordSizeLimit: 63 }, 'ERR_INVALID_ARGUMENT'],
  ['a record_size_limit over 2^14 + 1', { recordSizeLimit: 16386 }, 'ERR_INVALID_ARGUMENT'],
  ['a long session context', { sessionContext: new Uint8Array(33) }, 'ERR_INVALID_ARGUMENT'],
];
for (const [name, options, code] of refused) {
  test(`refuses ${name} (${code})`, () => {
    assert.throws(
      () => settings(options),
      (error: { code: string }) => error.code === code,
    );
  });
}

test('refuses client certificates without a verifier, and names that are none', () => {
  const credentials = [credential('server_p256')];
  assert.throws(() => serverConfig({ provider, credentials, clientAuth: 'require' }), /verifier/);
  assert.throws(() => serverConfig({ provider, credentials, ticketCount: 9 }), /ticketCount/);
  for (const serverName of ['', 'näme.test', 'with space']) {
    assert.throws(() => clientConfig({ provider }).settings({ serverName }), /serverName/);
  }
});

test('names lose their case and their trailing dot (RFC 6066 §3)', () => {
  assert.is(clientConfig({ provider }).settings({ serverName: 'Example.TEST.' }).serverName, 'example.test');
});

test('a config is frozen, and serves any number of connections', () => {
  const config = serverConfig({ provider, credentials: [], verifier: testVerifier() });
  assert.ok(Object.isFrozen(config));
  assert.is(config.settings(), config.settings());
  assert.ok(Object.isFrozen(config.settings()));
});

test.run();
