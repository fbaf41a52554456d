// The binaries under test: all that scripts/memory_map.mjs lists, so that one that is added there is traced.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from '../subject.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

interface Family {
  readonly entry: string;
  /** Set for another build with the exports of that family: its subjects run on this one, too. */
  readonly variantOf?: string;
}

const { families } = (await import(join(root, 'scripts/memory_map.mjs'))) as { families: Record<string, Family> };

/** Names of the families whose sources are there. */
export const binaryNames: readonly string[] = Object.keys(families).filter(name =>
  existsSync(join(root, families[name].entry)),
);

export function readBinary(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(root, `build/wasm/${name}.wasm`)));
}

/** What runs on a binary: the subjects of its family, or of the family that it is a variant of. */
export function subjectsOf(name: string, list: readonly Subject[]): Subject[] {
  const family = families[name].variantOf ?? name;
  const own = list.filter(subject => subject.family === family);
  return family === name ? own : own.map(subject => ({ ...subject, family: name }));
}
