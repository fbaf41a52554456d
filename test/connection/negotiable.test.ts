// What configs offer when their provider lacks something: only what it can do, and a clear error when nothing is left.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bareClientConfig,
  bareServerConfig,
  type ClientOptions,
  clientConfig,
  serverConfig,
} from '../../src/connection/config.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { tls12Client } from '../../src/handshake/tls12/client12.ts';
import { tls12Server } from '../../src/handshake/tls12/server12.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { defaultProvider } from '../../src/wasm/default_provider.ts';
import { credential, testVerifier } from '../support/pki.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';
import { throwsCode } from '../wire/malformed.ts';

const full = fullWasmProvider();
const psk = { identity: Uint8Array.of(1), key: full.importSecret(new Uint8Array(32)), hash: 'sha256' } as const;
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

/** The provider with these groups and verifiers alone. */
function only(groups: string[], verifiers: string[], more: Partial<CryptoProvider> = {}): CryptoProvider {
  const group = (name: string) => full.groups.find(candidate => candidate.name === name)!;
  const verifier = (name: string) => full.signatureVerifiers.find(candidate => candidate.name === name)!;
  return { ...full, groups: groups.map(group), signatureVerifiers: verifiers.map(verifier), ...more };
}

const settings = (provider: CryptoProvider, options: Partial<ClientOptions> = {}) =>
  clientConfig({ provider, ...options }).settings({});

test('without hybrids the share of the first curve alone is sent', () => {
  const { groups, keyShareGroups } = settings(only(['x25519', 'secp256r1'], ['RSA']));
  assert.equal(names(groups), ['x25519', 'secp256r1']);
  assert.equal(names(keyShareGroups), ['x25519']);
});

test('the first hybrid is sent, whichever it is, and the first curve beside it', () => {
  const shares = (...groups: string[]) => names(settings(only(groups, ['RSA']), { groups }).keyShareGroups);
  assert.equal(shares('SecP256r1MLKEM768', 'X25519MLKEM768', 'secp256r1', 'x25519'), [
    'SecP256r1MLKEM768',
    'secp256r1',
  ]);
  assert.equal(shares('X25519MLKEM768'), ['X25519MLKEM768']);
  // A finite-field group is no hybrid, though TLS 1.2 does not have it under its number either.
  assert.equal(shares('ffdhe2048', 'x25519'), ['x25519']);
  assert.equal(shares('ffdhe2048', 'ffdhe3072'), ['ffdhe2048']);
});

test('finite fields are taken by name alone, in either role and version, and up to 3,072 bits', () => {
  const provider = defaultProvider();
  const everything = provider.groups.map(({ name }) => name);
  const fields = everything.filter(name => name.startsWith('ffdhe'));
  assert.is(fields.length, 5);
  const roles = {
    client: (options: Partial<ClientOptions>) => clientConfig({ provider, ...options }).settings({}),
    server: (options: object) => serverConfig({ provider, credentials: [], ...options }).settings(),
  };
  for (const [role, make] of Object.entries(roles)) {
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      assert.not.ok(
        names(make({ maxVersion }).groups).some(name => name.startsWith('ffdhe')),
        role,
      );
      for (const name of fields) {
        const groups = ['x25519', name];
        if (['ffdhe2048', 'ffdhe3072'].includes(name)) assert.equal(names(make({ maxVersion, groups }).groups), groups);
        else throwsCode(() => make({ maxVersion, groups }), 'ERR_INVALID_ARGUMENT');
        const dangerous = make({ maxVersion, groups, dangerousLargeFiniteFields: true });
        assert.equal(names(dangerous.groups), groups);
      }
    }
  }
  const cipherSuites = ['DHE-RSA-AES128-GCM-SHA256'];
  throwsCode(() => roles.server({ cipherSuites }), 'ERR_INVALID_ARGUMENT');
  assert.is(roles.server({ cipherSuites, groups: ['ffdhe2048'] }).cipherSuites12.length, 1);
});

test('hybrids and finite fields alone leave TLS 1.2 without ECDHE', () => {
  assert.equal(settings(only(['X25519MLKEM768'], ['RSA']), { groups: ['X25519MLKEM768'] }).versions, [0x0304]);
});

test('signature schemes are those that the provider can check (RFC 9846 §4.2.3)', () => {
  const { ecdsa_secp256r1_sha256, ed25519 } = SignatureScheme;
  const verifiers = ['ECDSA P-256', 'Ed25519'];
  assert.equal(settings(only(['x25519'], verifiers)).signatureSchemes, [ecdsa_secp256r1_sha256, ed25519]);
});

