// Where the tracer keeps what it adds, in the memory of the binary under test: far above the statics and the arena.

import { heapBase } from '../../../build/generated/abi.ts';

const MiB = 1024 * 1024;

/** Bytes that subjects may use above the statics, as in the trace check (../subject.ts). */
export const SCRATCH_BYTES = 512 * 1024;

/** What a run may touch: statics, scratch and the first slots of the arena. All of it is wiped before a run. */
export const USED_BYTES = heapBase + SCRATCH_BYTES + MiB;

/** The shadow of address a is the byte at SHADOW + a: 0xff if the byte at a is secret, else 0. */
export const SHADOW = 16 * MiB;

/** A word for each site: not zero once a secret was seen there. */
export const FLAGS = 32 * MiB;

/** A word for each place that values.ts watches: a hash of the values it saw. */
export const VALUES = 36 * MiB;

export const PAGES = (40 * MiB) / 65536;
