// The x25519, ed25519 and ec448 binaries leave nothing of a secret in their static memory: after the same calls with other secrets it
// holds the same bytes.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KeyExchange } from '../../src/crypto/key_exchange.ts';
import type { PrivateKey, PrivateKeyImporter } from '../../src/crypto/signature.ts';
import { ed448Importer } from '../../src/wasm/ed448.ts';
import { ed25519Importer } from '../../src/wasm/ed25519.ts';
import { x448Group } from '../../src/wasm/x448.ts';
import { x25519Group } from '../../src/wasm/x25519.ts';
import { x25519PublicKeyByComb } from '../../src/wasm/x25519_comb.ts';
import { hostRandom, testCore } from '../support/core.ts';

const core = testCore();
const map = fileURLToPath(new URL(join('..', '..', 'scripts', 'memory_map.mjs'), import.meta.url));

function signOnce(importer: PrivateKeyImporter, type: 'ed25519' | 'ed448'): void {
  const key = importer.generate({ type }, hostRandom) as PrivateKey;
  key.sign({ type }, new Uint8Array(99), hostRandom);
  key.dispose();
}

function agreeOnce(group: ReturnType<typeof x25519Group>): void {
  const ours = group.generate(hostRandom) as KeyExchange;
  const theirs = group.generate(hostRandom) as KeyExchange;
  (ours.complete(theirs.share) as { dispose(): void }).dispose();
  theirs.dispose();
}

for (const family of ['x25519', 'ed25519', 'ec448'] as const) {
  const operations = {
    x25519: () => agreeOnce(x25519Group(core)),
    ed25519: () => {
      const group = x25519Group(core, x25519PublicKeyByComb);
      for (let pairs = 0; pairs < 9; pairs++) agreeOnce(group);
      signOnce(ed25519Importer(core), 'ed25519');
    },
    ec448: () => {
      agreeOnce(x448Group(core));
      signOnce(ed448Importer(core), 'ed448');
    },
  }[family];

  test(`${family}: keys, shared secrets and signatures leave no trace of their secrets`, async () => {
    const { families } = await import(map);
    const { base, size } = families[family];
    operations();
    const before = core.bytes.slice(base, base + size);
    operations();
    assert.equal(Buffer.compare(before, core.bytes.subarray(base, base + size)), 0);
  });
}

test.run();
