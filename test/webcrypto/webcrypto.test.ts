// The WebCrypto provider and signers against the WASM core.

import { webcrypto } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from '../../src/crypto/signature.ts';
import { SignatureScheme } from '../../src/registry/signature_schemes.ts';
import { ed25519Verifier } from '../../src/wasm/ed25519.ts';
import { p256Verifier, secp256r1Group } from '../../src/wasm/p256.ts';
import { p384Verifier, secp384r1Group } from '../../src/wasm/p384.ts';
import { p521Verifier, secp521r1Group } from '../../src/wasm/p521.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import { rsaVerifier } from '../../src/wasm/rsa.ts';
import { x25519Group } from '../../src/wasm/x25519.ts';
import { webCryptoProvider } from '../../src/webcrypto/provider.ts';
import { webCryptoSigner } from '../../src/webcrypto/signer.ts';
import { webCryptoVerifiers } from '../../src/webcrypto/verifier.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { wrongValues } from '../support/wrong_values.ts';

const subtle = webcrypto.subtle as unknown as SubtleCrypto;
const core = testCore();
const wasm = wasmProvider(core, {
  groups: [x25519Group(core), secp256r1Group(core), secp384r1Group(core), secp521r1Group(core)],
  signatureVerifiers: [
    ed25519Verifier(core),
    rsaVerifier(core),
    p256Verifier(core),
    p384Verifier(core),
    p521Verifier(core),
  ],
});
const web = webCryptoProvider(wasm, subtle);

async function code(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof TlsError) return error.code;
    throw error;
  }
  return 'no error';
}

for (const group of web.groups) {
  test(`${group.name}: WebCrypto and the WASM core agree, both roles`, async () => {
    const other = wasm.groups.find(g => g.id === group.id)!;
    const own = await group.generate(hostRandom);
    const theirs = await other.respond(own.share, hostRandom);
    const secret = await own.complete(theirs.share);
    assert.is(hex(core.dangerousReveal(secret)), hex(core.dangerousReveal(theirs.sharedSecret)));
    const first = await other.generate(hostRandom);
    const answer = await group.respond(first.share, hostRandom);
    const completed = await first.complete(answer.share);
    assert.is(hex(core.dangerousReveal(completed)), hex(core.dangerousReveal(answer.sharedSecret)));
    for (const held of [secret, theirs.sharedSecret, completed, answer.sharedSecret]) held.dispose();
  });

  test(`${group.name}: WebCrypto refuses bad shares with the same error`, async () => {
    const length = group.name === 'x25519' ? 32 : (await group.generate(hostRandom)).share.length;
    for (const share of [
      new Uint8Array(0),
      new Uint8Array(length),
      new Uint8Array(length + 1),
      new Uint8Array(length).fill(4),
    ]) {
      if (group.name === 'x25519' && share.length === 32 && share[0] === 4) continue; // a point like any other
      assert.is(await code(() => group.respond(share, hostRandom)), 'ERR_INVALID_PUBLIC_KEY');
    }
  });
}

interface Case {
  readonly name: string;
  readonly algorithm: object;
  readonly scheme: number;
  readonly parameters: SignatureParameters;
}

