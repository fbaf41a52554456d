// What a fresh clone needs before anything else works: packages from the lock file and a build. Uses Node alone.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a command in the repository and returns its exit code.
 * @param {string} command @param {string[]} args @param {{check?: boolean}} [options] check: throw unless it is 0
 */
export function run(command, args, { check = true } = {}) {
  const program = command === 'node' ? process.execPath : command;
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (check && status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
  return status ?? 1;
}

/** Installs (unless what is installed fits the lock file) and builds. @param {{build?: boolean}} [options] */
export function setUp({ build = true } = {}) {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules/.castls-lock');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    console.log('installing packages from package-lock.json');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, lock);
  }
  if (build) run('node', ['scripts/build.mjs', '--no-types']);
}
