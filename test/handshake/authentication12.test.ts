// Which scheme a TLS 1.2 credential signs with.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseScheme12 } from '../../src/handshake/tls12/authentication12.ts';
import { NamedGroup } from '../../src/registry/named_groups.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';

const { ecdsa_secp256r1_sha256: ecdsa, rsa_pss_rsae_sha256: pss } = SignatureScheme;

function credential(scheme: number): Parameters<typeof chooseScheme12>[0] {
  return { certificateChain: [], signer: { schemes: [scheme], sign: () => new Uint8Array(0) } };
}

test('a certificate on a curve the client does not name does not fit (RFC 8422 §5.1)', () => {
  const choose = (groups: readonly number[] | null) => chooseScheme12(credential(ecdsa), [ecdsa], ['ecdsa'], groups);
  assert.is(choose([NamedGroup.x25519]), undefined);
  assert.is(choose([NamedGroup.x25519, NamedGroup.secp256r1]), ecdsa);
  assert.is(choose([]), ecdsa);
  assert.is(choose(null), ecdsa);
});

test('RSA certificates have no curve, suites and peers limit the scheme', () => {
  assert.is(chooseScheme12(credential(pss), [pss], ['rsa'], [NamedGroup.x25519]), pss);
  assert.is(chooseScheme12(credential(pss), [pss], ['ecdsa']), undefined);
  assert.is(chooseScheme12(credential(pss), [ecdsa], ['rsa']), undefined);
});

test.run();
