// Bundles and runs test/vectors/main.ts. Usage: vectors.mjs DIR [WORD ...]: only files whose path contains a word.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, root } from './bundle.mjs';

if (!existsSync(join(root, 'build/generated/core_wasm.ts'))) {
  spawnSync(process.execPath, [join(root, 'scripts/build_wasm.mjs')], { stdio: 'inherit' });
}
const outdir = join(root, 'build', `vectors-${process.pid}`);
try {
  const [main] = await bundle(['test/vectors/main.ts'], outdir);
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
