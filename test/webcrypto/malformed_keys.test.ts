// One list of keys and parameters that must not be used, over all providers: each refuses each with the same code. What is
// only a wrong signature is false.

import { createHash, webcrypto } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PublicKey, SignatureParameters } from '../../src/crypto/signature.ts';
import { nativeProviderOver } from '../../src/native/provider.ts';
import { encodePkcs1 } from '../../src/wasm/rsa_encoding.ts';
import { webCryptoProvider } from '../../src/webcrypto/provider.ts';
import { codeOfLater } from '../support/code_of.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { publicKeyOf } from '../support/node/signatures.ts';
import { randomFrom } from '../support/random.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';
import { wrongValues } from '../support/wrong_values.ts';
import { smallOrderTwin } from '../twins/edwards.ts';

const wasm = fullWasmProvider();
const web = webCryptoProvider(wasm, webcrypto.subtle as unknown as SubtleCrypto);
const providers = [wasm, web, nativeProviderOver(wasm)];

type RsaKey = PublicKey & { type: 'rsa' };
type EcKey = PublicKey & { type: 'ec' };

const message = new TextEncoder().encode('any message');
const pkcs1 = { type: 'rsa-pkcs1', hash: 'sha256' } as const;
const pss = { type: 'rsa-pss', hash: 'sha256', mgfHash: 'sha256', saltLength: 32 } as const;
const ed25519 = { type: 'ed25519' } as const;
const rsa = publicKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey) as RsaKey;
const digest = new Uint8Array(createHash('sha256').update(message).digest());
/** With e = 1 the encoded message is its own signature. */
const forgery = encodePkcs1('sha256', digest, 256);

interface Case {
  readonly key: PublicKey;
  readonly parameters: SignatureParameters;
  readonly signature: Uint8Array;
  /** A code, or false for what is only a wrong signature. */
  readonly expected: string | false;
}

const cases: Record<string, Case> = {};

/** Bytes with the highest bit and the lowest set, or another first byte. */
function odd(length: number, first = 0xff): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xa5);
  if (length > 0) [bytes[0], bytes[length - 1]] = [first, bytes[length - 1] | 1];
  return bytes;
}

function even(length: number): Uint8Array {
  const bytes = odd(length);
  bytes[length - 1] &= 0xfe;
  return bytes;
}

