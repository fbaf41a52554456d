// Functions that leak in one way each (leaks/index.ts), compiled as the product is.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from './subject.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

export function compileLeaks(): Uint8Array {
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

/** Names of the functions: one each, and `none`, which does not leak. */
export function leakKinds(binary: Uint8Array): string[] {
  return WebAssembly.Module.exports(new WebAssembly.Module(binary as BufferSource))
    .filter(e => e.kind === 'function')
    .map(e => e.name);
}

export function leakSubject(kind: string): Subject {
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
