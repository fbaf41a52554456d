// Where secrets flow over all subjects: lines of assembly/ on which one is computed, moved or passed, and declarations that
// made something public.

import { binaryNames, subjectsOf } from './binaries.ts';
import { everySubject } from './every_subject.ts';
import { keyOf, type Lines, type SourceComments, type SourceFunction } from './source_comments.ts';
import type { SourceLine } from './source_map.ts';
import { type Findings, shipped, TracedBinary } from './traced_binary.ts';
import { sampleOf } from './tracer.ts';

export interface SecretFlow {
  /** Lines below assembly/, once each. */
  readonly lines: readonly SourceLine[];
  /** FILE:LINE of declarations that were met. */
  readonly declassified: ReadonlySet<string>;
  /** FILE:LINE of all that was compiled into binaries that see secrets, and whether some of it ran. */
  readonly run: ReadonlyMap<string, boolean>;
}

export function secretFlow(comments: SourceComments): SecretFlow {
  const lines = new Map<string, SourceLine>();
  const declassified = new Set<string>();
  const run = new Map<string, boolean>();
  for (const family of binaryNames) {
    const own = subjectsOf(family, everySubject);
    if (own.length === 0) continue;
    const traced = new TracedBinary(shipped(family, comments), true);
    const blocks = new Set<number>();
    for (const subject of own) note(traced.trace(subject, sampleOf(subject)), blocks);
    for (const [key, ran] of traced.linesRun(blocks)) run.set(key, run.get(key) || ran);
  }
  return { lines: [...lines.values()], declassified, run };

  function note(found: Findings, blocks: Set<number>): void {
    for (const offset of found.blocks) blocks.add(offset);
    for (const line of found.flow) if (line.file.startsWith('assembly/')) lines.set(keyOf(line), line);
    for (const key of found.declassified) declassified.add(key);
  }
}

/**
 * Names of functions that handle secrets: one flows in them, or they have a region that calls one of these. Names alone
 * decide, so that a method counts as every function of its name.
 */
export function secretFunctions({ lines }: SecretFlow, comments: SourceComments): Set<string> {
  const names = new Set(lines.flatMap(line => comments.functionAt(line)?.name ?? []));
  for (let before = -1; before !== names.size; ) {
    before = names.size;
    for (const f of comments.functions)
      if (regionsIn(f, comments).some(region => calls(f, region, comments, names))) names.add(f.name);
  }
  return names;
}

function regionsIn({ file, first, last }: SourceFunction, comments: SourceComments): Lines[] {
  return (comments.regions.get(file) ?? []).filter(region => region.first <= last && region.last >= first);
}

function calls(f: SourceFunction, region: Lines, comments: SourceComments, names: ReadonlySet<string>): boolean {
  const [first, last] = [Math.max(f.first + 1, region.first), Math.min(f.last, region.last)];
  return comments.callsIn(f.file, { first, last }).some(name => names.has(name));
}
