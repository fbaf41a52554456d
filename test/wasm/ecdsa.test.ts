// ECDSA: values of RFC 6979, the slow twin, node:crypto in both directions, edges of verification, DER, and keys.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeEcdsaSignature, parseEcdsaSignature } from '../../src/asn1/ecdsa_signature.ts';
import type { HashName } from '../../src/crypto/hash.ts';
import type { PublicKey, SignatureParameters } from '../../src/crypto/signature.ts';
import type { EcCurve } from '../../src/wasm/ec_curve.ts';
import { EcPrivateKey, ecdsaVerifier, ecKeyImporter } from '../../src/wasm/ecdsa.ts';
import { wasmHash } from '../../src/wasm/hash.ts';
import { p256, p256Keys, p256Verifier } from '../../src/wasm/p256.ts';
import { p384 } from '../../src/wasm/p384.ts';
import { p521 } from '../../src/wasm/p521.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex, unhex } from '../support/hex.ts';
import { generateKeyPairSync } from '../support/key_pairs.ts';
import {
  invert,
  lengthOf,
  modulo,
  multiplyPoint,
  nonceTwin,
  pointToBytes,
  signTwin,
  type TwinCurve,
  toBytes,
  twinCurves,
} from '../twins/weierstrass.ts';

const core = testCore();
const cases: readonly { twin: TwinCurve; curve: EcCurve }[] = [
  { twin: twinCurves[0], curve: p256(core) },
  { twin: twinCurves[1], curve: p384(core) },
  { twin: twinCurves[2], curve: p521(core) },
];
const hashes: Partial<Record<HashName, string>> = {
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  'sha3-256': 'sha3-256',
  'sha3-384': 'sha3-384',
  'sha3-512': 'sha3-512',
};
const message = new TextEncoder().encode('a message of some length');

function randomScalar(twin: TwinCurve): bigint {
  const bytes = new Uint8Array(lengthOf(twin) + 8);
  hostRandom(bytes);
  return modulo(BigInt(`0x${hex(bytes)}`), twin.n - 1n) + 1n;
}