for (const [name, change, expected] of [
  ['e = 0', { exponent: Uint8Array.of(0) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['e = 1', { exponent: Uint8Array.of(1) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['e = 2', { exponent: Uint8Array.of(2) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['an even e', { exponent: Uint8Array.of(1, 0, 0) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['an empty e', { exponent: new Uint8Array(0) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['e with a leading zero', { exponent: Uint8Array.of(0, 1, 0, 1) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['e of 72 bits', { exponent: odd(9) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['e of 1,600 bits', { exponent: odd(200) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['an empty modulus', { modulus: new Uint8Array(0) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['an even modulus', { modulus: even(256) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['a modulus with a leading zero', { modulus: Uint8Array.of(0, ...rsa.modulus) }, 'ERR_INVALID_PUBLIC_KEY'],
  ['1,024 bits', { modulus: odd(128) }, 'ERR_WEAK_KEY'],
  ['2,047 bits', { modulus: odd(256, 0x7f) }, 'ERR_WEAK_KEY'],
  ['2,049 bits', { modulus: odd(257, 1) }, 'ERR_WEAK_KEY'],
  ['16,384 bits', { modulus: odd(2048) }, 'ERR_WEAK_KEY'],
] as const) {
  for (const parameters of [pkcs1, pss]) {
    cases[`RSA, ${name}, ${parameters.type}`] = {
      key: { ...rsa, ...change },
      parameters,
      signature: forgery,
      expected,
    };
  }
}
for (const saltLength of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '32' as never]) {
  const parameters = { ...pss, saltLength };
  cases[`PSS, a salt of ${saltLength}`] = {
    key: rsa,
    parameters,
    signature: forgery,
    expected: 'ERR_INVALID_ARGUMENT',
  };
}
// A salt that does not fit into the modulus (RFC 8017 §9.1.2, step 3) is a matter of the signature.
for (const saltLength of [223, 224, 1e9]) {
  cases[`PSS, a salt of ${saltLength}`] = {
    key: rsa,
    parameters: { ...pss, saltLength },
    signature: forgery,
    expected: false,
  };
}
for (const length of [0, 255, 257]) {
  for (const parameters of [pkcs1, pss]) {
    cases[`${parameters.type}, a signature of ${length} bytes`] = {
      key: rsa,
      parameters,
      signature: odd(length),
      expected: false,
    };
  }
}

for (const curve of ['P-256', 'P-384', 'P-521'] as const) {
  const key = publicKeyOf(generateKeyPairSync('ec', { namedCurve: curve }).publicKey) as EcKey;
  const { point } = key;
  const length = (point.length - 1) / 2;
  const parity = point[point.length - 1] & 1;
  const flipped = point.slice();
  flipped[point.length - 1] ^= 1;
  const parameters = { type: 'ecdsa', hash: 'sha256' } as const;
  const signature = Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1);
  for (const [name, bytes] of Object.entries({
    'an empty point': new Uint8Array(0),
    infinity: Uint8Array.of(0),
    'infinity at full length': new Uint8Array(point.length),
    'a compressed point': Uint8Array.of(2 + parity, ...point.subarray(1, 1 + length)),
    'a hybrid point': Uint8Array.of(6 + parity, ...point.subarray(1)),
    'another tag': Uint8Array.of(5, ...point.subarray(1)),
    'a point off the curve': flipped,
    'a point one byte short': point.subarray(0, point.length - 1),
    'a point one byte long': Uint8Array.of(...point, 0),
    'coordinates over p': new Uint8Array(point.length).fill(0xff).fill(4, 0, 1),
  })) {
    cases[`${curve}, ${name}`] = {
      key: { ...key, point: bytes },
      parameters,
      signature,
      expected: 'ERR_INVALID_PUBLIC_KEY',
    };
  }
  cases[`${curve}, r = s = 1`] = { key, parameters, signature, expected: false };
  cases[`${curve}, no DER`] = { key, parameters, signature: odd(64), expected: false };
}

const edwards = publicKeyOf(generateKeyPairSync('ed25519').publicKey) as PublicKey & { type: 'ed25519' };
const identity = new Uint8Array(32).fill(1, 0, 1);
for (const [name, key] of Object.entries({
  'an empty key': new Uint8Array(0),
  'a key one byte short': edwards.key.subarray(1),
  'a key one byte long': Uint8Array.of(...edwards.key, 0),
  'y = p + 1': Uint8Array.of(0xee, ...new Uint8Array(30).fill(0xff), 0x7f),
  'all ones': new Uint8Array(32).fill(0xff),
  'y = 2, no point': new Uint8Array(32).fill(2, 0, 1),
  'x = 0 with the sign bit': Uint8Array.of(1, ...new Uint8Array(30), 0x80),
})) {
  const signature = Uint8Array.of(...identity, ...new Uint8Array(32));
  cases[`Ed25519, ${name}`] = {
    key: { ...edwards, key },
    parameters: ed25519,
    signature,
    expected: 'ERR_INVALID_PUBLIC_KEY',
  };
}
smallOrderTwin('ed25519').forEach((key, n) => {
  // R = -kA is of small order, too, and for S = 0 one of eight messages fits: with A = R = 0 every one does.
  const signature = Uint8Array.of(...identity, ...new Uint8Array(32));
  cases[`Ed25519, ${n} times a point of order 8`] = {
    key: { ...edwards, key },
    parameters: ed25519,
    signature,
    expected: 'ERR_INVALID_PUBLIC_KEY',
  };
});
for (const length of [0, 63, 65]) {
  cases[`Ed25519, a signature of ${length} bytes`] = {
    key: edwards,
    parameters: ed25519,
    signature: odd(length),
    expected: false,
  };
}

// What no verifier takes at all, and what it takes for nothing.
const ec = publicKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
for (const [name, key, parameters] of [
  ['an RSA key', rsa, ed25519],
  ['an EC key', ec, pkcs1],
  ['an Ed25519 key', edwards, pss],
  ['an EC key of another curve', { ...ec, curve: 'P-224' }, { type: 'ecdsa', hash: 'sha256' }],
] as [string, PublicKey, SignatureParameters][]) {
  cases[`${name}, ${parameters.type}`] = { key, parameters, signature: forgery, expected: 'ERR_UNSUPPORTED_ALGORITHM' };
}

for (const [name, { key, parameters, signature, expected }] of Object.entries(cases)) {
  test(`${name}: ${expected === false ? 'false' : expected}, whoever verifies`, async () => {
    for (const provider of providers) {
      // A verifier of another kind of key refuses as the right one does not have to.
      const verifiers = provider.signatureVerifiers.filter(v =>
        expected === 'ERR_UNSUPPORTED_ALGORITHM' ? !v.handles(key, parameters) : v.handles(key, parameters),
      );
      assert.ok(verifiers.length > 0);
      for (const verifier of verifiers) {
        const by = `${verifier.name} of ${provider.name}`;
        if (expected === false) assert.is(await verifier.verify(key, parameters, message, signature), false, by);
        else assert.is(await codeOfLater(() => verifier.verify(key, parameters, message, signature)), expected, by);
      }
    }
  });
}

test('which strings are Ed25519 keys the providers say alike', async () => {
  const random = randomFrom(25519);
  let points = 0;
  for (let i = 0; i < 100; i++) {
    const key = { type: 'ed25519', key: random.bytes(32) } as const;
    const codes = [];
    for (const provider of providers) {
      const verifier = provider.signatureVerifiers.find(v => v.handles(key, ed25519))!;
      codes.push(await codeOfLater(() => verifier.verify(key, ed25519, message, new Uint8Array(64))));
    }
    assert.is(codes[0], codes[1]);
    if (codes[0] === 'no error') points++;
  }
  assert.ok(points > 20 && points < 80);
});

test('each provider brings verifiers of its own for the keys above', () => {
  for (const [key, parameters] of [
    [rsa, pkcs1],
    [rsa, pss],
    [ec, { type: 'ecdsa', hash: 'sha256' }],
    [edwards, ed25519],
  ] as [PublicKey, SignatureParameters][]) {
    assert.match(web.signatureVerifiers.find(v => v.handles(key, parameters))!.name, /^WebCrypto/);
  }
});

test('values that are no key, parameters, message or signature: one typed error each, no verifier handles them', async () => {
  const good = [
    [rsa, pkcs1, 256],
    [rsa, pss, 256],
    [ec, { type: 'ecdsa', hash: 'sha256' }, 64],
    [edwards, ed25519, 64],
  ] as [PublicKey, SignatureParameters, number][];
  for (const verifier of [...web.signatureVerifiers]) {
    const fitting = good.filter(([key, parameters]) => verifier.handles(key, parameters));
    for (const [key, parameters, length] of fitting) {
      for (const [name, wrong] of wrongValues() as [string, never][]) {
        const by = `${verifier.name}, ${name}`;
        assert.is(verifier.handles(wrong, parameters), false, by);
        assert.is(verifier.handles(key, wrong), false, by);
        const signature = odd(length);
        assert.is(
          await codeOfLater(() => verifier.verify(wrong, parameters, message, signature)),
          'ERR_UNSUPPORTED_ALGORITHM',
          by,
        );
        assert.is(
          await codeOfLater(() => verifier.verify(key, wrong, message, signature)),
          'ERR_UNSUPPORTED_ALGORITHM',
          by,
        );
        assert.is(
          await codeOfLater(() => verifier.verify(key, parameters, wrong, signature)),
          'ERR_INVALID_ARGUMENT',
          by,
        );
        assert.is(
          await codeOfLater(() => verifier.verify(key, parameters, message, wrong)),
          'ERR_INVALID_ARGUMENT',
          by,
        );
        for (const part of ['modulus', 'exponent', 'point', 'key'].filter(each => each in key)) {
          const changed = { ...key, [part]: wrong } as PublicKey;
          assert.is(
            await codeOfLater(() => verifier.verify(changed, parameters, message, signature)),
            'ERR_INVALID_ARGUMENT',
            `${by}, ${part}`,
          );
        }
      }
    }
  }
});

test.run();
