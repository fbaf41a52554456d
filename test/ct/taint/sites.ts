// Sites: the places of a binary where the tracer looks.

/** What a site shows of a secret that gets there. */
export type SiteKind =
  | 'branch'
  | 'select'
  | 'indirect call'
  | 'load address'
  | 'store address'
  | 'copy'
  | 'fill'
  | 'memory growth'
  | 'division'
  | 'count of bits'
  | 'shift by a secret'
  | 'float'
  /** Nothing wipes a global. */
  | 'global'
  /** No leak: a secret becomes public here, as a comment in the source says. */
  | 'declassified'
  /** No leak: secrets pass here. */
  | 'flow'
  /** No leak: a block of instructions runs, from this one on. */
  | 'block';

export interface Site {
  readonly id: number;
  readonly kind: SiteKind;
  /** Index of the function. */
  readonly function: number;
  /** Offset of its body. */
  readonly functionOffset: number;
  /** Offset of the instruction in the binary that was rewritten. */
  readonly offset: number;
}

export function isLeak(site: Site): boolean {
  return site.kind !== 'declassified' && site.kind !== 'flow' && site.kind !== 'block';
}
