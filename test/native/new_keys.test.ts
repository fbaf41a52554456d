// Node.js 20 locks up now and then when a key that it has just made is exported as JWK (test/support/key_pairs.ts): no code
// here does that.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/examples.ts';

/** Makes keys of types that Node.js 20 does not know. */
const newer = join('test', 'wasm', 'pq_node.test.ts');

test('whoever makes a key with node:crypto and exports it as JWK has it leave the job encoded', () => {
  const found: string[] = [];
  for (const folder of ['src', 'test', 'bench', 'scripts', 'examples']) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name);
      if (!/\.m?ts$|\.mjs$/.test(file) || file.includes('node_modules') || file === newer) continue;
      const text = readFileSync(join(root, file), 'utf8');
      const [, named] = /import \{([^}]*)\} from 'node:crypto'/.exec(text) ?? [];
      const makes = named?.includes('generateKeyPairSync') || /(?:nodeCrypto|crypto)\.generateKeyPairSync\(/.test(text);
      if (makes && text.includes("format: 'jwk'") && !text.includes('privateKeyEncoding')) found.push(file);
    }
  }
  assert.equal(found, []);
});

test.run();
