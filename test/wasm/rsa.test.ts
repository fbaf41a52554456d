// RSA against node:crypto: verification, signing, premaster decryption, generation, refusals.

import {
  constants,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { HashName } from '../../src/crypto/hash.ts';
import type { SignatureParameters } from '../../src/crypto/signature.ts';
import { rsaPublicPower, rsaVerifier } from '../../src/wasm/rsa.ts';
import { rsaPrivateFamily } from '../../src/wasm/rsa_family.ts';
import { disposeRsaMaterial, type RsaPrivateKey, rsaKeyImporter } from '../../src/wasm/rsa_private.ts';
import { codeOf } from '../support/code_of.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import { importRsaJwk } from '../support/rsa_jwk.ts';

const core = testCore();
const hashes: readonly HashName[] = ['sha1', 'sha256', 'sha384', 'sha512', 'sha3-256'];

function nodeKey(bits: number): { own: RsaPrivateKey; privateKey: KeyObject; publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const own = importRsaJwk(core, privateKey.export({ format: 'jwk' }) as Record<string, string>);
  return { own, privateKey, publicKey };
}

function pss(hash: HashName, saltLength: number): SignatureParameters {
  return { type: 'rsa-pss', hash, mgfHash: hash, saltLength };
}

for (const bits of [2048, 3072, 4096]) {
  test(`${bits} bits: node:crypto verifies what castls signs and the other way round`, async () => {
    const { own, privateKey, publicKey } = nodeKey(bits);
    const verifier = rsaVerifier(core);
    for (const hash of hashes) {
      const message = randomBytes(100);
      const pkcs1 = { type: 'rsa-pkcs1', hash } as const;
      assert.ok(verify(hash, message, publicKey, own.sign(pkcs1, message, hostRandom)));
      const theirs = new Uint8Array(sign(hash, message, privateKey));
      assert.ok(await verifier.verify(own.publicKey, pkcs1, message, theirs));
      theirs[7] ^= 1;
      assert.not.ok(await verifier.verify(own.publicKey, pkcs1, message, theirs));

      const options = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 };
      const signature = own.sign(pss(hash, 20), message, hostRandom);
      assert.ok(verify(hash, message, { key: publicKey, ...options }, signature));
      const pssTheirs = new Uint8Array(sign(hash, message, { key: privateKey, ...options }));
      assert.ok(await verifier.verify(own.publicKey, pss(hash, 20), message, pssTheirs));
      assert.not.ok(await verifier.verify(own.publicKey, pss(hash, 21), message, pssTheirs));
    }
    own.dispose();
  });
}

/** base^exponent mod modulus, square and multiply. */
function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let bit = 1n << 63n; bit > 0n; bit >>= 1n) {
    result = (result * result) % modulus;
    if ((exponent & bit) !== 0n) result = (result * base) % modulus;
  }
  return result;
}

// 3,440 bits are the most whose squares leave room for the reduction, 7,024 the most that are squared at all
// (assembly/shared/bignum/montgomery.ts); 2,024 and 2,040 differ in their limbs.
test('public powers equal those of BigInt, for moduli and bases at their edges too', () => {
  for (const bits of [2024, 2040, 2048, 3072, 3440, 3448, 4096, 7024, 7032, 8192]) {
    const length = bits / 8;
    const top = 1n << BigInt(bits - 1);
    const random = () => BigInt(`0x${randomBytes(length).toString('hex')}`) | top | 1n;
    const moduli = [2n * top - 1n, top + 1n, random(), random()];
    for (const [i, modulus] of moduli.entries()) {
      for (const base of [modulus - 1n, top - 1n, (1n << BigInt(bits - 28)) - 1n, 1n, 0n, random() % modulus]) {
        const exponent = [65537n, 3n][i % 2];
        const bytes = (x: bigint, of = length) =>
          new Uint8Array(Buffer.from(x.toString(16).padStart(2 * of, '0'), 'hex'));
        const key = { type: 'rsa', modulus: bytes(modulus), exponent: bytes(exponent, i % 2 === 0 ? 3 : 1) } as const;
        const power = rsaPublicPower(core, key, bytes(base));
        assert.is(hex(power!), hex(bytes(modularPower(base, exponent, modulus))), `${bits} bits, modulus ${i}`);
      }
    }
  }
});

