// Reading private keys that openssl and node:crypto write: PKCS#8 plain and encrypted, PKCS#1, SEC 1.

import { createPublicKey, type KeyObject, verify as nodeVerify } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { keySigner } from '../../src/crypto/signature_scheme.ts';
import type { PasswordOptions } from '../../src/x509/keys/pbes2.ts';
import { parsePrivateKey } from '../../src/x509/keys/private_key.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { openssl, readBytes, readText, write } from '../support/openssl.ts';

const message = new TextEncoder().encode('what is signed');
const provider = testKeyProvider();

/** Reads the key, signs with it, and has node:crypto verify with `publicKey`. No secret may be left over. */
async function signsAs(input: string | Uint8Array, publicKey: KeyObject, options: PasswordOptions = {}): Promise<void> {
  const live = testCore().liveSlots;
  const key = parsePrivateKey(provider, input, options);
  const signer = keySigner(key, hostRandom);
  const signature = await signer.sign(signer.schemes[0], message);
  const type = publicKey.asymmetricKeyType;
  const hash = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' };
  const digest =
    key.publicKey.type === 'ec' ? hash[key.publicKey.curve] : key.publicKey.type === 'rsa' ? 'sha256' : null;
  assert.ok(
    nodeVerify(digest, message, type === 'rsa' ? { key: publicKey, padding: 6, saltLength: 32 } : publicKey, signature),
    `${type}`,
  );
  key.dispose();
  assert.is(testCore().liveSlots, live);
}

const kinds: readonly [string, () => { privateKey: KeyObject; publicKey: KeyObject }][] = [
  ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ['Ed448', () => generateKeyPairSync('ed448')],
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['RSA-PSS', () => generateKeyPairSync('rsa-pss' as 'rsa', { modulusLength: 2048 })],
  [
    'RSA-PSS with parameters',
    () =>
      generateKeyPairSync(
        'rsa-pss' as 'rsa',
        {
          modulusLength: 2048,
          hashAlgorithm: 'sha256',
          mgf1HashAlgorithm: 'sha256',
          saltLength: 32,
        } as { modulusLength: number },
      ),
  ],
];

for (const [name, generate] of kinds) {
  test(`reads ${name} from PKCS#8 in PEM, DER and PEM as bytes`, async () => {
    const { privateKey, publicKey } = generate();
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    await signsAs(pem, publicKey);
    await signsAs(`some text\n${pem}`, publicKey);
    await signsAs(new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })), publicKey);
    await signsAs(new TextEncoder().encode(pem), publicKey);
  });
}

test('reads PKCS#1 and SEC 1, also behind EC PARAMETERS', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 3072 });
  await signsAs(rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }) as string, rsa.publicKey);
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  await signsAs(ec.privateKey.export({ format: 'pem', type: 'sec1' }) as string, ec.publicKey);
  await signsAs(new Uint8Array(ec.privateKey.export({ format: 'der', type: 'sec1' })), ec.publicKey);
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-out', 'params.pem');
  const text = readText('params.pem');
  assert.match(text, /EC PARAMETERS/);
  await signsAs(text, createPublicKey(text));
});

for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc']) {
  for (const prf of ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA384', 'hmacWithSHA512']) {
    test(`reads openssl's PKCS#8 under ${cipher} and ${prf}`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      write('plain.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
      openssl(
        'pkcs8',
        '-topk8',
        '-in',
        'plain.pem',
        '-out',
        'enc.pem',
        '-v2',
        cipher,
        '-v2prf',
        prf,
        '-passout',
        'pass:sesame',
      );
      const pem = readText('enc.pem');
      await signsAs(pem, publicKey, { passphrase: 'sesame' });
      await signsAs(pem, publicKey, { passphrase: new TextEncoder().encode('sesame') });
    });
  }
}

test("reads openssl's PKCS#8 under scrypt, and within its limits only", async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  write('plain.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'enc.pem', '-scrypt', '-passout', 'pass:sésame');
  const pem = readText('enc.pem');
  await signsAs(pem, publicKey, { passphrase: 'sésame' });
  fails('ERR_COST_LIMIT', () =>
    parsePrivateKey(provider, pem, { passphrase: 'sésame', limits: { scryptMemory: 2 ** 20 } }),
  );
});

