// A binary under the tracer with its sources at hand: leaks are told by their lines, and what the sources declare public
// is none.

import type { Subject } from '../subject.ts';
import { readBinary } from './binaries.ts';
import { instructionsOf } from './insertions.ts';
import { isLeak, type Site } from './sites.ts';
import { keyOf, SourceComments } from './source_comments.ts';
import { type SourceLine, SourceMap } from './source_map.ts';
import { Tracer } from './tracer.ts';

export interface BinaryWithSources {
  readonly binary: Uint8Array;
  readonly map: SourceMap;
  readonly comments: SourceComments;
}

export interface Findings {
  /** "branch on a secret at assembly/FILE:LINE, function N + OFFSET" */
  readonly leaks: readonly string[];
  /** FILE:LINE of each leak. */
  readonly leakLines: readonly string[];
  /** FILE:LINE of each declaration that made something public. */
  readonly declassified: readonly string[];
  /** Where secrets passed, if that was asked for. */
  readonly flow: readonly SourceLine[];
  /** Offsets at which blocks of instructions begin that ran, if that was asked for. */
  readonly blocks: readonly number[];
}

/** A binary as it is shipped. */
export function shipped(name: string, comments = new SourceComments()): BinaryWithSources {
  return { binary: readBinary(name), map: SourceMap.of(name), comments };
}

export class TracedBinary {
  readonly #binary: Uint8Array;
  readonly #map: SourceMap;
  readonly #tracer: Tracer;

  /** @param observe whether to note where secrets pass and what runs, too */
  constructor({ binary, map, comments }: BinaryWithSources, observe = false) {
    this.#binary = binary;
    this.#map = map;
    this.#tracer = new Tracer(binary, {
      observe,
      declassifies: (offset, functionOffset) => {
        const line = map.lineAt(offset, functionOffset);
        return line !== null && comments.isPublic(line);
      },
    });
  }

  /** What a subject shows with the secrets of these numbers. */
  trace(subject: Subject, indices: readonly number[]): Findings {
    const sites = this.#tracer.trace(subject, indices);
    const lines = (kept: readonly Site[]): string[] => [...new Set(kept.map(site => this.#lineOf(site)))];
    const leaks = sites.filter(isLeak);
    return {
      leaks: leaks.map(site => this.#describe(site)),
      leakLines: lines(leaks),
      declassified: lines(sites.filter(site => site.kind === 'declassified')),
      flow: sites.flatMap(site => (site.kind === 'flow' ? (this.#map.ownLineAt(site.offset) ?? []) : [])),
      blocks: sites.filter(site => site.kind === 'block').map(site => site.offset),
    };
  }

  /** All lines that became instructions, and for each whether one of these blocks has some of it. */
  linesRun(blocks: ReadonlySet<number>): Map<string, boolean> {
    const begins = new Set(this.#tracer.sites.filter(site => site.kind === 'block').map(site => site.offset));
    const lines = new Map<string, boolean>();
    let runs = false;
    for (const { offset } of instructionsOf(this.#binary)) {
      if (begins.has(offset)) runs = blocks.has(offset);
      const line = this.#map.ownLineAt(offset);
      if (line !== null) lines.set(keyOf(line), lines.get(keyOf(line)) || runs);
    }
    return lines;
  }

  #lineOf(site: Site): string {
    const line = this.#map.lineAt(site.offset, site.functionOffset);
    return line === null ? 'no line' : keyOf(line);
  }

  #describe(site: Site): string {
    const name = this.#tracer.names.get(site.function) ?? `function ${site.function}`;
    return `${site.kind} at ${this.#lineOf(site)} (${name}, offset 0x${site.offset.toString(16)})`;
  }
}
