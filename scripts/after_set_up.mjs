// Runs a script of this folder when what it imports is there: on a fresh clone packages are installed and all is built
// before the first import that needs them. So that every command of CONTRIBUTING.md works on a fresh clone.
// Usage: after_set_up.mjs [--packages | --once] SCRIPT [ARGUMENT ...]
//   --packages  installs, builds nothing    --once  does nothing where there is a build already

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, setUp } from './set_up.mjs';

const args = process.argv.slice(2);
const option = args[0].startsWith('--') ? args.shift() : undefined;
const script = join(dirname(fileURLToPath(import.meta.url)), /** @type {string} */ (args.shift()));
const built = existsSync(join(root, 'build/dist/index.js')) && existsSync(join(root, 'node_modules/.castls-lock'));
if (!(option === '--once' && built)) setUp({ build: option !== '--packages' });
process.argv = [process.argv[0], script, ...args];
await import(script);
