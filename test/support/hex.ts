// Hex and JSON helpers for tests.

import { readFileSync } from 'node:fs';

export function unhex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

// biome-ignore lint/suspicious/noExplicitAny: vector files are read as they are
export function readJson(path: string): any {
  return JSON.parse(readFileSync(path, 'utf8'));
}