test('the blinding pair is renewed: 100 signatures in a row are right', () => {
  const { own, privateKey } = nodeKey(2048);
  for (let i = 0; i < 100; i++) {
    const message = randomBytes(i);
    const parameters = { type: 'rsa-pkcs1', hash: 'sha256' } as const;
    assert.is(hex(own.sign(parameters, message, hostRandom)), sign('sha256', message, privateKey).toString('hex'));
  }
  own.dispose();
});

test('a premaster secret: the right one, or a random one without a sign (RFC 5246 §7.4.7.1)', () => {
  const { own, publicKey } = nodeKey(2048);
  const premaster = Buffer.concat([Buffer.from([3, 3]), randomBytes(46)]);
  const open = (ciphertext: Uint8Array, version = 0x0303): string => {
    const secret = own.decryptPremaster(new Uint8Array(ciphertext), version, hostRandom);
    assert.is(secret.length, 48);
    const text = hex(core.dangerousReveal(secret));
    secret.dispose();
    return text;
  };
  const encrypt = (message: Uint8Array) =>
    publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, message);
  const ciphertext = encrypt(premaster);
  assert.is(open(ciphertext), premaster.toString('hex'));
  assert.is.not(open(ciphertext, 0x0302), premaster.toString('hex'));
  const wrong = [
    encrypt(premaster.subarray(1)),
    encrypt(Buffer.concat([premaster, premaster])),
    randomBytes(255),
    randomBytes(256),
  ];
  for (const bad of [...wrong, Buffer.alloc(256, 0xff), Buffer.alloc(0)]) assert.is.not(open(bad), open(bad));
  own.dispose();
});

// A prime of 2,064 bits' key has an odd number of bytes.
for (const bits of [2048, 2064]) {
  test(`a generated key of ${bits} bits is one that node:crypto accepts, with progress reported`, async () => {
    let candidates = 0;
    const key = await rsaKeyImporter(core).generate({ type: 'rsa', bits }, hostRandom, n => {
      candidates = n;
    });
    assert.ok(candidates >= 2);
    const material = key.dangerousExport();
    if (material.type !== 'rsa' || material.privateExponent === undefined) throw new Error('no RSA material');
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    const reveal = (secret: Parameters<typeof core.dangerousReveal>[0]) => text(core.dangerousReveal(secret));
    const jwk = {
      kty: 'RSA',
      n: text(material.modulus),
      e: text(material.exponent),
      d: reveal(material.privateExponent),
      p: reveal(material.prime1),
      q: reveal(material.prime2),
      dp: reveal(material.exponent1),
      dq: reveal(material.exponent2),
      qi: reveal(material.coefficient),
    };
    disposeRsaMaterial(material);
    const node = createPrivateKey({ key: jwk, format: 'jwk' });
    assert.is(node.asymmetricKeyDetails?.modulusLength, bits);
    const signature = await key.sign({ type: 'rsa-pkcs1', hash: 'sha256' }, new Uint8Array(3), hostRandom);
    assert.ok(verify('sha256', new Uint8Array(3), createPublicKey(node), signature));
    key.dispose();
  });
}

