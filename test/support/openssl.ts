// Runs Debian's openssl (and certtool) on files in a directory that goes away with the process.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string | undefined;

/** Path of a file in the directory of this test. */
export function scratch(name: string): string {
  if (directory === undefined) {
    directory = mkdtempSync(join(tmpdir(), 'castls-'));
    process.on('exit', () => rmSync(directory!, { recursive: true, force: true }));
  }
  return join(directory, name);
}

/** Runs a tool; its output as text. Throws with what it wrote to stderr. */
export function tool(name: string, args: readonly string[], input?: string | Uint8Array): string {
  return execFileSync(name, args, {
    input,
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: scratch('.'),
  });
}

export const openssl = (...args: readonly string[]): string => tool('openssl', args);

/** True if the tool is there. */
export function has(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function write(name: string, content: string | Uint8Array): string {
  writeFileSync(scratch(name), content);
  return scratch(name);
}

export const readText = (name: string): string => readFileSync(scratch(name), 'utf8');
export const readBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(scratch(name)));