function fails(code: string, work: () => unknown, text = /./): void {
  const live = testCore().liveSlots;
  try {
    work();
  } catch (error) {
    assert.instance(error, TlsError, String((error as Error).stack));
    assert.is((error as TlsError).code, code, (error as TlsError).message);
    assert.match((error as TlsError).message, text);
    assert.is(testCore().liveSlots, live, 'secrets left over');
    return;
  }
  assert.unreachable(`must fail with ${code}`);
}

test('a wrong or missing passphrase is ERR_WRONG_PASSWORD, whatever the padding says', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'right' }) as string;
  for (let i = 0; i < 300; i++) {
    fails('ERR_WRONG_PASSWORD', () => parsePrivateKey(provider, pem, { passphrase: `wrong ${i}` }));
  }
  fails('ERR_WRONG_PASSWORD', () => parsePrivateKey(provider, pem), /no passphrase/);
});

test('iterations over the limit are refused before the work (ERR_COST_LIMIT)', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  write('plain.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'enc.pem', '-iter', '5000', '-passout', 'pass:x');
  const pem = readText('enc.pem');
  fails('ERR_COST_LIMIT', () => parsePrivateKey(provider, pem, { passphrase: 'x', limits: { iterations: 4999 } }));
});

test('old encryption is refused by its name', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  write('plain.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'old.pem', '-v1', 'PBE-SHA1-3DES', '-passout', 'pass:x');
  fails(
    'ERR_UNSUPPORTED_ALGORITHM',
    () => parsePrivateKey(provider, readText('old.pem'), { passphrase: 'x' }),
    /TripleDES.*legacy/,
  );
  openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'des.pem', '-v2', 'des3', '-passout', 'pass:x');
  fails(
    'ERR_UNSUPPORTED_ALGORITHM',
    () => parsePrivateKey(provider, readText('des.pem'), { passphrase: 'x' }),
    /DES-EDE3/,
  );
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const dek = ec.export({ format: 'pem', type: 'sec1', cipher: 'aes-128-cbc', passphrase: 'x' }) as string;
  fails(
    'ERR_UNSUPPORTED_ALGORITHM',
    () => parsePrivateKey(provider, dek, { passphrase: 'x' }),
    /DEK-Info: AES-128-CBC/i,
  );
});

test('damaged encrypted keys, of both derivations, are typed errors', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  write('plain.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  for (const kind of [
    ['-scrypt', '-scrypt_N', '16'],
    ['-iter', '1'],
  ]) {
    openssl('pkcs8', '-topk8', '-in', 'plain.pem', '-out', 'd.der', '-outform', 'DER', ...kind, '-passout', 'pass:x');
    const der = readBytes('d.der');
    for (let at = 0; at < der.length; at++) {
      for (const flip of [1, 2, 0x10, 0x80]) {
        const damaged = der.slice();
        damaged[at] ^= flip;
        const live = testCore().liveSlots;
        try {
          const limits = { iterations: 1000, scryptWork: 2 ** 12 };
          parsePrivateKey(provider, damaged, { passphrase: 'x', limits }).dispose();
        } catch (error) {
          assert.instance(error, TlsError, `offset ${at}: ${(error as Error).stack}`);
        }
        assert.is(testCore().liveSlots, live);
      }
    }
  }
});

test('keys that do not sign, other curves and damage are typed errors', () => {
  const x = generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  fails('ERR_UNSUPPORTED_ALGORITHM', () => parsePrivateKey(provider, x), /X25519/);
  const k = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  fails('ERR_UNSUPPORTED_ALGORITHM', () =>
    parsePrivateKey(provider, k.export({ format: 'pem', type: 'pkcs8' }) as string),
  );
  fails('ERR_MALFORMED_PEM', () => parsePrivateKey(provider, 'no key here'));
  const der = new Uint8Array(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  for (let at = 0; at < der.length; at += 13) {
    const damaged = der.slice();
    damaged[at] ^= 0x41;
    const live = testCore().liveSlots;
    try {
      parsePrivateKey(provider, damaged).dispose();
    } catch (error) {
      assert.instance(error, TlsError, String((error as Error).stack));
    }
    assert.is(testCore().liveSlots, live);
  }
});

test.run();
