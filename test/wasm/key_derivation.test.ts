// HMAC, HKDF, HKDF-Expand-Label, the TLS 1.2 PRF and PBKDF2 of the core: RFC values and node:crypto.

import { createHmac, hkdfSync, pbkdf2Sync, scryptSync } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HashName } from '../../src/crypto/hash.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { EXCHANGE_LENGTH, WasmCore } from '../../src/wasm/core.ts';
import { wasmKeyDerivation } from '../../src/wasm/key_derivation.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { wasmScrypt } from '../../src/wasm/scrypt.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';

const core = testCore();
const names: HashName[] = [
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
];
const none = new Uint8Array(0);
const text = (value: string) => new TextEncoder().encode(value);
const throwsCode = (code: string) => (error: { code: string }) => error.code === code;

/** The bytes of a secret that nobody else needs. */
function taken(secret: Secret): string {
  const out = hex(core.dangerousReveal(secret));
  secret.dispose();
  return out;
}

test('computes the HMACs of RFC 4231 §4.2 to §4.8', () => {
  const cases: [string, Uint8Array, string, string][] = [
    [
      '0b'.repeat(20),
      text('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      '896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22',
    ],
    [
      hex(text('Jefe')),
      text('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      'a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44',
    ],
    [
      'aa'.repeat(131),
      text('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      '95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e',
    ],
  ];
  for (const [key, data, sha256, sha224] of cases) {
    const secret = core.importSecret(unhex(key));
    assert.is(hex(wasmKeyDerivation(core, 'sha256').hmac(secret, data)), sha256);
    assert.is(hex(wasmKeyDerivation(core, 'sha224').hmac(secret, data)), sha224);
    secret.dispose();
  }
});

for (const name of names) {
  const derivation = wasmKeyDerivation(core, name);

  test(`HMAC-${name}: agrees with node:crypto for keys and data around every block edge`, () => {
    const random = randomFrom(11);
    const block = derivation.hash.blockLength;
    for (const keyLength of [0, 1, derivation.hash.outputLength, block - 1, block, block + 1, 3 * block]) {
      const key = random.bytes(keyLength);
      const secret = core.importSecret(key);
      for (const length of [0, 1, block - 9, block, block + 1, 1000]) {
        const data = random.bytes(length);
        const expected = createHmac(name, key).update(data).digest();
        assert.is(hex(derivation.hmac(secret, data)), expected.toString('hex'));
        assert.ok(derivation.verifyHmac(secret, data, new Uint8Array(expected)));
        for (const bit of [0, 8 * expected.length - 1]) {
          const wrong = new Uint8Array(expected);
          wrong[bit >> 3] ^= 1 << (bit & 7);
          assert.not.ok(derivation.verifyHmac(secret, data, wrong));
        }
        assert.not.ok(derivation.verifyHmac(secret, data, new Uint8Array(expected.subarray(1))));
      }
      secret.dispose();
    }
  });

  test(`HKDF-${name}: agrees with node:crypto`, () => {
    const random = randomFrom(12);
    const most = 255 * derivation.hash.outputLength;
    for (const length of [1, derivation.hash.outputLength, derivation.hash.outputLength + 1, 200, most]) {
      const [material, salt] = [random.bytes(1 + random.below(100)), random.bytes(random.below(200))];
      const info = random.bytes(random.below(300));
      const [materialSecret, saltSecret] = [core.importSecret(material), core.importSecret(salt)];
      const extracted = derivation.extract(saltSecret, materialSecret);
      const expected = Buffer.from(hkdfSync(name, material, salt, info, length)).toString('hex');
      assert.is(taken(derivation.expand(extracted, info, length)), expected);
      for (const secret of [materialSecret, saltSecret, extracted]) secret.dispose();
    }
  });

  test(`PBKDF2-HMAC-${name}: agrees with node:crypto`, () => {
    const random = randomFrom(13);
    for (const [iterations, length] of [
      [1, 1],
      [1, 3 * derivation.hash.outputLength + 1],
      [2, derivation.hash.outputLength],
      [37, 100],
    ]) {
      const [password, salt] = [random.bytes(random.below(200)), random.bytes(random.below(100))];
      const secret = core.importSecret(password);
      const expected = pbkdf2Sync(password, salt, iterations, length, name).toString('hex');
      assert.is(taken(pbkdf2(core, name, secret, salt, iterations, length)), expected);
      secret.dispose();
    }
  });
}

test('derives the keys of RFC 5869 appendix A.1 and A.3', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const material = core.importSecret(new Uint8Array(22).fill(0x0b));
  const salt = core.importSecret(unhex('000102030405060708090a0b0c'));
  const first = derivation.extract(salt, material);
  const info = unhex('f0f1f2f3f4f5f6f7f8f9');
  const expected = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865';
  assert.is(taken(derivation.expand(first, info, 42)), expected);
  const second = derivation.extract(null, material);
  const expectedSecond = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8';
  assert.is(taken(derivation.expand(second, none, 42)), expectedSecond);
  for (const secret of [material, salt, first, second]) secret.dispose();
});

test('follows the key schedule of RFC 8448 §3', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const emptyHash = derivation.hash.digest(none);
  const early = derivation.extract(null, null);
  assert.is(hex(core.dangerousReveal(early)), '33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a');
  const derived = derivation.expandLabel(early, 'derived', emptyHash, 32);
  assert.is(hex(core.dangerousReveal(derived)), '6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba');
  const shared = core.importSecret(unhex('8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d'));
  const handshake = derivation.extract(derived, shared);
  assert.is(hex(core.dangerousReveal(handshake)), '1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac');
  const transcript = unhex('860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8');
  const traffic = derivation.expandLabel(handshake, 'c hs traffic', transcript, 32);
  assert.is(hex(core.dangerousReveal(traffic)), 'b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21');
  for (const secret of [early, derived, shared, handshake, traffic]) secret.dispose();
});

test('computes the TLS 1.2 PRF as RFC 5246 §5 defines it', () => {
  const random = randomFrom(14);
  for (const name of ['sha1', 'sha256', 'sha384'] as const) {
    const derivation = wasmKeyDerivation(core, name);
    for (const length of [1, 12, 48, derivation.hash.outputLength * 2, 333]) {
      const [key, seed] = [random.bytes(random.below(100)), random.bytes(random.below(100))];
      const hmac = (...parts: Uint8Array[]) => createHmac(name, key).update(Buffer.concat(parts)).digest();
      let a: Uint8Array = Buffer.concat([text('key expansion'), seed]);
      let expected = Buffer.alloc(0);
      while (expected.length < length) {
        a = hmac(a);
        expected = Buffer.concat([expected, hmac(a, text('key expansion'), seed)]);
      }
      const secret = core.importSecret(key);
      const out = taken(derivation.prf12(secret, 'key expansion', seed, length));
      assert.is(out, expected.subarray(0, length).toString('hex'));
      secret.dispose();
    }
  }
});

test('derives the keys of RFC 6070 §2 and RFC 7914 §11', () => {
  const cases: [HashName, string, string, number, number, string][] = [
    ['sha1', 'password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
    ['sha1', 'password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
    [
      'sha1',
      'passwordPASSWORDpassword',
      'saltSALTsaltSALTsaltSALTsaltSALTsalt',
      4096,
      25,
      '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038',
    ],
    ['sha1', 'pass\0word', 'sa\0lt', 4096, 16, '56fa6aa75548099dcc37d7f03425e0c3'],
    [
      'sha256',
      'passwd',
      'salt',
      1,
      64,
      '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc' +
        '49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
    ],
  ];
  for (const [name, password, salt, iterations, length, expected] of cases) {
    const secret = core.importSecret(text(password));
    assert.is(taken(pbkdf2(core, name, secret, text(salt), iterations, length)), expected);
    secret.dispose();
  }
});

test('scrypt agrees with node:crypto, for large blocks too (RFC 7914 §2)', () => {
  const password = core.importSecret(unhex('70617373'));
  const salt = unhex('73616c74');
  const scrypt = wasmScrypt(core);
  for (const [cost, blockSize, parallelization] of [
    [16, 1, 1],
    [2, 1024, 1],
    [4, 8, 16],
    [1024, 8, 2],
  ]) {
    const derived = scrypt(password, salt, { cost, blockSize, parallelization }, 40);
    const expected = scryptSync('pass', 'salt', 40, { N: cost, r: blockSize, p: parallelization });
    assert.is(hex(core.dangerousReveal(derived)), expected.toString('hex'));
    derived.dispose();
  }
  password.dispose();
});

test('takes data, info and seeds longer than the exchange area', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const random = randomFrom(15);
  const [key, long] = [random.bytes(32), random.bytes(EXCHANGE_LENGTH + 4321)];
  const secret = core.importSecret(key);
  const expected = createHmac('sha256', key).update(long).digest();
  assert.is(hex(derivation.hmac(secret, long)), expected.toString('hex'));
  assert.ok(derivation.verifyHmac(secret, long, new Uint8Array(expected)));
  const firstBlock = createHmac('sha256', key).update(long).update(Uint8Array.of(1)).digest('hex');
  const before = core.liveSlots;
  assert.is(taken(derivation.expand(secret, long, 32)), firstBlock);
  const password = core.importSecret(text('password'));
  assert.is(
    taken(pbkdf2(core, 'sha256', password, long, 2, 40)),
    pbkdf2Sync('password', long, 2, 40, 'sha256').toString('hex'),
  );
  password.dispose();
  assert.is(core.liveSlots, before);
  secret.dispose();
});

test('refuses lengths that the definitions do not have (ERR_BAD_LENGTH, ERR_INVALID_ARGUMENT)', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const secret = core.importSecret(new Uint8Array(32));
  for (const length of [255 * 32 + 1, -1, 1.5, Number.NaN]) {
    assert.throws(() => derivation.expand(secret, none, length), throwsCode('ERR_BAD_LENGTH'));
    assert.throws(() => derivation.expandLabel(secret, 'key', none, length), throwsCode('ERR_BAD_LENGTH'));
  }
  assert.throws(() => derivation.expandLabel(secret, 'x'.repeat(250), none, 32), throwsCode('ERR_BAD_LENGTH'));
  assert.throws(() => derivation.expandLabel(secret, 'key', new Uint8Array(256), 32), throwsCode('ERR_BAD_LENGTH'));
  for (const [iterations, length] of [
    [0, 32],
    [1.5, 32],
    [2 ** 32, 32],
    [1, 0],
    [1, -1],
  ]) {
    assert.throws(() => pbkdf2(core, 'sha256', secret, none, iterations, length), throwsCode('ERR_INVALID_ARGUMENT'));
  }
  secret.dispose();
});

test('refuses secrets that were disposed of and those of another core', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const secret = core.importSecret(new Uint8Array(32));
  secret.dispose();
  const foreign = new WasmCore(hostRandom).importSecret(new Uint8Array(32));
  for (const [bad, code] of [
    [secret, 'ERR_STALE_HANDLE'],
    [foreign, 'ERR_FOREIGN_HANDLE'],
  ] as const) {
    assert.throws(() => derivation.hmac(bad, none), throwsCode(code));
    assert.throws(() => derivation.extract(bad, null), throwsCode(code));
    assert.throws(() => derivation.extract(null, bad), throwsCode(code));
    assert.throws(() => derivation.expand(bad, none, 32), throwsCode(code));
    assert.throws(() => derivation.expandLabel(bad, 'key', none, 32), throwsCode(code));
    assert.throws(() => derivation.prf12(bad, 'key', none, 32), throwsCode(code));
    assert.throws(() => pbkdf2(core, 'sha256', bad, none, 1, 32), throwsCode(code));
  }
  foreign.dispose();
});

test('leaves no key behind in the exchange area', () => {
  const derivation = wasmKeyDerivation(core, 'sha256');
  const secret = core.importSecret(new Uint8Array(32).fill(0x77));
  core.bytes.fill(0, core.exchange, core.exchange + 1024);
  derivation.hmac(secret, none);
  assert.ok(derivation.verifyHmac(secret, none, derivation.hmac(secret, none)));
  const state = core.bytes.slice(core.exchange, core.exchange + core.abi.hmacStateLength());
  assert.ok(state.every(byte => byte === 0));
  secret.dispose();
});

test.run();
