// The package as npm would publish it, installed in a folder of its own: what tests of bundles and runtimes use.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './set_up.mjs';

/**
 * Packs what is built. Packages it depends on are those of the checkout.
 * @returns {{ folder: string, castls: string, remove(): void }} folder has castls, and what it depends on, among its
 * node_modules; castls is the package itself
 */
export function installPacked() {
  if (!existsSync(join(root, 'build/dist/parts.js'))) throw new Error('there is no build: node scripts/build.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'castls-packed-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'castls') {
      symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
    }
  }
  execute('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root);
  const archive = readdirSync(folder).find(file => file.endsWith('.tgz'));
  if (archive === undefined) throw new Error('npm pack left no archive');
  execute('tar', ['-xzf', archive], folder);
  const castls = join(modules, 'castls');
  renameSync(join(folder, 'package'), castls);
  return { folder, castls, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
function execute(command, args, cwd) {
  const shell = process.platform === 'win32';
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell, timeout: 120_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr}`);
}
