// What every generator of straight-line code ends with: write its files, or with --check say which of them differ.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** @param {Record<string, string>} sources text by path from the repository's root */
export function emit(sources) {
  const check = process.argv.includes('--check');
  for (const [path, text] of Object.entries(sources)) {
    if (!check) writeFileSync(join(root, path), text);
    else if (readFileSync(join(root, path), 'utf8') !== text) {
      console.error(`${path} is not what its generator writes`);
      process.exitCode = 1;
    }
  }
}