test('a client of TLS 1.2 offers no suites whose signatures it cannot check', () => {
  const suites = (...verifiers: string[]) => names(settings(only(['x25519'], verifiers)).cipherSuites12);
  assert.ok(suites('RSA').length > 0);
  assert.ok(suites('RSA').every(name => name.startsWith('TLS_ECDHE_RSA_')));
  assert.ok(suites('Ed25519').every(name => name.startsWith('TLS_ECDHE_ECDSA_')));
  assert.equal(suites('RSA', 'Ed25519'), names(settings(full).cipherSuites12));
  // ML-DSA is of TLS 1.3 alone.
  assert.equal(settings(only(['x25519'], ['ML-DSA'])).versions, [0x0304]);
});

test('RSA key exchange needs no signature, and a server none of a client', () => {
  const cipherSuites = ['AES128-GCM-SHA256'];
  const { versions, cipherSuites12 } = settings(only(['x25519'], ['Ed25519']), { cipherSuites });
  assert.equal([versions, names(cipherSuites12)], [[0x0303], ['TLS_RSA_WITH_AES_128_GCM_SHA256']]);
  const server = serverConfig({ provider: only(['x25519'], []), credentials: [credential('server_p256')] }).settings();
  assert.equal([server.versions, server.signatureSchemes], [[0x0304, 0x0303], []]);
});

test('a client with nothing but a PSK checks no signatures (RFC 9846 §9.2)', () => {
  assert.equal(settings(only(['x25519'], []), { externalPsk: psk }).signatureSchemes, []);
});

test('a bare config speaks TLS 1.3, and the older versions it names', () => {
  const credentials = [credential('server_p256')];
  assert.equal(bareClientConfig({ provider: full }).settings({}).versions, [0x0304]);
  assert.equal(bareClientConfig({ provider: full }).settings({}).cipherSuites12, []);
  assert.equal(bareServerConfig({ provider: full, credentials }).settings().versions, [0x0304]);
  const client = bareClientConfig({ provider: full, olderVersions: [tls12Client] });
  assert.equal(client.settings({}).versions, [0x0304, 0x0303]);
  const server = bareServerConfig({ provider: full, credentials, olderVersions: [tls12Server] });
  assert.equal(server.settings().versions, [0x0304, 0x0303]);
  assert.equal(clientConfig({ provider: full, olderVersions: [] }).settings({}).versions, [0x0304]);
});

const verifier = testVerifier();
const credentials = [credential('server_p256')];
const refused: [string, () => unknown, string, RegExp][] = [
  [
    'a client whose provider has no group',
    () => clientConfig({ provider: only([], ['RSA']) }),
    'ERR_INVALID_ARGUMENT',
    /no key exchange group/,
  ],
  [
    'a client whose provider checks no signature',
    () => clientConfig({ provider: only(['x25519'], []) }),
    'ERR_INVALID_ARGUMENT',
    /no signature verifier/,
  ],
  [
    'client certificates that nobody can check',
    () => serverConfig({ provider: only(['x25519'], []), credentials, verifier, clientAuth: 'request' }),
    'ERR_INVALID_ARGUMENT',
    /signature verifier/,
  ],
  [
    'a version there is no code for',
    () => bareClientConfig({ provider: full, maxVersion: 'TLSv1.2' }),
    'ERR_INVALID_ARGUMENT',
    /there is code for none/,
  ],
  [
    'TLS 1.2 by a provider without its suites',
    () => clientConfig({ provider: { ...full, cipherSuites12: [] }, maxVersion: 'TLSv1.2' }),
    'ERR_INVALID_ARGUMENT',
    /no cipher suite can be used in TLSv1\.2/,
  ],
  [
    'TLS 1.2 with hybrids alone',
    () => clientConfig({ provider: only(['X25519MLKEM768'], ['RSA']), maxVersion: 'TLSv1.2' }),
    'ERR_INVALID_ARGUMENT',
    /no cipher suite can be used in TLSv1\.2/,
  ],
  [
    'a signature scheme the provider cannot check',
    () => clientConfig({ provider: only(['x25519'], ['RSA']), signatureSchemes: [SignatureScheme.ed25519] }),
    'ERR_UNSUPPORTED_ALGORITHM',
    /ed25519/,
  ],
  [
    'a group the provider does not have',
    () => clientConfig({ provider: only(['x25519'], ['RSA']), groups: ['X25519MLKEM768'] }),
    'ERR_UNSUPPORTED_ALGORITHM',
    /X25519MLKEM768/,
  ],
];
for (const [name, make, code, detail] of refused) {
  test(`refuses ${name} (${code})`, () => {
    assert.throws(
      make,
      (error: { code: string; message: string }) => error.code === code && detail.test(error.message),
    );
  });
}

test.after(() => psk.key.dispose());
test.run();
