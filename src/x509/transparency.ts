import type { Budget } from './budget.ts';
import type { BuiltPath } from './path_builder.ts';
import type { Waiting } from './settle.ts';
export type TransparencyOptions = {};
export function* checkTransparency(_f: BuiltPath, _o: TransparencyOptions, _p: unknown, _b: Budget): Waiting<void> {}
