// npm run fleet [-- --sizes 1,2,4,8 --seconds N --tickets N --copies N]: a fleet of server processes on Debian's redis-server, under
// load and with faults. Prints rates and writes build/fleet/report.html. Exit 1 if early data was taken twice.

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, root } from './bundle.mjs';

const args = process.argv.slice(2);
/** @param {string} name @param {string} fallback */
const option = (name, fallback) => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : (args[at + 1] ?? fallback);
};
const options = {
  root,
  sizes: option('sizes', '1,2,4,8').split(',').map(Number),
  seconds: Number(option('seconds', '4')),
  tickets: Number(option('tickets', '2000')),
  copies: Number(option('copies', '10')),
};
const outdir = join(root, 'build', `fleet-generator-${process.pid}`);
mkdirSync(outdir, { recursive: true });
const [file] = await bundle(['test/support/fleet/generator.ts'], outdir);
const env = { ...process.env, CASTLS_FLEET: JSON.stringify(options) };
const child = spawn(process.execPath, ['--enable-source-maps', file], { cwd: root, stdio: 'inherit', env });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => child.kill(signal));
child.on('close', code => {
  rmSync(outdir, { recursive: true, force: true });
  process.exitCode = code ?? 1;
});
