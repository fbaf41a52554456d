// Runs Biome, the formatter and linter: lint.mjs [--write]. Its binary is installed for this platform alone, into
// build/tools: the package @biomejs/biome names binaries of platforms that not every registry mirror carries, and
// "npm ci" wants all of them.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './set_up.mjs';

const VERSION = '2.6.8';
const name = `@biomejs/cli-${process.platform}-${process.arch}`;
const tools = join(root, 'build/tools');
const binary = join(tools, 'node_modules', name, process.platform === 'win32' ? 'biome.exe' : 'biome');

if (!existsSync(binary)) {
  mkdirSync(tools, { recursive: true });
  const args = ['install', '--prefix', tools, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', [...args, `${name}@${VERSION}`], { cwd: tools, stdio: 'inherit' });
}
const options = process.argv.slice(2);
const { status } = spawnSync(binary, ['check', '--error-on-warnings', ...options, '.'], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
