// npm run castls: the command of this checkout, after a silent set-up and build where they are needed.
// Usage: npm run -s castls -- connect HOST:PORT ...

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './set_up.mjs';

const built = join(root, 'build/dist/castls.js');
if (!existsSync(join(root, 'node_modules/commander'))) {
  silently(['--input-type=module', '-e', "import { setUp } from './scripts/set_up.mjs'; setUp({ build: false });"]);
}
if (!existsSync(built) || Math.max(newest('src'), newest('assembly')) > statSync(built).mtimeMs) {
  silently(['scripts/build.mjs', '--no-types']);
}
await import(pathToFileURL(built).href);

/** Runs Node; what it prints is shown only if it fails. @param {string[]} args */
function silently(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`${stdout}${stderr}`);
  process.exit(1);
}

/** Time of the latest change below a folder. @param {string} folder */
function newest(folder) {
  let latest = 0;
  for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    latest = Math.max(latest, statSync(join(root, folder, file)).mtimeMs);
  }
  return latest;
}
