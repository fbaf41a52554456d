// What a certified key may do: Key Usage, RSASSA-PSS keys, and the oid_filters of a CertificateRequest
// (RFC 9846 §4.4.2.2, §4.2.5; RFC 5246 §7.4.2; RFC 4055 §1.2).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readCredential } from '../../src/adapters/credentials.ts';
import { clientConfig } from '../../src/connection/config.ts';
import type { Credential } from '../../src/handshake/flow/settings.ts';
import { defaultProvider } from '../../src/wasm/default_provider.ts';
import type { OidFilter } from '../../src/wire/extensions/authentication.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { createPeerVerifier } from '../../src/x509/verify.ts';
import * as d from '../support/der.ts';
import { pemOf } from '../support/issuing.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { makePair, type PairOptions, pump } from '../support/pair.ts';
import * as make from '../support/x509_maker.ts';

const provider = defaultProvider();
const root = make.testKey('p256', 'key use');
const dates = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
const anchor = make.makeCertificate({
  subject: 'root',
  issuer: 'root',
  key: root,
  signer: root,
  extensions: [make.basicConstraints(true), make.keyUsage(5, 6)],
  ...dates,
});
const verifier = createPeerVerifier({ anchors: [trustAnchor(anchor)], verifiers: provider.signatureVerifiers });

/** A certificate for example.test with an RSA key and these extensions beside its name. */
function certified(...extensions: Uint8Array[]): Credential {
  const key = make.testKey('rsa', 'key use');
  const der = make.makeCertificate({
    subject: 'leaf',
    issuer: 'root',
    key,
    signer: root,
    extensions: [make.altName(make.dns('example.test')), ...extensions],
    ...dates,
  });
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  return readCredential(provider, { cert: pemOf(der), key: pem });
}

const digitalSignature = certified(make.keyUsage(0));
const keyEncipherment = certified(make.keyUsage(2));
const both = certified(make.keyUsage(0, 2));
const keyAgreement = certified(make.keyUsage(4));
const none = certified();

const signs = ['TLSv1.3', 'TLSv1.2 ECDHE'];
const ways: Record<string, PairOptions['client']> = {
  'TLSv1.3': { minVersion: 'TLSv1.3' },
  'TLSv1.2 ECDHE': { maxVersion: 'TLSv1.2' },
  'TLSv1.2 RSA': { maxVersion: 'TLSv1.2', cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256'] },
};

function outcome(options: PairOptions): { client: string; server: string } {
  const pair = makePair({
    client: { provider, verifier, ...options.client },
    server: { provider, credentials: [both], verifier, ...options.server },
  });
  pump(pair);
  const of = ({ state, error }: { state: string; error: { code: string } | null }) => error?.code ?? state;
  return { client: of(pair.client), server: of(pair.server) };
}

for (const [way, options] of Object.entries(ways)) {
  const cases: readonly [string, Credential, readonly string[]][] = [
    ['digitalSignature', digitalSignature, signs],
    ['keyEncipherment', keyEncipherment, ['TLSv1.2 RSA']],
    ['both', both, Object.keys(ways)],
    ['keyAgreement', keyAgreement, []],
    ['no extension', none, Object.keys(ways)],
  ];
  for (const [usage, credential, allowed] of cases) {
    test(`a server's key with ${usage}: ${way} (unsupported_certificate where it may not)`, () => {
      const { client } = outcome({
        client: options,
        server: { ...options, credentials: [credential] } as PairOptions['server'],
      });
      assert.is(client, allowed.includes(way) ? 'established' : 'ERR_CERT_PURPOSE');
    });
    test(`a client's key with ${usage} signs, whatever the suite: ${way}`, () => {
      const { server } = outcome({
        client: { ...options, credential },
        server: { ...options, clientAuth: 'require' } as PairOptions['server'],
      });
      assert.is(server, usage === 'keyEncipherment' || usage === 'keyAgreement' ? 'ERR_CERT_PURPOSE' : 'established');
    });
  }
}

test('an id-RSASSA-PSS key transports no premaster secret, in either role (RFC 4055 §1.2)', () => {
  const pair = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const spki = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }));
  const der = make.makeCertificate({
    subject: 'leaf',
    issuer: 'root',
    key: { ...make.testKey('rsa', 'key use'), spki },
    signer: root,
    extensions: [make.altName(make.dns('example.test'))],
    ...dates,
  });
  const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const pss = readCredential(provider, { cert: pemOf(der), key: pem });
  assert.is(pss.decrypter, undefined);
  const rsa = ways['TLSv1.2 RSA'];
  const honest = outcome({ client: rsa, server: { ...rsa, credentials: [pss] } as PairOptions['server'] });
  assert.is(honest.server, 'ERR_NO_SHARED_CIPHER_SUITE');
  const bold = { ...pss, decrypter: both.decrypter };
  assert.is(
    outcome({ client: rsa, server: { ...rsa, credentials: [bold] } as PairOptions['server'] }).client,
    'ERR_UNSUPPORTED_CERTIFICATE',
  );
  assert.is(outcome({ client: ways['TLSv1.3'], server: { credentials: [pss] } }).client, 'established');
});

