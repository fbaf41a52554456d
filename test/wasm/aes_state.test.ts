// The expanded states of AES keys: kept apart, dropped, and nothing left in memory after a key's last use.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EXCHANGE_LENGTH } from '../../src/wasm/core.ts';
import { kernelCbc, kernelOpen, kernelSeal } from '../support/aes_kernels.ts';
import { testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';

const core = testCore();
const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

test('keeps the contexts of more keys than it caches apart', () => {
  const keys = Array.from({ length: 40 }, (_, i) => core.importSecret(randomFrom(i + 1).bytes(i % 2 ? 16 : 32)));
  const data = randomFrom(99).bytes(2000);
  const seal = (i: number, id: number) => {
    const at = core.exchange;
    core.bytes.fill(0, at, at + 32);
    core.bytes.set(data, at + 32);
    core.abi.gcmSeal(core.pointerOf(keys[i]), keys[i].length, id, at, at, 0, at + 32, data.length, at + 16);
    return hex(core.bytes.slice(at, at + 32 + data.length));
  };
  const expected = keys.map((_, i) => seal(i, 0));
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 40; i++)
      assert.is(seal((i * 7 + round) % 40, 1000 + ((i * 7 + round) % 40)), expected[(i * 7 + round) % 40]);
  }
  for (let i = 0; i < 40; i++) core.abi.aesCacheDrop(1000 + i);
  for (const key of keys) key.dispose();
});

/** The core's static memory, all scratch and all cached states, with the exchange area cleared. */
function statics(): Buffer {
  core.bytes.fill(0, core.exchange, core.exchange + EXCHANGE_LENGTH);
  return Buffer.from(core.bytes.slice(1024, core.abi.staticsEnd()));
}

test('leaves nothing in static memory after a key of one use, or one that was dropped', () => {
  const untouched = statics();
  for (const [seed, length] of [0, 16, 50, 300, 352, 512, 1000, 1130, 16385].entries()) {
    for (const mode of ['gcm', 'ccm'] as const) {
      for (const id of [0, 77]) {
        const { bytes } = randomFrom(seed + 1);
        const [key, nonce, aad, data] = [bytes(seed % 2 ? 16 : 32), bytes(12), bytes(13), bytes(length)];
        const call = { key, nonce, aad, data, id };
        const [ciphertext, tag] = kernelSeal(core, mode, call, 16);
        kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
        tag[0] ^= 1;
        kernelOpen(core, mode, { ...call, data: ciphertext }, tag);
        kernelCbc(core, 'encrypt', { key, nonce: bytes(16), data: bytes(160), id });
        kernelCbc(core, 'decrypt', { key, nonce: bytes(16), data: bytes(160), id });
        if (id !== 0) {
          assert.ok(!statics().equals(untouched), 'a cached state is somewhere');
          core.abi.aesCacheDrop(id);
        }
        assert.ok(statics().equals(untouched), `${mode}, ${length} bytes, id ${id}`);
      }
    }
  }
});

test('the generated sources are what their scripts write', () => {
  for (const script of ['generate/aes_permute.mjs', 'generate/aes_bitsliced.mjs', 'generate/ghash.mjs']) {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts', script), '--check']);
    assert.is(status, 0, String(stderr));
  }
});

test.run();
