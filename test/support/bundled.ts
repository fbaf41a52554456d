// An entry of src/ as one file, for programs that run in a process of their own.

import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** @returns the path of the bundle in `folder`, which lies outside the project */
export async function bundled(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    logLevel: 'warning',
  });
  return outfile;
}