function keyOf(curve: EcCurve, d: bigint): EcPrivateKey {
  return new EcPrivateKey(curve, core.importSecret(toBytes(d, curve.length)));
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

test('gives the signatures of RFC 6979 §A.2.5, §A.2.6 and §A.2.7', () => {
  const values: [EcCurve, string, HashName, string, string][] = [
    [
      p256(core),
      'C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721',
      'sha256',
      'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
      'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
    ],
    [
      p384(core),
      '6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5',
      'sha384',
      '94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46',
      '99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8',
    ],
    [
      p521(core),
      '00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538',
      'sha512',
      '00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA',
      '00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A',
    ],
  ];
  for (const [curve, d, hash, r, s] of values) {
    const key = new EcPrivateKey(curve, core.importSecret(unhex(d)));
    const signature = key.signDeterministic({ type: 'ecdsa', hash }, new TextEncoder().encode('sample'));
    assert.is(hex(parseEcdsaSignature(signature, curve.length)!), (r + s).toLowerCase());
    key.dispose();
  }
});

for (const { twin, curve } of cases) {
  const verifier = ecdsaVerifier(curve);
  const length = lengthOf(twin);

  test(`${twin.name}: signs as the twin does, with every hash, hedged or not`, () => {
    for (const [name, nodeName] of Object.entries(hashes) as [HashName, string][]) {
      const d = randomScalar(twin);
      const key = keyOf(curve, d);
      const digest = wasmHash(core, name).digest(message);
      const plain = signTwin(twin, d, digest, nonceTwin(twin, nodeName, d, digest));
      assert.is(hex(key.signDigest(name, digest)), hex(plain));
      const hedge = new Uint8Array(32).map((_, i) => i * 7);
      const hedged = signTwin(twin, d, digest, nonceTwin(twin, nodeName, d, digest, hedge));
      assert.is(hex(key.signDigest(name, digest, hedge)), hex(hedged));
      assert.is(hex(hedge), '00'.repeat(32), 'the hedge is wiped');
      key.dispose();
    }
  });

  test(`${twin.name}: node:crypto verifies its signatures, and it node:crypto's`, () => {
    const curveName = { 'P-256': 'prime256v1', 'P-384': 'secp384r1', 'P-521': 'secp521r1' }[twin.name];
    for (const [name, nodeName] of Object.entries(hashes) as [HashName, string][]) {
      const pair = generateKeyPairSync('ec', { namedCurve: curveName });
      const { d, x, y } = pair.privateKey.export({ format: 'jwk' });
      const scalar = core.importSecret(new Uint8Array(Buffer.from(d!, 'base64url')));
      const key = ecKeyImporter(curve).import({ type: 'ec', curve: twin.name, scalar }) as EcPrivateKey;
      scalar.dispose();
      const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]);
      assert.is(hex(key.publicKey.point), point.toString('hex'));
      const parameters: SignatureParameters = { type: 'ecdsa', hash: name };
      assert.ok(verifier.handles(key.publicKey, parameters));
      const own = key.sign(parameters, message, hostRandom);
      assert.ok(verify(nodeName, message, pair.publicKey, own));
      assert.ok(verifier.verify(key.publicKey, parameters, message, own));
      const theirs = new Uint8Array(sign(nodeName, message, pair.privateKey));
      assert.ok(verifier.verify(key.publicKey, parameters, message, theirs));
      assert.not(verifier.verify(key.publicKey, parameters, message.subarray(1), theirs));
      key.dispose();
    }
  });

  test(`${twin.name}: signs with nonces and keys at the edges as the twin does`, () => {
    const edges = [1n, 2n, 3n, twin.n - 1n, twin.n - 2n, twin.n >> 1n, 1n << BigInt(twin.bits - 2), (1n << 140n) - 1n];
    const digest = wasmHash(core, 'sha256').digest(message);
    const length = lengthOf(twin);
    const [privateKey, nonce, reduced] = [
      core.createSecret(length),
      core.createSecret(length),
      core.createSecret(length),
    ];
    curve.writeDigest(digest, core.pointerOf(reduced));
    edges.forEach((k, i) => {
      const d = edges[(i * 3 + 1) % edges.length];
      core.bytes.set(toBytes(d, length), core.pointerOf(privateKey));
      core.bytes.set(toBytes(k << BigInt(8 * length - twin.bits), length), core.pointerOf(nonce));
      const pointers = [privateKey, reduced, nonce].map(secret => core.pointerOf(secret));
      assert.is(curve.functions.sign(core.exchange, pointers[0], pointers[1], pointers[2]), 1);
      const signature = core.bytes.slice(core.exchange, core.exchange + 2 * length);
      assert.is(hex(signature), hex(signTwin(twin, d, digest, k)), `nonce ${k}`);
    });
    for (const k of [0n, twin.n]) {
      core.bytes.set(toBytes(k << BigInt(8 * length - twin.bits), length), core.pointerOf(nonce));
      const pointers = [privateKey, reduced, nonce].map(secret => core.pointerOf(secret));
      assert.is(curve.functions.sign(core.exchange, pointers[0], pointers[1], pointers[2]), 0, 'nonce out of range');
    }
    for (const secret of [privateKey, nonce, reduced]) secret.dispose();
  });

  test(`${twin.name}: leaves no copy of a nonce in the memory, nor of the key after dispose`, () => {
    const d = randomScalar(twin);
    const key = keyOf(curve, d);
    const digest = wasmHash(core, 'sha256').digest(message);
    key.signDigest('sha256', digest);
    const holds = (value: bigint): boolean => {
      const bigEndian = toBytes(value, lengthOf(twin));
      const limbs = new Uint32Array(8).map((_, i) => Number((value >> BigInt(28 * i)) & 0xfffffffn));
      const forms = [bigEndian, bigEndian.slice().reverse(), new Uint8Array(limbs.buffer)];
      return forms.some(form => Buffer.from(core.bytes.buffer).includes(Buffer.from(form)));
    };
    const nonce = nonceTwin(twin, 'sha256', d, digest);
    for (const value of [nonce, twin.n - nonce, invert(nonce, twin.n)]) assert.not(holds(value));
    assert.ok(holds(d));
    key.dispose();
    for (const value of [d, twin.n - d]) assert.not(holds(value));
  });

  test(`${twin.name}: hedged signatures differ, deterministic ones do not`, () => {
    const key = keyOf(curve, 12345n);
    const parameters: SignatureParameters = { type: 'ecdsa', hash: 'sha256' };
    const signatures = [1, 2, 3].map(() => hex(key.sign(parameters, message, hostRandom)));
    assert.is(new Set(signatures).size, 3);
    assert.is(hex(key.signDeterministic(parameters, message)), hex(key.signDeterministic(parameters, message)));
    key.dispose();
  });

  test(`${twin.name}: refuses r and s out of range, and any flipped bit`, () => {
    const d = randomScalar(twin);
    const key = keyOf(curve, d);
    const digest = wasmHash(core, 'sha256').digest(message);
    const signature = key.signDigest('sha256', digest);
    const { point } = key.publicKey;
    assert.ok(curve.verifyDigest(point, digest, signature));
    for (let bit = 0; bit < 16 * length; bit += 5) {
      const wrong = signature.slice();
      wrong[bit >> 3] ^= 1 << (bit & 7);
      assert.not(curve.verifyDigest(point, digest, wrong), `bit ${bit}`);
    }
    const halves = [signature.subarray(0, length), signature.subarray(length)];
    for (const value of [0n, twin.n, twin.n + 1n]) {
      const bytes = toBytes(value, length);
      assert.not(curve.verifyDigest(point, digest, Uint8Array.of(...bytes, ...halves[1])));
      assert.not(curve.verifyDigest(point, digest, Uint8Array.of(...halves[0], ...bytes)));
    }
    assert.not(curve.verifyDigest(point, digest, signature.subarray(1)));
    assert.is(
      code(() =>
        curve.verifyDigest(
          point.map(b => b ^ 1),
          digest,
          signature,
        ),
      ),
      'ERR_INVALID_PUBLIC_KEY',
    );
    key.dispose();
  });

  test(`${twin.name}: verifies where the sum of points is special (zero digest, doubling, infinity)`, () => {
    const [d, k] = [randomScalar(twin), randomScalar(twin)];
    const point = pointToBytes(twin, multiplyPoint(twin, d, twin.generator));
    const r = modulo(multiplyPoint(twin, k, twin.generator)!.x, twin.n);
    const pair = (s: bigint) => Uint8Array.of(...toBytes(r, length), ...toBytes(s, length));
    // P-521's order has more bits than a digest of the API needs; integers of its length are taken as they are.
    const digest = (z: bigint) => toBytes(modulo(z, twin.n), length);
    assert.ok(curve.verifyDigest(point, digest(0n), pair(modulo(invert(k, twin.n) * r * d, twin.n))), 'u1 is zero');
    const s = modulo(2n * r * d * invert(k, twin.n), twin.n);
    assert.ok(curve.verifyDigest(point, digest(r * d), pair(s)), 'u1 G equals u2 Q');
    assert.not(curve.verifyDigest(point, digest(-r * d), pair(s)), 'u1 G + u2 Q is infinity');
  });
}

