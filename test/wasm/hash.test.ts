// The core's hash functions: FIPS examples, the slow twins, node:crypto over random lengths, alignments and pieces.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HashName } from '../../src/crypto/hash.ts';
import { EXCHANGE_LENGTH } from '../../src/wasm/core.ts';
import { shake, wasmHash } from '../../src/wasm/hash.ts';
import { testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import * as keccakTwin from '../twins/keccak.ts';
import * as shaTwin from '../twins/sha.ts';

const core = testCore();
const text = (value: string) => new TextEncoder().encode(value);

// FIPS 180-4 and FIPS 202 examples: the digests of "abc".
const abc: Record<Exclude<HashName, 'md5'>, string> = {
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  sha224: '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  'sha3-224': 'e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf',
  'sha3-256': '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  'sha3-384': 'ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25',
  'sha3-512':
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
};

const names = Object.keys(abc) as Exclude<HashName, 'md5'>[];

const twins: Record<Exclude<HashName, 'md5'>, (message: Uint8Array) => Uint8Array> = {
  sha1: shaTwin.sha1,
  sha224: shaTwin.sha224,
  sha256: shaTwin.sha256,
  sha384: shaTwin.sha384,
  sha512: shaTwin.sha512,
  'sha3-224': message => keccakTwin.sha3(224, message),
  'sha3-256': message => keccakTwin.sha3(256, message),
  'sha3-384': message => keccakTwin.sha3(384, message),
  'sha3-512': message => keccakTwin.sha3(512, message),
};

for (const name of names) {
  const native = (data: Uint8Array) => createHash(name).update(data).digest('hex');

  test(`${name}: digests the standard's example`, () => {
    const hash = wasmHash(core, name);
    assert.is(hex(hash.digest(text('abc'))), abc[name]);
    assert.is(hash.outputLength, abc[name].length / 2);
  });

  test(`${name}: agrees with its slow twin around every block edge`, () => {
    const hash = wasmHash(core, name);
    const block = hash.blockLength;
    const random = randomFrom(name.length);
    for (const length of [
      0,
      1,
      block - 17,
      block - 9,
      block - 8,
      block - 1,
      block,
      block + 1,
      2 * block - 9,
      2 * block,
    ]) {
      const data = random.bytes(length);
      assert.is(hex(hash.digest(data)), hex(twins[name](data)), `${length} bytes`);
    }
  });

  test(`${name}: agrees with node:crypto for every length to three blocks, in pieces of any size`, () => {
    const hash = wasmHash(core, name);
    const random = randomFrom(7);
    for (let length = 0; length <= 3 * hash.blockLength; length++) {
      const data = random.bytes(length + 16).subarray(length % 16, (length % 16) + length);
      const expected = native(data);
      assert.is(hex(hash.digest(data)), expected);
      const state = hash.start();
      for (let at = 0; at < length; ) {
        const end = at + 1 + random.below(2 * hash.blockLength);
        state.update(data.subarray(at, end));
        at = end;
      }
      assert.is(hex(state.digest()), expected, `${length} bytes in pieces`);
      state.dispose();
    }
  });

  test(`${name}: a running hash goes on after digest, and its clone goes its own way`, () => {
    const state = wasmHash(core, name).start();
    state.update(text('a'));
    assert.is(hex(state.digest()), native(text('a')));
    const clone = state.clone();
    state.update(text('bc'));
    clone.update(text('xyz'));
    assert.is(hex(state.digest()), abc[name]);
    assert.is(hex(state.digest()), abc[name]);
    state.dispose();
    assert.is(hex(clone.digest()), native(text('axyz')));
    clone.dispose();
    clone.dispose();
    assert.throws(
      () => clone.digest(),
      (error: { code: string }) => error.code === 'ERR_STALE_HANDLE',
    );
  });

  test(`${name}: takes data longer than the exchange area`, () => {
    const data = randomFrom(3).bytes(2 * EXCHANGE_LENGTH + 77);
    const before = core.liveSlots;
    assert.is(hex(wasmHash(core, name).digest(data)), native(data));
    assert.is(core.liveSlots, before);
  });
}

test('the core has no md5 (ERR_UNSUPPORTED_ALGORITHM)', () => {
  assert.throws(
    () => wasmHash(core, 'md5'),
    (error: { code: string }) => error.code === 'ERR_UNSUPPORTED_ALGORITHM',
  );
});

for (const strength of [128, 256] as const) {
  test(`shake${strength}: agrees with its slow twin and node:crypto`, () => {
    const random = randomFrom(strength);
    for (const [length, outputLength] of [
      [0, 32],
      [135, 168],
      [136, 169],
      [168, 1],
      [200, 500],
      [1000, 0],
    ]) {
      const data = random.bytes(length);
      const out = shake(core, strength, data, outputLength);
      assert.is(hex(out), hex(keccakTwin.shake(strength, data, outputLength)));
      if (outputLength === 0) continue;
      assert.is(hex(out), createHash(`shake${strength}`, { outputLength }).update(data).digest('hex'));
    }
  });

  test(`shake${strength}: takes and gives more than the exchange area holds`, () => {
    const data = randomFrom(5).bytes(EXCHANGE_LENGTH + 1000);
    const outputLength = EXCHANGE_LENGTH + 3;
    const native = createHash(`shake${strength}`, { outputLength }).update(data).digest('hex');
    assert.is(hex(shake(core, strength, data, outputLength)), native);
  });
}

test('the generated kernels are what their generators write', () => {
  for (const name of ['keccak', 'chacha20']) {
    const { status, stderr } = spawnSync(process.execPath, [`scripts/generate/${name}.mjs`, '--check'], {
      encoding: 'utf8',
    });
    assert.is(status, 0, stderr);
  }
});

test.run();
