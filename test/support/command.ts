// Runs the castls command, bundled from the sources, as a process of its own in a directory that goes away.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const outdir = join(root, 'build', `test-command-${process.pid}`);
let script: Promise<string> | undefined;
let home: string | undefined;

/** Path of the bundled command. */
export function commandFile(): Promise<string> {
  script ??= (async () => {
    mkdirSync(outdir, { recursive: true });
    process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
    const { bundle } = await import(join(root, 'scripts/bundle.mjs'));
    const [file] = await bundle(['src/cli/castls.ts'], outdir);
    return file;
  })();
  return script;
}

/** The directory that commands run in. */
export function workDirectory(): string {
  if (home === undefined) {
    home = mkdtempSync(join(tmpdir(), 'castls-command-'));
    process.on('exit', () => rmSync(home!, { recursive: true, force: true }));
  }
  return home;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `castls` with arguments and waits for its end. */
export async function castls(...args: readonly string[]): Promise<Outcome> {
  const file = await commandFile();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [file, ...args], {
    cwd: workDirectory(),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (error !== undefined) throw error;
  return { code: status ?? -1, stdout, stderr };
}
