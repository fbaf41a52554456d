// The families of large numbers and lattices leave nothing of a secret in their static memory or in the exchange area:
// after each operation both are searched for the secrets that went in and came out.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import type { PrivateKeyMaterial } from '../../src/crypto/signature.ts';
import { ffdheGroup } from '../../src/wasm/ffdh.ts';
import { MlDsaPrivateKey } from '../../src/wasm/mldsa.ts';
import { mlKem768, mlKemEncapsulateWith, mlKemFromSeed } from '../../src/wasm/mlkem.ts';
import { p384, p384Keys } from '../../src/wasm/p384.ts';
import { p521, p521Keys } from '../../src/wasm/p521.ts';
import { rsaKeyTransport } from '../../src/wasm/rsa_key_transport.ts';
import { RsaPrivateKey } from '../../src/wasm/rsa_private.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';

const core = testCore();
const map = fileURLToPath(new URL(join('..', '..', 'scripts', 'memory_map.mjs'), import.meta.url));

/** Where eight bytes of a needle stand below the arena, with the needle as it is and in 28-bit limbs. */
function traces(needles: Record<string, Uint8Array>): string[] {
  const memory = Buffer.from(core.bytes.buffer, 0, heapBase);
  const found: string[] = [];
  for (const [name, needle] of Object.entries(needles)) {
    for (const [form, bytes] of Object.entries({
      bytes: needle,
      reversed: needle.slice().reverse(),
      limbs: limbs(needle),
    })) {
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        const piece = bytes.subarray(at, at + 8);
        if (piece.every(byte => byte === piece[0])) continue;
        const place = memory.indexOf(piece);
        if (place >= 0) found.push(`${name} (${form}) from ${at} at ${place}`);
      }
    }
  }
  return found;
}

/** A big-endian number as assembly/shared/bignum/ holds it. */
function limbs(bytes: Uint8Array): Uint8Array {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
  const out: number[] = [];
  for (; value > 0n; value >>= 28n) out.push(Number(value & 0xfffffffn));
  return new Uint8Array(new Uint32Array(out).buffer);
}

const random = (length: number) => {
  const bytes = new Uint8Array(length);
  hostRandom(bytes);
  return bytes;
};

test('the search finds what is there', () => {
  const secret = random(32);
  core.bytes.set(limbs(secret), core.exchange);
  assert.ok(traces({ secret }).length > 0);
  core.bytes.fill(0, core.exchange, core.exchange + 64);
  assert.equal(traces({ secret }), []);
});

test('RSA: import, signature, decryption and key transport leave nothing', async () => {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const part = (name: 'n' | 'e' | 'p' | 'q' | 'dp' | 'dq' | 'qi') =>
    Uint8Array.from(Buffer.from(jwk[name]!, 'base64url'));
  const parts = { p: part('p'), q: part('q'), dp: part('dp'), dq: part('dq'), qi: part('qi') };
  const material: PrivateKeyMaterial & { type: 'rsa' } = {
    type: 'rsa',
    modulus: part('n'),
    exponent: part('e'),
    prime1: core.importSecret(parts.p),
    prime2: core.importSecret(parts.q),
    exponent1: core.importSecret(parts.dp),
    exponent2: core.importSecret(parts.dq),
    coefficient: core.importSecret(parts.qi),
  };
  const key = new RsaPrivateKey(core, material);
  assert.equal(traces(parts), []);
  const blinding = random(256);
  for (let i = 0; i < 33; i++) {
    key.sign({ type: 'rsa-pkcs1', hash: 'sha256' }, random(9), target => target.set(blinding));
  }
  assert.equal(traces({ ...parts, blinding }), []);
  const block: Record<string, Uint8Array> = {};
  const { ciphertext, premaster } = await rsaKeyTransport(core).encryptPremaster(key.publicKey, 0x0303, target => {
    hostRandom(target);
    if (target.length > 1) block[`random ${target.length}`] = target.slice();
  });
  const sent = { ...block, premaster: core.dangerousReveal(premaster) };
  assert.equal(traces(sent), []);
  const decrypted = key.decryptPremaster(ciphertext, 0x0303, hostRandom);
  assert.equal(core.dangerousReveal(decrypted), sent.premaster);
  assert.equal(traces({ ...parts, ...sent }), []);
});

test('finite fields: agreement leaves neither exponent nor secret', async () => {
  const group = ffdheGroup(core, 2048);
  const exponents: Record<string, Uint8Array> = {};
  const source = (target: Uint8Array) => {
    hostRandom(target);
    exponents[`exponent ${Object.keys(exponents).length}`] = target.slice();
  };
  const ours = await group.generate(source);
  const { share, sharedSecret } = await group.respond(ours.share, source);
  assert.equal(traces({ ...exponents, shared: core.dangerousReveal(sharedSecret) }), []);
  const again = await ours.complete(share);
  assert.equal(traces({ ...exponents, shared: core.dangerousReveal(again) }), []);
});

test('finite fields: agreement leaves the same bytes whatever the secrets, at the largest size too', async () => {
  const { families } = await import(map);
  const { base, size } = families.rsa_private;
  for (const bits of [2048, 8192] as const) {
    const group = ffdheGroup(core, bits);
    const peer = await group.generate(hostRandom);
    const run = async () => {
      const own = await group.generate(hostRandom);
      ((await own.complete(peer.share)) as Secret).dispose();
      own.dispose();
      return core.bytes.slice(base, base + size);
    };
    assert.is(Buffer.compare(await run(), await run()), 0, `${bits} bits`);
    peer.dispose();
  }
});

test('ML-KEM: key pairs, encapsulation and decapsulation leave no seed, no m and no secret', () => {
  const seed = random(64);
  const m = random(32);
  const key = mlKemFromSeed(core, mlKem768, core.importSecret(seed));
  const { ciphertext, sharedSecret } = mlKemEncapsulateWith(core, mlKem768, key.encapsulationKey, core.importSecret(m));
  const shared = core.dangerousReveal(sharedSecret);
  assert.equal(traces({ seed, m, shared }), []);
  assert.equal(core.dangerousReveal(key.decapsulate(ciphertext)), shared);
  assert.equal(traces({ seed, m, shared }), []);
  ciphertext[5] ^= 1;
  const rejected = core.dangerousReveal(key.decapsulate(ciphertext));
  assert.equal(traces({ seed, m, shared, rejected }), []);
});

test('ML-DSA: key pairs and signatures leave no seed, no private key and no randomness', () => {
  const seed = random(32);
  const rnd = random(32);
  const key = new MlDsaPrivateKey(core, { type: 'mldsa', parameterSet: 'ML-DSA-65', seed: core.importSecret(seed) });
  key.signInternal([random(100)], core.importSecret(rnd));
  assert.equal(traces({ seed, rnd }), []);
});

for (const [curve, keys] of [
  [p384(core), p384Keys(core)],
  [p521(core), p521Keys(core)],
] as const) {
  const { name } = curve.parameters;
  test(`${name}: agreement and signature leave neither scalar nor secret`, () => {
    const secret = curve.generateScalar(hostRandom);
    const scalar = core.dangerousReveal(secret);
    const shared = core.dangerousReveal(curve.sharedSecret(secret, curve.publicKey(curve.generateScalar(hostRandom))));
    assert.equal(traces({ scalar, shared }), []);
    const key = keys.import({ type: 'ec', curve: name, scalar: secret });
    key.sign({ type: 'ecdsa', hash: 'sha384' }, random(50), hostRandom);
    assert.equal(traces({ scalar }), []);
  });
}

test.run();