for (const { twin, curve } of cases) {
  test(`${twin.name}: verifies where sums on the way to u1 G + u2 Q are special`, () => {
    const length = lengthOf(twin);
    const small = [1n, 2n, 3n, 5n, 15n, 16n, 17n, 31n, 63n, 64n];
    const scalars = [...small, ...small.map(u => twin.n - u), twin.n >> 1n, (twin.n >> 1n) + 1n];
    for (const d of [1n, 2n, 3n, twin.n - 1n, twin.n - 2n, invert(2n, twin.n)]) {
      const point = pointToBytes(twin, multiplyPoint(twin, d, twin.generator));
      scalars.forEach((u1, i) => {
        // One diagonal of all pairs for each key, and those whose sum is infinity.
        for (const u2 of [
          scalars[(i * 7 + Number(d % 19n)) % scalars.length],
          modulo(-u1 * invert(d, twin.n), twin.n),
        ]) {
          const sum = multiplyPoint(twin, modulo(u1 + u2 * d, twin.n), twin.generator);
          const r = sum === null ? 1n : modulo(sum.x, twin.n);
          const s = modulo(r * invert(u2, twin.n), twin.n);
          const signature = Uint8Array.of(...toBytes(r, length), ...toBytes(s, length));
          const valid = curve.verifyDigest(point, toBytes(modulo(u1 * s, twin.n), length), signature);
          assert.is(valid, sum !== null, `d ${d}, u1 ${u1}, u2 ${u2}`);
        }
      });
    }
  });
}

