import type { HashAlgorithm } from '../crypto/hash.ts';
import type { BuiltPath, PathBuilder } from './path_builder.ts';
import type { PathRules } from './path_validation.ts';
import type { Waiting } from './settle.ts';
export type RevocationOptions = {};
export interface StapledStatus {
  readonly ocspResponse?: Uint8Array;
  readonly timestamps?: readonly Uint8Array[];
}
export class RevocationChecker {
  constructor(
    _b: PathBuilder,
    _r: PathRules,
    _o: RevocationOptions | undefined,
    _s: StapledStatus | undefined,
    _h: readonly HashAlgorithm[],
  ) {}
  *check(_f: BuiltPath): Waiting<void> {}
}
