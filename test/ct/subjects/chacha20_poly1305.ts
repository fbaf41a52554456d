// Trace subjects of assembly/core/aead/chacha20_poly1305.ts: every path by length, right and wrong tags.

import { type Subject, secretBytes, type TraceContext } from '../subject.ts';

const NONCE = 32; // offsets from the scratch area; the key stands first
const TAG = 64;
const AAD = 128;
const AAD_LENGTH = 13;
const DATA = 1024;
const SECRETS = 36;

function place({ bytes, scratch }: TraceContext, index: number, length: number): void {
  bytes.set(secretBytes(index, 32), scratch);
  bytes.set(secretBytes(1000, 12), scratch + NONCE);
  bytes.set(secretBytes(1001, AAD_LENGTH), scratch + AAD);
  bytes.set(secretBytes(index + 100, length), scratch + DATA);
}

function seal({ abi, scratch }: TraceContext, length: number): void {
  abi.chachaSeal(scratch, scratch + NONCE, scratch + AAD, AAD_LENGTH, scratch + DATA, length, scratch + TAG);
}

function open({ abi, scratch }: TraceContext, length: number): void {
  abi.chachaOpen(scratch, scratch + NONCE, scratch + AAD, AAD_LENGTH, scratch + DATA, length, scratch + TAG);
}

function subjectsFor(length: number): Subject[] {
  const common = { family: 'core', secrets: SECRETS };
  return [
    {
      ...common,
      name: `chachaSeal, ${length} bytes (key, data)`,
      prepare(trace, index) {
        place(trace, index, length);
        return () => seal(trace, length);
      },
    },
    {
      ...common,
      name: `chachaOpen, ${length} bytes (key, data)`,
      prepare(trace, index) {
        place(trace, index, length);
        seal(trace, length);
        return () => open(trace, length);
      },
    },
    {
      ...common,
      name: `chachaOpen with a wrong tag, ${length} bytes (key, data, which byte is wrong)`,
      prepare(trace, index) {
        place(trace, index, length);
        seal(trace, length);
        trace.bytes[trace.scratch + TAG + (index % 16)] ^= 1 << (index % 8);
        return () => open(trace, length);
      },
    },
  ];
}

// Nothing; the first keystream; four blocks at a time; eight at a time with a tail.
export const chacha20Poly1305Subjects: readonly Subject[] = [0, 50, 300, 1100].flatMap(subjectsFor);
