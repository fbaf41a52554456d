// Every exported function is either called by a trace subject or on the reasoned list of public functions; an export that
// is on neither, or on both, fails here. Where arguments choose what a function runs - a hash, a key length, a suite, a
// parameter set - subjects call it with each choice that castls makes.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { heapBase } from '../../build/generated/abi.ts';
import { publicEverywhere, publicFunctions } from './public_functions.ts';
import { type Call, recording } from './recording.ts';
import type { Subject } from './subject.ts';
import { subjects } from './subjects/index.ts';
import { subjectsOf, variantNames } from './taint/binaries.ts';
import { choosingParameters, notChoosing, type Variants, variants } from './variants.ts';

const SCRATCH_BYTES = 512 * 1024;

const binaries = join(fileURLToPath(new URL('.', import.meta.url)), '../../build/wasm');
const families = readdirSync(binaries)
  .filter(file => file.endsWith('.wasm'))
  .map(file => file.slice(0, -'.wasm'.length))
  .filter(name => !variantNames.includes(name));

type Latest = (name: string) => readonly number[];

/** What the traced calls of subjects covered: functions, and which of their variants. */
class Coverage {
  readonly #variants: Readonly<Record<string, Variants>>;
  readonly #seen = new Map<string, Set<string>>();

  constructor(variants: Readonly<Record<string, Variants>>) {
    this.#variants = variants;
  }

  get names(): string[] {
    return [...this.#seen.keys()];
  }

  note({ name, args }: Call, latest: Latest): void {
    const seen = this.#seen.get(name) ?? new Set();
    this.#seen.set(name, seen);
    const variants = this.#variants[name];
    if (variants !== undefined) seen.add(variants.of(args, latest));
  }

  /** Variants that are required and that no call covered. */
  missing(): string[] {
    return Object.entries(this.#variants).flatMap(([name, { required }]) => {
      const lacking = required.filter(variant => !this.#seen.get(name)?.has(variant));
      return [...new Set(lacking)].map(variant => `${name}: ${variant}`);
    });
  }
}

/** Runs a subject's call once and notes what of the binary it calls. */
function cover(module: WebAssembly.Module, subject: Subject, coverage: Coverage): void {
  const pages = Math.ceil((heapBase + SCRATCH_BYTES) / 65536) + 2;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 256 });
  const exported = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, CallableFunction>;
  exported.arenaInit?.(heapBase + SCRATCH_BYTES);
  const latest = new Map<string, readonly number[]>();
  let traced = false;
  const abi = recording(exported, call => {
    const [first] = call.args;
    if (traced) coverage.note(call, name => latest.get(`${name} ${first}`) ?? []);
    latest.set(`${call.name} ${first}`, call.args);
  });
  const call = subject.prepare({ abi, bytes: new Uint8Array(memory.buffer), scratch: heapBase }, 0);
  traced = true;
  call();
}

/** Parameters of every function by binary, as the ABI names them. */
function parametersByFamily(): Map<string, Map<string, string[]>> {
  const text = readFileSync(join(binaries, '../generated/abi.ts'), 'utf8');
  const families = [...text.matchAll(/export interface (\w+)Exports \{([^}]*)\}/g)];
  return new Map(
    families.map(([, title, body]) => {
      const family = title.replace(/(?<!^)[A-Z]/g, '_$&').toLowerCase();
      const functions = [...body.matchAll(/(\w+)\(([^)]*)\)/g)];
      return [family, new Map(functions.map(([, name, list]) => [name, list.split(', ').map(p => p.split(':')[0])]))];
    }),
  );
}

test('the binaries are there', () => {
  assert.ok(families.length >= Object.keys(publicFunctions).length);
});

for (const family of families) {
  test(`${family}: every export is a trace subject or public for a reason`, () => {
    const module = new WebAssembly.Module(readFileSync(join(binaries, `${family}.wasm`)));
    const coverage = new Coverage(variants[family] ?? {});
    for (const subject of subjects) if (subject.family === family) cover(module, subject, coverage);
    const covered = new Set(coverage.names);
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
    assert.equal(coverage.missing(), [], 'variants that no subject runs');
  });

  test(`${family}: a function whose parameters choose what runs has its variants listed`, () => {
    const functions = parametersByFamily().get(family)!;
    const open = [...Object.keys(publicFunctions[family] ?? {}), ...publicEverywhere];
    const listed = Object.keys(variants[family] ?? {});
    for (const [name, parameters] of functions) {
      const choosing = parameters.filter(p => choosingParameters.includes(p));
      if (choosing.length === 0 || open.includes(name) || listed.includes(name)) continue;
      assert.ok(name in notChoosing, `${name} has ${choosing.join(', ')} and no variants`);
    }
    assert.equal(
      listed.filter(name => !functions.has(name) || open.includes(name)),
      [],
      'listed, but not a function that is traced',
    );
  });
}

for (const name of variantNames) {
  test(`${name}: every export is called by a subject that it shares with its family, or public for a reason`, () => {
    const module = new WebAssembly.Module(readFileSync(join(binaries, `${name}.wasm`)));
    const coverage = new Coverage({});
    for (const subject of subjectsOf(name, subjects)) cover(module, subject, coverage);
    // The subject that traces recordSetKeys copies a MAC key, too, which these builds have not.
    const open = [...publicEverywhere, ...Object.keys(publicFunctions.core), 'recordSetKeys'];
    const left = WebAssembly.Module.exports(module).filter(
      each => each.kind === 'function' && !open.includes(each.name) && !coverage.names.includes(each.name),
    );
    assert.equal(left, []);
  });
}

test.run();
