// The code of SSL 3.0, TLS 1.0 and TLS 1.1 is in the bundle of the entry that has it, and in no other.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/examples.ts';

/** Files of castls whose code stays in a bundle of an entry, with what it is made of. */
async function inBundle(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'error',
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
}

// The names of suites are a table, which castls/inspect has, too.
const ofOlder = /handshake\/older\/|older_(config|beside|fallback|records|cryptography|messages)|sslv2/;
const ofFamily = /legacy_wasm/;

for (const file of readdirSync(join(root, 'src')).filter(name => name.endsWith('.ts'))) {
  const has = /^legacy(_register|_for_node)?\.ts$/.test(file) ? 'has' : 'has not';
  test(`${file} ${has} the versions before TLS 1.2`, async () => {
    const files = await inBundle(`src/${file}`);
    const older = files.filter(name => ofOlder.test(name));
    const family = files.filter(name => ofFamily.test(name));
    if (has === 'has') {
      assert.ok(older.length >= 10);
      assert.is(family.length, 1);
      return;
    }
    // castls/inspect opens what others recorded: records and keys, and nothing that speaks.
    const opens = file === 'inspect.ts' ? ['src/wasm/older_cryptography.ts', 'src/wasm/older_records.ts'] : [];
    assert.equal(older.sort(), opens);
    // The keys of old files need the family's ciphers.
    assert.is(family.length, /^(legacy_keys|inspect|register|register_all)\.ts$/.test(file) ? 1 : 0);
  });
}

test.run();
