// The text form of the binaries: what the build writes is what comes back, and gzip makes as little of it as of the binary.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import binaryen from 'binaryen';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assembled } from '../../src/wasm/binary_streams.ts';
import { fromText } from '../../src/wasm/binary_text.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const { toText, alphabet } = await import(join(root, 'scripts/binary_text.mjs'));
const { streamsOf } = await import(join(root, 'scripts/binary_streams.mjs'));
const { families, variants } = await import(join(root, 'scripts/memory_map.mjs'));

test('every string of bytes comes back', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const skewed = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31) >> (i % 11));
  for (const bytes of [Uint8Array.of(255), all, all.slice().reverse(), skewed]) {
    assert.equal([...fromText(toText(bytes))], [...bytes]);
  }
});

for (const [name, file] of [
  ['DECODER', 'binary_text'],
  ['ASSEMBLER', 'binary_streams'],
]) {
  test(`the ${name.toLowerCase()} is what the comment above it says`, () => {
    const source = readFileSync(join(root, `src/wasm/${file}.ts`), 'utf8');
    const pattern = new RegExp(`/\\*\\*\\n((?: \\* .*\\n)+) \\*/\\nconst ${name} =\\s*'([^']+)'`);
    const [, comment, binary] = pattern.exec(source) ?? [];
    const module = binaryen.parseText(`(module ${comment.replaceAll(/^ \* /gm, '')})`);
    assert.is(Buffer.from(module.emitBinary()).toString('base64'), binary);
  });
}

test('the characters need no escape in JavaScript, JSON and HTML', () => {
  assert.is(alphabet.length, 89);
  const text = toText(Uint8Array.from({ length: 256 }, (_, i) => i));
  assert.match(text, /^[\x20-\x7e]+$/);
  assert.not.match(text, /["'`$<\\]/);
});

test('the modules hold the binaries, and gzip makes 2% more of them at most', () => {
  for (const name of Object.keys(families)) {
    const file = join(root, `build/wasm/${name}.wasm`);
    if (!existsSync(file)) continue; // a family that is not written yet
    const binary = readFileSync(file);
    const [, text] = /'([^']+)'/.exec(readFileSync(join(root, `build/generated/${name}_wasm.ts`), 'utf8')) ?? [];
    assert.ok(Buffer.from(fromText(text)).equals(binary), name);
    const [most, size] = [gzipSync(binary).length * 1.02 + 64, gzipSync(text).length];
    assert.ok(size <= most, `${name}: ${size} bytes, over ${most}`);
  }
});

test('builds that carry less have the binaries taken apart: the same bytes come back, and gzip makes less of them', () => {
  const texts = ['tls13/families', 'tls13/binaries', 'small/binaries'].map(name =>
    readFileSync(join(root, `build/${name}.js`), 'utf8'),
  );
  for (const name of Object.keys({ ...families, ...variants })) {
    const binary = readFileSync(join(root, `build/wasm/${name}.wasm`));
    const text = toText(streamsOf(binary));
    assert.ok(Buffer.from(assembled(fromText(text))).equals(binary), name);
    const [most, size] = [gzipSync(binary).length * 0.96, gzipSync(text).length];
    assert.ok(size <= most, `${name}: ${size} bytes, over ${most}`);
    // The core of these builds is one of the variants.
    assert.is(
      texts.some(module => module.includes(text)),
      name !== 'core',
      name,
    );
  }
});

test.run();