const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const cases: readonly Case[] = [
  {
    name: 'ECDSA P-256',
    algorithm: { name: 'ECDSA', namedCurve: 'P-256' },
    scheme: SignatureScheme.ecdsa_secp256r1_sha256,
    parameters: { type: 'ecdsa', hash: 'sha256' },
  },
  {
    name: 'ECDSA P-384',
    algorithm: { name: 'ECDSA', namedCurve: 'P-384' },
    scheme: SignatureScheme.ecdsa_secp384r1_sha384,
    parameters: { type: 'ecdsa', hash: 'sha384' },
  },
  {
    name: 'ECDSA P-521',
    algorithm: { name: 'ECDSA', namedCurve: 'P-521' },
    scheme: SignatureScheme.ecdsa_secp521r1_sha512,
    parameters: { type: 'ecdsa', hash: 'sha512' },
  },
  {
    name: 'RSA-PSS',
    algorithm: { name: 'RSA-PSS', hash: 'SHA-256', ...rsa },
    scheme: SignatureScheme.rsa_pss_rsae_sha256,
    parameters: { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 },
  },
  {
    name: 'RSASSA-PKCS1-v1_5',
    algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', ...rsa },
    scheme: SignatureScheme.rsa_pkcs1_sha384,
    parameters: { type: 'rsa-pkcs1', hash: 'sha384' },
  },
  {
    name: 'Ed25519',
    algorithm: { name: 'Ed25519' },
    scheme: SignatureScheme.ed25519,
    parameters: { type: 'ed25519' },
  },
];

async function publicKeyOf(key: CryptoKey): Promise<PublicKey> {
  const jwk = await subtle.exportKey('jwk', key);
  const bytes = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'));
  if (jwk.kty === 'RSA') return { type: 'rsa', modulus: bytes(jwk.n), exponent: bytes(jwk.e) };
  if (jwk.crv === 'Ed25519') return { type: 'ed25519', key: bytes(jwk.x) };
  const curve = jwk.crv as 'P-256' | 'P-384' | 'P-521';
  return { type: 'ec', curve, point: Uint8Array.of(4, ...bytes(jwk.x), ...bytes(jwk.y)) };
}

function verifierFor(
  list: readonly SignatureVerifier[],
  key: PublicKey,
  parameters: SignatureParameters,
): SignatureVerifier {
  const found = list.find(v => v.handles(key, parameters));
  if (found === undefined) throw new Error('no verifier');
  return found;
}

for (const { name, algorithm, scheme, parameters } of cases) {
  test(`${name}: a non-extractable CryptoKey signs, WebCrypto and the core verify`, async () => {
    const pair = (await subtle.generateKey(algorithm as never, false, ['sign', 'verify'])) as CryptoKeyPair;
    const signer = webCryptoSigner(pair.privateKey, subtle);
    assert.equal(signer.schemes, [scheme]);
    const message = new TextEncoder().encode('a message, not a digest');
    const signature = await signer.sign(scheme, message);
    const key = await publicKeyOf(pair.publicKey);
    for (const list of [wasm.signatureVerifiers, webCryptoVerifiers(subtle)]) {
      const verifier = verifierFor(list, key, parameters);
      assert.is(await verifier.verify(key, parameters, message, signature), true);
      const changed = signature.slice();
      changed[changed.length - 1] ^= 1;
      assert.is(await verifier.verify(key, parameters, message, changed), false);
      assert.is(await verifier.verify(key, parameters, message, signature.subarray(1)), false);
    }
    assert.is(await code(() => signer.sign(SignatureScheme.ed448, message)), 'ERR_UNSUPPORTED_ALGORITHM');
  });
}

test('keys that cannot sign are refused', async () => {
  const like = [{ type: 'private' }, { type: 'private', usages: ['sign'] }];
  for (const wrong of [...wrongValues().map(([, value]) => value), ...like]) {
    assert.is(await code(() => webCryptoSigner(wrong as never, subtle)), 'ERR_INVALID_PRIVATE_KEY');
  }
  const pair = (await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
    'deriveBits',
  ])) as CryptoKeyPair;
  assert.is(await code(() => webCryptoSigner(pair.privateKey, subtle)), 'ERR_INVALID_PRIVATE_KEY');
  const old = { name: 'RSA-PSS', hash: 'SHA-1', ...rsa };
  const sha1 = (await subtle.generateKey(old as never, false, ['sign', 'verify'])) as CryptoKeyPair;
  assert.is(await code(() => webCryptoSigner(sha1.privateKey, subtle)), 'ERR_UNSUPPORTED_ALGORITHM');
});

test.run();
