// Private keys that castls writes, openssl and node:crypto read; and JWK in both directions against node:crypto.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatPem } from '../../src/asn1/pem.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { PublicKey } from '../../src/crypto/signature.ts';
import { dangerousWritePrivateJwk, parsePrivateJwk, parsePublicJwk, writePublicJwk } from '../../src/x509/keys/jwk.ts';
import type { EncryptionOptions } from '../../src/x509/keys/pbes2_write.ts';
import { parsePrivateKey } from '../../src/x509/keys/private_key.ts';
import { writeEncryptedPrivateKey, writePrivateKey } from '../../src/x509/keys/write.ts';
import { parsePublicKey } from '../../src/x509/public_key.ts';
import { writePublicKey } from '../../src/x509/write/algorithm.ts';
import { testCore } from '../support/core.ts';
import * as d from '../support/der.ts';
import { keyKinds, makeKey } from '../support/issuing.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { openssl, write } from '../support/openssl.ts';
import { randomFrom } from '../support/random.ts';
import { keyPairTwin } from '../twins/mldsa.ts';

const provider = testKeyProvider();
const nodeKinds = Object.keys(keyKinds).filter(kind => !kind.startsWith('mldsa'));
const spkiOf = (key: KeyObject) => new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));

for (const kind of nodeKinds) {
  test(`${kind}: node:crypto and openssl read the PKCS#8 of castls, and write the same bytes`, async () => {
    const key = await makeKey(kind);
    const der = writePrivateKey(provider, key);
    const node = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
    assert.equal(spkiOf(node), writePublicKey(key.publicKey));
    assert.equal(new Uint8Array(node.export({ format: 'der', type: 'pkcs8' })), der);
    const file = write('own.pem', formatPem('PRIVATE KEY', der));
    openssl('pkey', '-in', file, '-noout', '-check');
    assert.equal(parsePublicKey(writePublicKey(key.publicKey)), key.publicKey);
  });
}

test('PKCS#1 and SEC 1 are the bytes that node:crypto writes', async () => {
  for (const [kind, format] of [
    ['rsa', 'pkcs1'],
    ['p256', 'sec1'],
    ['p384', 'sec1'],
    ['p521', 'sec1'],
  ] as const) {
    const key = await makeKey(kind);
    const der = writePrivateKey(provider, key, format);
    const node = createPrivateKey({ key: Buffer.from(der), format: 'der', type: format });
    assert.equal(new Uint8Array(node.export({ format: 'der', type: format })), der, kind);
  }
  const ed = await makeKey('ed25519');
  assert.throws(() => writePrivateKey(provider, ed, 'sec1'), /ED25519/);
});

test('a key read is written as it was, for every form of RSASSA-PSS too', () => {
  for (const parameters of [{}, { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 }]) {
    const { privateKey } = generateKeyPairSync('rsa-pss' as 'rsa', { modulusLength: 2048, ...parameters });
    const der = new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }));
    const key = parsePrivateKey(provider, der);
    const written = writePrivateKey(provider, key);
    const again = createPrivateKey({ key: Buffer.from(written), format: 'der', type: 'pkcs8' });
    assert.equal(again.asymmetricKeyDetails, privateKey.asymmetricKeyDetails);
    assert.equal(spkiOf(again), spkiOf(privateKey));
    assert.equal(writePublicKey(key.publicKey), spkiOf(privateKey));
    key.dispose();
  }
});

const variants: EncryptionOptions[] = [{ passphrase: 'sésame' }, { passphrase: '', iterations: 1000 }];
for (const hash of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
  for (const aesBits of [128, 192, 256] as const) variants.push({ passphrase: 'x', hash, aesBits, iterations: 3000 });
}
for (const aesBits of [128, 256] as const) variants.push({ passphrase: 'x', derivation: 'scrypt', aesBits });

for (const options of variants) {
  test(`openssl reads PKCS#8 encrypted with ${JSON.stringify(options)}, and so does castls`, async () => {
    const key = await makeKey('p256');
    const live = testCore().liveSlots;
    const der = writeEncryptedPrivateKey(provider, key, options);
    const file = write('enc.pem', formatPem('ENCRYPTED PRIVATE KEY', der));
    openssl('pkey', '-in', file, '-passin', `pass:${options.passphrase}`, '-noout', '-check');
    const read = parsePrivateKey(provider, der, { passphrase: options.passphrase });
    assert.equal(read.publicKey, key.publicKey);
    read.dispose();
    assert.is(testCore().liveSlots, live);
    assert.throws(
      () => parsePrivateKey(provider, der, { passphrase: 'wrong' }),
      (error: TlsError) => error.code === 'ERR_WRONG_PASSWORD',
    );
  });
}