test('verifies r where x of the point is n or more (FIPS 186-5 §6.4.2, step 6)', () => {
  const twin = twinCurves[0];
  const curve = p256(core);
  // The first x from n on that has a point R; Q = (s R - z G) / r makes (r, s) a signature of z.
  let x = twin.n;
  let compressed: Uint8Array | undefined;
  while (compressed === undefined) {
    x++;
    const candidate = Uint8Array.of(2, ...toBytes(x, 32));
    if (code(() => curve.decodePoint(candidate)) === 'no error') compressed = candidate;
  }
  const point = curve.decodePoint(compressed);
  const R = { x, y: BigInt(`0x${hex(point.subarray(33))}`) };
  const r = x - twin.n;
  const Q = multiplyPoint(twin, modulo(7n * invert(r, twin.n), twin.n), R);
  const signature = Uint8Array.of(...toBytes(r, 32), ...toBytes(7n, 32));
  assert.ok(curve.verifyDigest(pointToBytes(twin, Q), new Uint8Array(32), signature));
});

test('verifies rightly where the inverse of s is a small number modulo n, below zero too', () => {
  const file = join(fileURLToPath(new URL('.', import.meta.url)), '../fixtures/ecdsa_edge_inverses.json');
  for (const { curve: name, hash, message, point, signature, valid } of JSON.parse(readFileSync(file, 'utf8'))) {
    const { curve } = cases.find(c => c.curve.parameters.name === name)!;
    const digest = wasmHash(core, hash).digest(unhex(message));
    assert.is(curve.verifyDigest(unhex(point), digest, unhex(signature)), valid, `${name}, ${valid}`);
  }
});

test('DER: what it writes it reads, for integers of every length', () => {
  for (const length of [32, 48, 66]) {
    for (const value of [
      1n,
      0x7fn,
      0x80n,
      0xffn,
      0x100n,
      1n << BigInt(8 * length - 8),
      (1n << BigInt(8 * length)) - 1n,
    ]) {
      const pair = Uint8Array.of(...toBytes(value, length), ...toBytes(value + 0n, length));
      assert.is(hex(parseEcdsaSignature(encodeEcdsaSignature(pair), length)!), hex(pair));
    }
  }
});

test('DER: refuses whatever is not DER to the last byte', () => {
  const good = '3006020101020102';
  assert.is(hex(parseEcdsaSignature(unhex(good), 32)!), `${'00'.repeat(31)}01${'00'.repeat(31)}02`);
  const wrong: Record<string, string> = {
    empty: '',
    'no content': '3000',
    'one integer': '3003020101',
    'three integers': '3009020101020102020103',
    'trailing byte': `${good}00`,
    'trailing byte inside': '300702010102010200',
    'cut short': good.slice(0, -2),
    'set instead of sequence': '3106020101020102',
    'octet string instead of integer': '3006040101020102',
    'negative integer': '3006020181020102',
    'leading zero': '300702020001020102',
    'empty integer': '30050200020102',
    'long form of a short length': '308106020101020102',
    'two length bytes': '30820006020101020102',
    'indefinite length': '30800201010201020000',
    'long form inside': '30080281010102810102',
    'length past the end': '3007020101020102',
    'integer past the end': '3006020101020202',
    'too long an integer': `302602210100${'00'.repeat(31)}020101`,
  };
  for (const [what, der] of Object.entries(wrong)) assert.is(parseEcdsaSignature(unhex(der), 32), null, what);
});

