// TLS 1.2 and the record layer: what BoringSSL's test runner found, each with a test of its own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
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

test.run();
