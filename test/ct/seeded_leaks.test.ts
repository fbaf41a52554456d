// The trace check itself: a seeded leak of each kind must make it fail. The leaks are compiled as the product is.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import type { Subject } from './subject.ts';
import { compareTraces } from './trace.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

function compileLeaks(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'castls-leaks-'));
  try {
    const out = join(folder, 'leaks.wasm');
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const args = ['test/ct/leaks/index.ts', '--config', 'asconfig.json', '--target', 'release', '--memoryBase', '1024'];
    execFileSync(process.execPath, [asc, ...args, '-o', out], { cwd: root });
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const binary = compileLeaks();
const kinds = WebAssembly.Module.exports(new WebAssembly.Module(binary as BufferSource))
  .filter(e => e.kind === 'function')
  .map(e => e.name);

function subject(kind: string): Subject {
  return {
    name: kind,
    family: 'leaks',
    secrets: 32,
    prepare: ({ abi, bytes, scratch }, index) => {
      bytes[scratch] = index;
      return () => abi[kind](index * 0x01010101);
    },
  };
}

test('every kind of leak is among the seeded ones', () => {
  assert.is(kinds.length, 25);
});

for (const kind of kinds.filter(k => k !== 'none')) {
  test(`a seeded leak is found: ${kind}`, async () => {
    assert.type(await compareTraces(subject(kind), heapBase, binary), 'string');
  });
}

test('mask arithmetic leaves no trace of the secret', async () => {
  assert.is(await compareTraces(subject('none'), heapBase, binary), null);
});

test.run();
