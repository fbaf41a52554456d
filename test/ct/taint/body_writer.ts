// What the rewriting of a function offers to those who write the shadows of one instruction.

import type { ShadowCode } from './shadow_code.ts';
import type { Scratch } from './shadow_locals.ts';
import type { SiteKind } from './sites.ts';
import type { FunctionBody } from './wasm_module.ts';

export interface BodyWriter {
  readonly code: ShadowCode;
  readonly scratch: Scratch;
  /** The instruction as it stands in the binary. */
  copy(): void;
  /** Puts a value of a type on the stack and gives the local of its shadow. */
  push(type: number): number;
  /** Takes a value off the stack and gives the local of its shadow. */
  pop(): number;
  /** Raises a flag if one of these numbers' shadows is set. */
  report(kind: SiteKind, ...shadows: readonly number[]): void;
  /** Notes that a secret passes, if that is asked for. */
  flow(shadow: number, type: number): void;
  /** If the source says that a value becomes public here: notes it and clears the shadow. */
  declassify(shadow: number, type: number): boolean;
}

export interface ShadowOptions {
  /** Whether a secret may become public at the instruction with this offset, in the function that begins at the other. */
  declassifies?(offset: number, functionOffset: number): boolean;
  /** Also notes where secrets pass and which blocks run (sites of kind "flow" and "block"), which takes longer. */
  readonly observe?: boolean;
}

/** Notes a site and gives its number. */
export type AddSite = (kind: SiteKind, inFunction: FunctionBody, offset: number) => number;

/** Indices of the globals that carry shadows over calls, and shadows of the binary's own globals. */
export interface ShadowGlobals {
  own(global: number): number;
  parameter(index: number, type: number): number;
  result(type: number): number;
}
