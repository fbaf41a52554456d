// The binaries under test: all that scripts/memory_map.mjs lists, so that one that is added there is traced.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { heapBase } from '../../../build/generated/abi.ts';
import { type Call, recording } from '../recording.ts';
import type { Subject } from '../subject.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

interface Family {
  readonly entry: string;
}

interface Variant extends Family {
  /** Another build of that family, with its exports or fewer: its subjects run on this one, too. */
  readonly variantOf: string;
}

const { families, variants } = (await import(join(root, 'scripts/memory_map.mjs'))) as {
  families: Record<string, Family>;
  variants: Record<string, Variant>;
};

/** Names of the families whose sources are there, and of their variants. */
export const binaryNames: readonly string[] = Object.entries({ ...families, ...variants })
  .filter(([, { entry }]) => existsSync(join(root, entry)))
  .map(([name]) => name);

/** Those of them that are another build of a family. */
export const variantNames: readonly string[] = Object.keys(variants);

export function readBinary(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(root, `build/wasm/${name}.wasm`)));
}

/** What runs on a binary: the subjects of its family, or of the family that it is a variant of, as far as it has what they call. */
export function subjectsOf(name: string, list: readonly Subject[]): Subject[] {
  const family = variants[name]?.variantOf ?? name;
  const own = list.filter(subject => subject.family === family);
  if (family === name) return own;
  const exported = new Set(WebAssembly.Module.exports(moduleOf(name)).map(each => each.name));
  return own
    .filter(subject => callsOf(subject).every(call => exported.has(call.name) && isOfTls13(call)))
    .map(subject => ({ ...subject, family: name }));
}

const modules = new Map<string, WebAssembly.Module>();

function moduleOf(name: string): WebAssembly.Module {
  const module = modules.get(name) ?? new WebAssembly.Module(readBinary(name) as BufferSource);
  modules.set(name, module);
  return module;
}

const SCRATCH_BYTES = 512 * 1024;
const calls = new Map<Subject, readonly Call[]>();

/** What a subject calls of the binary of its family, preparation included. */
function callsOf(subject: Subject): readonly Call[] {
  const known = calls.get(subject);
  if (known !== undefined) return known;
  const pages = Math.ceil((heapBase + SCRATCH_BYTES) / 65536) + 2;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 256 });
  const instance = new WebAssembly.Instance(moduleOf(subject.family), { env: { memory } });
  const exported = instance.exports as Record<string, CallableFunction>;
  exported.arenaInit?.(heapBase + SCRATCH_BYTES);
  const made: Call[] = [];
  const abi = recording(exported, call => made.push(call));
  subject.prepare({ abi, bytes: new Uint8Array(memory.buffer), scratch: heapBase }, 0)();
  calls.set(subject, made);
  return made;
}

// The builds for TLS 1.3 alone (assembly/core/tls13.ts): SHA-224 to SHA-512, AES-GCM and ChaCha20-Poly1305 in its records.
function isOfTls13({ name, args }: Call): boolean {
  if (/^(hash|hmac|hkdf)(?!StateLength)/.test(name)) return args[0] >= 1 && args[0] <= 4;
  return name !== 'recordInit' || (args[1] !== 1 && args[1] !== 3 && args[2] === 0);
}