const KEY_USAGE = Uint8Array.of(6, 3, 0x55, 0x1d, 0x0f);
const EXTENDED_KEY_USAGE = Uint8Array.of(6, 3, 0x55, 0x1d, 0x25);
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const EMAIL = '1.3.6.1.5.5.7.3.4';

/** Index of the credential that a client shows; -1 for none. */
function shown(credentials: readonly Credential[], ...oidFilters: OidFilter[]): number {
  const given = [credentials, () => credentials[0]];
  const indices = given.map(credential => {
    const { selectCredential } = clientConfig({ provider, verifier, credential }).settings({});
    const request = {
      version: 0x0304,
      signatureSchemes: [0x0804],
      certificateSchemes: [0x0804],
      certificateAuthorities: [],
      oidFilters,
    };
    const chosen = selectCredential?.(request, new AbortController().signal) as Credential | null;
    return chosen === null ? -1 : credentials.indexOf(chosen);
  });
  if (indices[0] <= 0) assert.is(indices[1], indices[0], 'a hook is held to the filters, too');
  return indices[0];
}

test('a client shows the certificate that the oid_filters ask for, or none (§4.2.5)', () => {
  const mail = certified(make.extendedKeyUsage(EMAIL));
  const web = certified(make.extendedKeyUsage(CLIENT_AUTH, EMAIL));
  const usage = (...bits: number[]) => ({
    oid: KEY_USAGE,
    values: d.bits(Uint8Array.of(bits.reduce((a, b) => a | (0x80 >> b), 0)), 7 - Math.max(...bits)),
  });
  const purposes = (...oids: string[]) => ({ oid: EXTENDED_KEY_USAGE, values: d.seq(...oids.map(d.oid)) });
  assert.is(shown([digitalSignature, both]), 0);
  assert.is(shown([digitalSignature, both], usage(0)), 0);
  assert.is(shown([digitalSignature, both], usage(0, 2)), 1);
  assert.is(shown([digitalSignature, keyEncipherment], usage(0, 2)), -1);
  assert.is(shown([none], usage(0)), -1);
  assert.is(shown([mail, web], purposes(CLIENT_AUTH)), 1);
  assert.is(shown([mail, web], purposes(CLIENT_AUTH, EMAIL)), 1);
  assert.is(shown([mail], purposes(CLIENT_AUTH)), -1);
  assert.is(shown([both], purposes(CLIENT_AUTH)), -1);
  assert.is(shown([mail, web], purposes(EMAIL), usage(0)), -1);
  assert.is(
    shown([both], { oid: Uint8Array.of(6, 2, 0x2a, 0x03), values: Uint8Array.of(5, 0) }),
    0,
    'an unknown one is ignored',
  );
  assert.is(
    shown([both], { oid: KEY_USAGE, values: Uint8Array.of(1, 2, 3) }),
    -1,
    'one that cannot be read matches nothing',
  );
  assert.is(shown([both, none], { oid: KEY_USAGE, values: new Uint8Array(0) }), 0);
});

test.run();
