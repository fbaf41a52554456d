// TLS 1.2 and the record layer: what BoringSSL's test runner found, each with a test of its own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { parseClientHello } from '../../src/wire/client_hello.ts';
import { parseSslv2Hello } from '../../src/wire/sslv2_hello.ts';
import { makePair, type PairOptions, pump } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

function handshake12(options: PairOptions) {
  const pair = makePair({ ...options, client: { maxVersion: 'TLSv1.2', ...options.client } });
  pump(pair);
  return pair;
}

test('certificate_types decide among the certificates of a TLS 1.2 client (RFC 5246 §7.4.4)', () => {
  const seen: (readonly number[] | undefined)[] = [];
  const own = credential('client_p256');
  const pair = handshake12({
    client: {
      credential: request => {
        seen.push(request.certificateTypes);
        return own;
      },
    },
    server: {
      clientAuth: 'require',
      verifier: testVerifier(),
      signatureSchemes: [SignatureScheme.ecdsa_secp256r1_sha256],
    },
  });
  assert.is(pair.server.error, null);
  assert.equal(seen.length, 1);
  assert.ok(seen[0]?.includes(64), 'ecdsa_sign');
});

test('the challenge of an SSL 2.0 hello becomes the random: right-justified, of a longer one the beginning (RFC 5246 §E.2)', () => {
  const helloOf = (length: number) => {
    const challenge = Uint8Array.from({ length }, (_, i) => i + 1);
    const body = [1, 3, 3, 0, 3, 0, 0, 0, length, 0, 0, 0x2f, ...challenge];
    return { challenge, hello: Uint8Array.of(0x80, body.length, ...body) };
  };
  for (const length of [16, 31, 32, 33, 48]) {
    const { challenge, hello } = helloOf(length);
    const { random } = parseClientHello(parseSslv2Hello(hello).body);
    const used = challenge.subarray(0, 32);
    assert.equal(random, Uint8Array.of(...new Uint8Array(32 - used.length), ...used));
  }
  assert.throws(
    () => parseSslv2Hello(helloOf(15).hello),
    (error: { code: string }) => error.code === 'ERR_DECODE_ERROR',
  );
});

test.run();