test('keys that are weak, unfit or inconsistent are refused', async () => {
  const before = core.liveSlots;
  const verifier = rsaVerifier(core);
  const refused = async (modulus: Uint8Array, exponent: Uint8Array): Promise<string> => {
    try {
      const parameters = { type: 'rsa-pkcs1', hash: 'sha256' } as const;
      await verifier.verify({ type: 'rsa', modulus, exponent }, parameters, new Uint8Array(0), new Uint8Array(256));
    } catch (error) {
      return (error as TlsError).code;
    }
    return 'no error';
  };
  const odd = (length: number) => new Uint8Array(length).fill(0xff);
  const e = Uint8Array.of(1, 0, 1);
  assert.is(await refused(odd(255), e), 'ERR_WEAK_KEY');
  assert.is(await refused(odd(1025), e), 'ERR_WEAK_KEY');
  assert.is(await refused(odd(256).fill(0x7f, 0, 1), e), 'ERR_WEAK_KEY');
  assert.is(await refused(odd(256).fill(0xfe, 255), e), 'ERR_INVALID_PUBLIC_KEY');
  for (const bad of [[1], [2], [], [0, 3], [1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0, 1]]) {
    assert.is(await refused(odd(256), Uint8Array.from(bad)), 'ERR_INVALID_PUBLIC_KEY');
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' }) as Record<string, string>;
  for (const part of ['p', 'q', 'dp', 'dq', 'qi', 'n']) {
    const bytes = Buffer.from(jwk[part], 'base64url');
    bytes[bytes.length - 2] ^= 4;
    let code = 'no error';
    try {
      importRsaJwk(core, { ...jwk, [part]: bytes.toString('base64url') }).dispose();
    } catch (error) {
      code = error instanceof TlsError ? error.code : String(error);
    }
    assert.is(code, 'ERR_INVALID_PRIVATE_KEY', part);
  }
  assert.is(core.liveSlots, before);
});

test('a policy that names no size is no policy (ERR_INVALID_ARGUMENT)', () => {
  for (const dangerousMinimumBits of [Number.NaN, 0, -1, 1024.5, 8193, '1024', null] as never[]) {
    assert.is(
      codeOf(() => rsaVerifier(core, { dangerousMinimumBits })),
      'ERR_INVALID_ARGUMENT',
    );
  }
  for (const policy of [1024, null, 'x'] as never[]) {
    assert.is(
      codeOf(() => rsaVerifier(core, policy)),
      'ERR_INVALID_ARGUMENT',
    );
  }
});

test('blinding without an inverse is a fault, never a wrong signature, and the key goes on (ERR_FAULT_DETECTED)', () => {
  const { own, privateKey, publicKey } = nodeKey(2048);
  const parameters = { type: 'rsa-pkcs1', hash: 'sha256' } as const;
  const message = randomBytes(10);
  // A prime of n has no inverse. (Zeros have none, either: those the draw refuses.)
  const prime = Buffer.from(privateKey.export({ format: 'jwk' }).p!, 'base64url');
  const source = (target: Uint8Array) => target.set(prime, target.length - prime.length);
  // The trial at import drew blinding that serves 31 more times.
  let failure = '';
  for (let i = 0; i < 32 && failure === ''; i++) {
    try {
      assert.ok(verify('sha256', message, publicKey, own.sign(parameters, message, source)));
    } catch (error) {
      failure = (error as TlsError).code;
    }
  }
  assert.is(failure, 'ERR_FAULT_DETECTED');
  assert.ok(verify('sha256', message, publicKey, own.sign(parameters, message, hostRandom)));
  own.dispose();
});

test('primes whose first twelve bytes are neighbours are too close (FIPS 186-5 §A.1.3)', () => {
  const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
  const far = (p: bigint, q: bigint): number => {
    const write = (x: bigint, at: number) => {
      core.bytes.set(Buffer.from((x << 32n).toString(16).padStart(32, '0'), 'hex'), core.exchange + at);
    };
    write(p, 0);
    write(q, 64);
    return abi.primesFarApart(core.exchange, core.exchange + 64);
  };
  const top = 0xc0000000_00000000_00000000n;
  for (const base of [top, top + 0xffff_fffen, top + 0xffff_ffffn, top + 0xffff_ffff_ffffn, top + 0x1_0000_0000n]) {
    for (let step = -4n; step <= 4n; step++) {
      assert.is(far(base + step, base), step < -1n || step > 1n ? 1 : 0, `${base} ${step}`);
    }
  }
  assert.is(far(top, top + (1n << 94n)), 1);
});

test('a random source that repeats itself gives no key (ERR_INVALID_STATE)', async () => {
  const slots = core.liveSlots;
  const stuck = (target: Uint8Array) => void target.fill(0xff); // 2^1024 - 1, divisible by 3
  try {
    await rsaKeyImporter(core).generate({ type: 'rsa', bits: 2048 }, stuck);
    assert.unreachable('a key was made');
  } catch (error) {
    assert.is((error as TlsError).code, 'ERR_INVALID_STATE');
  }
  assert.is(core.liveSlots, slots);
});

test.run();
