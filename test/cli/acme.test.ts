// The pieces of ACME: thumbprints (RFC 7638), key authorizations, and castls serve under a tls-alpn-01 challenge (RFC 8737).

import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509.ts';
import { codeOfLater } from '../support/code_of.ts';
import { castls as once, workDirectory } from '../support/command.ts';
import { serve } from '../support/programs.ts';

test('the thumbprint of RFC 7638 §3.1, and of EC and OKP keys in every form', async () => {
  const jwk = {
    kty: 'RSA',
    n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    e: 'AQAB',
    alg: 'RS256',
    kid: '2011-04-29',
  };
  assert.is(x509.jwkThumbprint(jwk), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  // RFC 8037 appendix A.3.
  const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  assert.is(x509.jwkThumbprint(okp), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  const key = await x509.generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const expected = x509.jwkThumbprint(x509.writePublicJwk(key.publicKey));
  const pem = x509.formatPem('PUBLIC KEY', x509.writePublicKey(key.publicKey));
  for (const form of [key, key.publicKey, pem, x509.dangerousWritePrivateJwk(key)]) {
    assert.is(x509.jwkThumbprint(form), expected);
  }
  assert.is(await codeOfLater(async () => x509.jwkThumbprint({ kty: 'oct' })), 'ERR_UNSUPPORTED_ALGORITHM');
  key.dispose();
});

const thumbprint = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const authorization = `DGyRejmCefe7v4NfDGDKfA.${thumbprint}`;

/** One handshake as the CA of ACME makes it; the certificate and the protocol, or the error. */
function validate(port: string, servername: string, ALPNProtocols?: string[]) {
  return new Promise<{ certificate: X509Certificate; protocol: string | false | null } | Error>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no handshake in 10 s')), 10_000);
    const socket = connect({
      port: Number(port),
      host: '127.0.0.1',
      servername,
      ALPNProtocols,
      rejectUnauthorized: false,
    });
    const finish = (value: Parameters<typeof resolve>[0]) => {
      clearTimeout(late);
      socket.destroy();
      resolve(value);
    };
    socket.on('secureConnect', () =>
      finish({ certificate: socket.getPeerX509Certificate()!, protocol: socket.alpnProtocol }),
    );
    socket.on('error', finish);
  });
}

test('serve answers a tls-alpn-01 challenge beside its own work, and nothing but the challenge', async () => {
  await once('cert', 'self-signed', 'own.example', '--out', 'own.crt', '--key-out', 'own.key');
  const files = ['--cert', `${workDirectory()}/own.crt`, '--key', `${workDirectory()}/own.key`];
  const { server, port } = await serve(...files, '--www', '--acme', `challenged.example=${authorization}`);
  try {
    const answer = await validate(port, 'challenged.example', ['acme-tls/1']);
    assert.not(answer instanceof Error, String(answer));
    const { certificate, protocol } = answer as Exclude<typeof answer, Error>;
    assert.is(protocol, 'acme-tls/1');
    assert.is(certificate.subjectAltName, 'DNS:challenged.example');
    const identifier = x509.parseCertificate(certificate.raw).extensions.get(x509.extensionOids.acmeIdentifier)!;
    assert.ok(identifier.critical);
    const digest = x509.hashAlgorithm('sha256').digest(new TextEncoder().encode(authorization));
    assert.equal(identifier.value.subarray(2), digest);

    const own = await validate(port, 'challenged.example', ['http/1.1']);
    assert.is((own as Exclude<typeof own, Error>).certificate.subjectAltName, 'DNS:own.example');
    const plain = await validate(port, 'challenged.example');
    assert.is((plain as Exclude<typeof plain, Error>).certificate.subjectAltName, 'DNS:own.example');
    // Another name, or another protocol beside: no challenge.
    assert.instance(await validate(port, 'other.example', ['acme-tls/1']), Error);
    const both = await validate(port, 'challenged.example', ['acme-tls/1', 'http/1.1']);
    assert.is((both as Exclude<typeof both, Error>).certificate.subjectAltName, 'DNS:own.example');
  } finally {
    await server.stop();
  }
});

test('the same certificate by cert self-signed; what is no authorization is refused', async () => {
  const made = await once('cert', 'self-signed', 'c.example', '--acme', authorization, '--out', 'acme.crt', '--json');
  assert.is(made.code, 0, made.stderr);
  assert.ok(JSON.parse(made.stdout).extensions.some((each: { name: string }) => each.name === 'acmeIdentifier'));
  for (const wrong of ['token', `.${thumbprint}`, `a b.${thumbprint}`, 'a.b']) {
    const outcome = await once(
      'cert',
      'self-signed',
      'c.example',
      '--acme',
      wrong,
      '--out',
      'w.crt',
      '--key-out',
      'w.key',
    );
    assert.is(outcome.code, 1);
    assert.match(outcome.stderr, /^castls: ERR_INVALID_ARGUMENT: /);
  }
});

test('a CSR for a key that only signs: any Signer, such as a KMS', async () => {
  const key = await x509.generatePrivateKey({ type: 'ec', curve: 'P-384' });
  const own = x509.signerOf(key);
  const signer = { schemes: own.schemes, sign: async (...args: Parameters<typeof own.sign>) => own.sign(...args) };
  const publicKey = x509.formatPem('PUBLIC KEY', x509.writePublicKey(key.publicKey));
  const request = await x509.createCertificateRequest({ altNames: ['a.example'], publicKey }, { signer });
  await x509.verifyCertificateRequest(request.der);
  key.dispose();
});

test.run();
