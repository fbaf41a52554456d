// P-256, P-384 and P-521: scalar multiplication against the slow twin at the edges, refusals, the TLS groups against
// node:crypto, and nothing secret left behind.

import { createECDH } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange, KeyExchangeGroup } from '../../src/crypto/key_exchange.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import type { EcCurve } from '../../src/wasm/ec_curve.ts';
import { p256, secp256r1Group } from '../../src/wasm/p256.ts';
import { p384, secp384r1Group } from '../../src/wasm/p384.ts';
import { p521, secp521r1Group } from '../../src/wasm/p521.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import {
  lengthOf,
  multiplyPoint,
  pointToBytes,
  type TwinCurve,
  toBytes,
  toInteger,
  twinCurves,
} from '../twins/weierstrass.ts';

const core = testCore();
const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

interface Case {
  readonly twin: TwinCurve;
  readonly curve: EcCurve;
  readonly group: KeyExchangeGroup;
  readonly opensslName: string;
}

const cases: readonly Case[] = [
  { twin: twinCurves[0], curve: p256(core), group: secp256r1Group(core), opensslName: 'prime256v1' },
  { twin: twinCurves[1], curve: p384(core), group: secp384r1Group(core), opensslName: 'secp384r1' },
  { twin: twinCurves[2], curve: p521(core), group: secp521r1Group(core), opensslName: 'secp521r1' },
];

function withScalar<T>(value: bigint, curve: EcCurve, use: (scalar: Secret) => T): T {
  const scalar = core.importSecret(toBytes(value, curve.length));
  try {
    return use(scalar);
  } finally {
    scalar.dispose();
  }
}

function agree(curve: EcCurve, scalar: bigint, peer: Uint8Array): bigint {
  return withScalar(scalar, curve, secret => {
    const shared = curve.sharedSecret(secret, peer);
    const bytes = core.dangerousReveal(shared);
    shared.dispose();
    return toInteger(bytes);
  });
}

/**
 * Ends of the range, every digit of the windows, powers of two and their neighbours, both halves of the order, and what
 * makes the comb add a point to itself at its end: there the scalar is top * 2^(5 t) and a rest congruent to that.
 */
