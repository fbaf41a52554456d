// npm run types: the type checker, over sources, tests and examples.

import { spawnSync } from 'node:child_process';
import { root } from './set_up.mjs';

const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