for (const [parameterSet, number, oid] of [
  ['ML-DSA-44', 44, '2.16.840.1.101.3.4.3.17'],
  ['ML-DSA-65', 65, '2.16.840.1.101.3.4.3.18'],
  ['ML-DSA-87', 87, '2.16.840.1.101.3.4.3.19'],
] as const) {
  test(`${parameterSet}: seed, expanded key and both are read; the seed is written where there is one (RFC 9881 §6)`, () => {
    const seed = randomFrom(number).bytes(32);
    const { pk, sk } = keyPairTwin(number, seed);
    const pkcs8 = (content: Uint8Array) => d.seq(d.int(0), d.seq(d.oid(oid)), d.octets(content));
    const seedForm = pkcs8(d.primitive(0, seed));
    const expandedForm = pkcs8(d.octets(sk));
    const both = pkcs8(d.seq(d.octets(seed), d.octets(sk)));
    const live = testCore().liveSlots;
    for (const [form, written] of [
      [seedForm, seedForm],
      [expandedForm, expandedForm],
      [both, seedForm],
    ]) {
      const key = parsePrivateKey(provider, form);
      assert.equal(key.publicKey, { type: 'mldsa', parameterSet, key: pk });
      assert.equal(writePrivateKey(provider, key), written);
      key.dispose();
    }
    const other = keyPairTwin(number, randomFrom(number + 1).bytes(32)).sk;
    for (const wrong of [d.seq(d.octets(seed), d.octets(other)), d.primitive(0, seed.subarray(1)), d.octets(seed)]) {
      assert.throws(
        () => parsePrivateKey(provider, pkcs8(wrong)),
        (error: TlsError) => error.code === 'ERR_INVALID_PRIVATE_KEY',
      );
    }
    assert.is(testCore().liveSlots, live);
  });
}

for (const kind of nodeKinds) {
  test(`${kind}: JWK in both directions`, async () => {
    const key = await makeKey(kind);
    const own = dangerousWritePrivateJwk(provider, key);
    const node = createPrivateKey({ key: own as never, format: 'jwk' });
    assert.equal(spkiOf(node), writePublicKey(key.publicKey));
    assert.equal({ ...node.export({ format: 'jwk' }) }, { ...own });
    const read = parsePrivateJwk(provider, node.export({ format: 'jwk' }) as never);
    assert.equal(read.publicKey, key.publicKey);
    read.dispose();
    const open = createPublicKey(node).export({ format: 'jwk' });
    assert.equal({ ...writePublicJwk(key.publicKey) }, { ...open });
    assert.equal(parsePublicJwk(open as never), key.publicKey);
  });
}

test('JWK of X25519 and X448 are public keys only', () => {
  for (const type of ['x25519', 'x448'] as const) {
    const { publicKey, privateKey } = generateKeyPairSync(type as 'x25519');
    const parsed: PublicKey = parsePublicJwk(publicKey.export({ format: 'jwk' }) as never);
    assert.is(parsed.type, type);
    assert.equal({ ...writePublicJwk(parsed) }, { ...publicKey.export({ format: 'jwk' }) });
    assert.throws(() => parsePrivateJwk(provider, privateKey.export({ format: 'jwk' }) as never), /sign nothing/);
  }
});

test('bad JWK are typed errors and leave no secrets', async () => {
  const key = await makeKey('p256');
  const rsa = dangerousWritePrivateJwk(provider, await makeKey('rsa'));
  const good = dangerousWritePrivateJwk(provider, key);
  const other = dangerousWritePrivateJwk(provider, await makeKey('p256', 'other'));
  const live = testCore().liveSlots;
  for (const [jwk, code] of [
    [{ ...good, d: other.d }, 'ERR_INVALID_PRIVATE_KEY'],
    [{ ...good, d: undefined }, 'ERR_INVALID_PRIVATE_KEY'],
    [{ ...good, d: 'AA' }, 'ERR_INVALID_PRIVATE_KEY'],
    [{ ...good, d: `${good.d}=` }, 'ERR_INVALID_PRIVATE_KEY'],
    [{ ...good, x: 'AA' }, 'ERR_INVALID_PUBLIC_KEY'],
    [{ ...good, crv: 'secp256k1' }, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{ kty: 'oct' }, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{ ...rsa, dq: rsa.dp }, 'ERR_INVALID_PRIVATE_KEY'],
    [{ ...rsa, oth: [] }, 'ERR_UNSUPPORTED_ALGORITHM'],
    [{ ...rsa, e: 'AAEAAQ' }, 'ERR_INVALID_PUBLIC_KEY'],
  ] as const) {
    let thrown: unknown;
    try {
      parsePrivateJwk(provider, jwk as never);
    } catch (error) {
      thrown = error;
    }
    assert.instance(thrown, TlsError);
    assert.is((thrown as TlsError).code, code, String(thrown));
    assert.is(testCore().liveSlots, live);
  }
});

test.run();