function edgeScalars({ n, bits }: TwinCurve): bigint[] {
  const edges = new Set<bigint>();
  for (let i = 1n; i <= 34n; i++) edges.add(i).add(n - i);
  for (const shift of [28, 56, 128, 252, bits - 4, bits - 2, bits - 1]) {
    const power = 1n << BigInt(shift);
    for (const near of [power - 1n, power, power + 1n]) if (near < n) edges.add(near).add(n - near);
  }
  const width = BigInt(Math.floor((bits - 1) / 5) * 5);
  for (let top = 1n; top <= 15n; top += 2n) {
    const twice = (top << (width + 1n)) - n;
    if (twice > 0n && twice < n) edges.add(twice).add(n - twice);
  }
  return [...edges, n >> 1n, (n >> 1n) + 1n, n / 3n, n - n / 3n];
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

for (const { twin, curve, group, opensslName } of cases) {
  const length = lengthOf(twin);

  test(`${twin.name}: public keys equal the twin's at the edges`, () => {
    for (const k of edgeScalars(twin)) {
      const expected = pointToBytes(twin, multiplyPoint(twin, k, twin.generator));
      assert.is(hex(withScalar(k, curve, s => curve.publicKey(s))), hex(expected), `scalar ${k.toString(16)}`);
    }
  });

  test(`${twin.name}: shared secrets equal the twin's at the edges`, () => {
    const peers = [1n, 2n, twin.n - 1n, 0x1234567890abcdefn].map(k => multiplyPoint(twin, k, twin.generator));
    edgeScalars(twin).forEach((k, i) => {
      const peer = peers[i % peers.length];
      const expected = multiplyPoint(twin, k, peer)!.x;
      assert.is(agree(curve, k, pointToBytes(twin, peer)), expected, `scalar ${k.toString(16)}`);
    });
  });

  test(`${twin.name}: refuses scalars outside 1..n-1 and of other lengths (ERR_INVALID_PRIVATE_KEY)`, () => {
    const point = pointToBytes(twin, twin.generator);
    const all = (1n << BigInt(8 * length)) - 1n;
    for (const k of [0n, twin.n, twin.n + 1n, twin.p, all]) {
      withScalar(k, curve, scalar => {
        assert.not(curve.isScalar(scalar));
        assert.is(
          code(() => curve.publicKey(scalar)),
          'ERR_INVALID_PRIVATE_KEY',
        );
        assert.is(
          code(() => curve.sharedSecret(scalar, point)),
          'ERR_INVALID_PRIVATE_KEY',
        );
      });
    }
    const short = core.importSecret(new Uint8Array(length - 1).fill(1));
    assert.not(curve.isScalar(short));
    assert.is(
      code(() => curve.publicKey(short)),
      'ERR_INVALID_PRIVATE_KEY',
    );
    short.dispose();
  });

  test(`${twin.name}: refuses points that are malformed or off the curve (ERR_INVALID_PUBLIC_KEY)`, () => {
    const good = pointToBytes(twin, multiplyPoint(twin, 7n, twin.generator));
    const { x, y } = multiplyPoint(twin, 7n, twin.generator)!;
    const raw = (px: bigint, py: bigint, form = 4) =>
      Uint8Array.of(form, ...toBytes(px, length), ...toBytes(py, length));
    const wrong: Uint8Array[] = [
      new Uint8Array(0),
      Uint8Array.of(0),
      good.subarray(1),
      Uint8Array.of(...good, 0),
      raw(x, y, 0),
      raw(x, y, 6),
      raw(x, y + 1n),
      raw(x, twin.p - 1n),
      raw(0n, 0n),
      raw(twin.p, y),
      raw(x, twin.p),
      raw(twin.p - 1n, twin.p - 1n),
    ];
    if (x + twin.p < 1n << BigInt(8 * length)) wrong.push(raw(x + twin.p, y));
    if (y + twin.p < 1n << BigInt(8 * length)) wrong.push(raw(x, y + twin.p));
    for (const point of wrong) {
      assert.is(
        code(() => agree(curve, 5n, point)),
        'ERR_INVALID_PUBLIC_KEY',
        hex(point),
      );
      assert.is(
        code(() => curve.decodePoint(point)),
        'ERR_INVALID_PUBLIC_KEY',
        hex(point),
      );
    }
    const compressed = Uint8Array.of(2, ...toBytes(x, length));
    assert.is(
      code(() => agree(curve, 5n, compressed)),
      'ERR_INVALID_PUBLIC_KEY',
      'TLS knows no compressed shares',
    );
  });

  test(`${twin.name}: decodes compressed points, both signs, and refuses an x without a point`, () => {
    for (let k = 1n; k < 12n; k++) {
      const point = multiplyPoint(twin, k, twin.generator)!;
      for (const y of [point.y, twin.p - point.y]) {
        const compressed = Uint8Array.of(y & 1n ? 3 : 2, ...toBytes(point.x, length));
        assert.is(hex(curve.decodePoint(compressed)), hex(pointToBytes(twin, { x: point.x, y })));
      }
    }
    let refused = 0;
    for (let x = 0n; x < 20n; x++) {
      if (code(() => curve.decodePoint(Uint8Array.of(2, ...toBytes(x, length)))) === 'ERR_INVALID_PUBLIC_KEY')
        refused++;
    }
    assert.ok(refused > 0 && refused < 20);
    const tooLarge = Uint8Array.of(2, ...toBytes(twin.p, length));
    assert.is(
      code(() => curve.decodePoint(tooLarge)),
      'ERR_INVALID_PUBLIC_KEY',
    );
  });

  test(`${group.name}: agrees with node:crypto in both roles`, async () => {
    assert.is(group.id, { 'P-256': 0x17, 'P-384': 0x18, 'P-521': 0x19 }[twin.name]);
    assert.ok(group.tls12);
    for (let i = 0; i < 8; i++) {
      const peer = createECDH(opensslName);
      peer.generateKeys();
      const pair = (await group.generate(hostRandom)) as KeyExchange;
      assert.is(pair.share.length, 1 + 2 * length);
      const first = (await pair.complete(new Uint8Array(peer.getPublicKey()))) as Secret;
      assert.is(hex(core.dangerousReveal(first)), peer.computeSecret(pair.share).toString('hex'));
      const answer = await group.respond(new Uint8Array(peer.getPublicKey()), hostRandom);
      assert.is(hex(core.dangerousReveal(answer.sharedSecret)), peer.computeSecret(answer.share).toString('hex'));
      first.dispose();
      answer.sharedSecret.dispose();
    }
  });

  test(`${group.name}: a key exchange completes once, and frees its key when it fails`, async () => {
    const before = core.liveSlots;
    const pair = (await group.generate(hostRandom)) as KeyExchange;
    assert.is(
      code(() => pair.complete(new Uint8Array(1 + 2 * length))),
      'ERR_INVALID_PUBLIC_KEY',
    );
    assert.is(
      code(() => pair.complete(pointToBytes(twin, twin.generator))),
      'ERR_INVALID_STATE',
    );
    assert.is(
      code(() => group.respond(new Uint8Array(3), hostRandom)),
      'ERR_INVALID_PUBLIC_KEY',
    );
    pair.dispose();
    assert.is(core.liveSlots, before);
  });

  test(`${twin.name}: a random source that gives only zeros is an error, not a loop`, () => {
    const before = core.liveSlots;
    assert.is(
      code(() => curve.generateScalar(target => void target.fill(0))),
      'ERR_INVALID_STATE',
    );
    assert.is(core.liveSlots, before);
  });

  test(`${twin.name}: leaves no copy of a scalar in the memory`, () => {
    const k = twin.n / 3n - 0x123456789n;
    agree(curve, k, pointToBytes(twin, twin.generator));
    withScalar(k, curve, s => curve.publicKey(s));
    const bigEndian = toBytes(k, length);
    const limbs = new Uint32Array(8).map((_, i) => Number((k >> BigInt(28 * i)) & 0xfffffffn));
    const memory = Buffer.from(core.bytes.buffer);
    assert.is(memory.indexOf(bigEndian), -1);
    assert.is(memory.indexOf(bigEndian.slice().reverse()), -1);
    assert.is(memory.indexOf(new Uint8Array(limbs.buffer)), -1);
  });
}

test('the generated arithmetic is what the generator writes', async () => {
  const { generate } = await import(join(root, 'scripts/generate/weierstrass.mjs'));
  for (const { file, text } of generate()) assert.is(readFileSync(join(root, file), 'utf8'), text, file);
});

test.run();
