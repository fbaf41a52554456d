// The runtimes that come from npm: those of test/runtimes/package-lock.json, and the versions of Node.js whose binaries the
// registry packages of `node` carry.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';

const folder = join(root, 'test/runtimes');
export const modules = join(folder, 'node_modules');

/** Installs what the lock file says, unless it is there. */
export function installRuntimes() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(modules, '.castls-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('installing the runtimes of test/runtimes/package-lock.json');
  npm(['ci', '--ignore-scripts'], folder);
  writeFileSync(stamp, lock);
}

/** Path of the newest Node.js of a major version; null where there is no binary for this machine. @param {string} major */
export function nodeBinary(major) {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const place = join(root, `build/runtimes/node-${major}`);
  const binary = join(place, 'node_modules', name, 'bin/node');
  if (!existsSync(binary)) {
    mkdirSync(place, { recursive: true });
    try {
      npm(
        ['install', '--prefix', place, '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${major}`],
        place,
      );
    } catch {
      return null;
    }
  }
  return existsSync(binary) ? binary : null;
}

/** @param {string[]} args @param {string} cwd */
function npm(args, cwd) {
  const { status } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`);
}