test('a malformed signature is false, a malformed key is an error', () => {
  const verifier = p256Verifier(core);
  const key = keyOf(p256(core), 5n);
  const parameters: SignatureParameters = { type: 'ecdsa', hash: 'sha256' };
  for (const bytes of [new Uint8Array(0), new Uint8Array(300).fill(0x30), unhex('3006020101020102')]) {
    assert.is(verifier.verify(key.publicKey, parameters, message, bytes), false);
  }
  const signature = key.signDeterministic(parameters, message);
  const wrong: PublicKey = {
    type: 'ec',
    curve: 'P-256',
    point: key.publicKey.point.map((b, i) => (i === 40 ? b ^ 1 : b)),
  };
  assert.is(
    code(() => verifier.verify(wrong, parameters, message, signature)),
    'ERR_INVALID_PUBLIC_KEY',
  );
  assert.not(verifier.handles({ ...key.publicKey, curve: 'P-384' }, parameters));
  assert.not(verifier.handles(key.publicKey, { type: 'ed25519' }));
  assert.not(verifier.handles(key.publicKey, { type: 'ecdsa', hash: 'md5' }));
  assert.is(
    code(() => key.sign({ type: 'ed25519' }, message, hostRandom)),
    'ERR_UNSUPPORTED_ALGORITHM',
  );
  key.dispose();
});

test('keys: import checks the public point, export gives the scalar back, dispose frees everything', () => {
  const before = core.liveSlots;
  const importer = p256Keys(core);
  assert.ok(importer.handles({ type: 'ec', curve: 'P-256' }));
  assert.not(importer.handles({ type: 'ec', curve: 'P-384' }));
  const generated = importer.generate({ type: 'ec', curve: 'P-256' }, hostRandom) as EcPrivateKey;
  const material = generated.dangerousExport();
  assert.ok(material.type === 'ec' && material.point !== undefined);
  const again = importer.import(material) as EcPrivateKey;
  assert.is(hex(again.publicKey.point), hex(generated.publicKey.point));
  const compressed = Uint8Array.of(2 + (material.point[64] & 1), ...material.point.subarray(1, 33));
  importer.import({ ...material, point: compressed }).dispose();
  const other = keyOf(p256(core), 9n);
  for (const point of [other.publicKey.point, new Uint8Array(65), new Uint8Array(0)]) {
    assert.is(
      code(() => importer.import({ ...material, point })),
      'ERR_INVALID_PRIVATE_KEY',
    );
  }
  for (const bytes of [new Uint8Array(32), new Uint8Array(31).fill(1), new Uint8Array(32).fill(0xff)]) {
    const scalar = core.importSecret(bytes);
    assert.is(
      code(() => importer.import({ type: 'ec', curve: 'P-256', scalar })),
      'ERR_INVALID_PRIVATE_KEY',
    );
    scalar.dispose();
  }
  assert.is(
    code(() => importer.import({ ...material, curve: 'P-384' })),
    'ERR_UNSUPPORTED_ALGORITHM',
  );
  generated.dispose();
  assert.is(
    code(() => generated.signDeterministic({ type: 'ecdsa', hash: 'sha256' }, message)),
    'ERR_STALE_HANDLE',
  );
  again.dispose();
  other.dispose();
  material.scalar.dispose();
  assert.is(core.liveSlots, before);
});

test('node:crypto reads an exported key', () => {
  const key = p256Keys(core).generate({ type: 'ec', curve: 'P-256' }, hostRandom) as EcPrivateKey;
  const material = key.dangerousExport();
  assert.ok(material.type === 'ec');
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const { point } = key.publicKey;
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: encode(core.dangerousReveal(material.scalar)),
    x: encode(point.subarray(1, 33)),
    y: encode(point.subarray(33)),
  };
  const nodeKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const signature = key.sign({ type: 'ecdsa', hash: 'sha384' }, message, hostRandom);
  assert.ok(verify('sha384', message, createPublicKey(nodeKey), signature));
  material.scalar.dispose();
  key.dispose();
});

test.run();
