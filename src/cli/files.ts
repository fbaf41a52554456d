// Files of the command. Those that hold secrets are created for their owner alone.

import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { TlsError } from '../node.ts';

const OWNER_ONLY = 0o600;

const STDIN = 0;
let standardInput: Buffer | undefined;

/** @param file "-" is standard input @throws ERR_INVALID_ARGUMENT naming the file and why it cannot be read */
export function readInput(file: string): Buffer {
  try {
    // Several flags may name it: what came is kept, because it comes once.
    return file === '-' ? (standardInput ??= readFileSync(STDIN)) : readFileSync(file);
  } catch (cause) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What is there, if anything is. */
export function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readInput(file) : undefined;
}

/** Writes a file that only its owner may read, also if it was there with other permissions. */
export function writeSecret(file: string, bytes: Uint8Array): void {
  if (existsSync(file)) chmodSync(file, OWNER_ONLY);
  writeFileSync(file, bytes, { mode: OWNER_ONLY });
}

/** Makes a file that only its owner may read, or leaves it as it is, and appends to it. */
export function appendSecret(file: string, bytes: Uint8Array): void {
  appendFileSync(file, bytes, { mode: OWNER_ONLY });
}
