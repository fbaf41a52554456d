// Every exported function is either called by a trace subject or on the reasoned list of
// public functions. An export that is on neither, or on both, fails here.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import { publicEverywhere, publicFunctions } from './public_functions.ts';
import type { Subject } from './subject.ts';
import { subjects } from './subjects/index.ts';

const SCRATCH_BYTES = 512 * 1024;

const binaries = join(fileURLToPath(new URL('.', import.meta.url)), '../../build/wasm');
const families = readdirSync(binaries)
  .filter(file => file.endsWith('.wasm'))
  .map(file => file.slice(0, -'.wasm'.length));

/** Names of the exported functions that the traced call of a subject calls. */
function called(module: WebAssembly.Module, subject: Subject): Set<string> {
  const pages = Math.ceil((heapBase + SCRATCH_BYTES) / 65536) + 2;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 256 });
  const exported = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, CallableFunction>;
  exported.arenaInit?.(heapBase + SCRATCH_BYTES);
  const names = new Set<string>();
  let traced = false;
  const abi = new Proxy(exported, {
    get(target, name: string) {
      if (traced) names.add(name);
      return target[name];
    },
  });
  const call = subject.prepare({ abi, bytes: new Uint8Array(memory.buffer), scratch: heapBase }, 0);
  traced = true;
  call();
  return names;
}

test('the binaries are there', () => {
  assert.ok(families.length >= Object.keys(publicFunctions).length);
});

for (const family of families) {
  test(`${family}: every export is a trace subject or public for a reason`, () => {
    const module = new WebAssembly.Module(readFileSync(join(binaries, `${family}.wasm`)));
    const covered = new Set<string>();
    for (const subject of subjects) {
      if (subject.family === family) for (const name of called(module, subject)) covered.add(name);
    }
    const open = Object.keys(publicFunctions[family] ?? {});
    const names = WebAssembly.Module.exports(module)
      .filter(e => e.kind === 'function' && !publicEverywhere.includes(e.name))
      .map(e => e.name);
    const neither = names.filter(name => !covered.has(name) && !open.includes(name));
    assert.equal(neither, [], 'on neither list');
    assert.equal(
      open.filter(name => covered.has(name)),
      [],
      'on both lists',
    );
    assert.equal(
      open.filter(name => !names.includes(name)),
      [],
      'public, but not exported',
    );
  });
}

test.run();
