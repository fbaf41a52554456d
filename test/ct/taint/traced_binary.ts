// A binary under the tracer with its sources at hand: leaks are told by their lines, and what the sources declare public
// is none.

import type { Subject } from '../subject.ts';
import { readBinary } from './binaries.ts';
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
}

/** A binary as it is shipped. */
export function shipped(name: string, comments = new SourceComments()): BinaryWithSources {
  return { binary: readBinary(name), map: SourceMap.of(name), comments };
}

export class TracedBinary {
  readonly #map: SourceMap;
  readonly #tracer: Tracer;

  /** @param flow whether to note where secrets pass, too */
  constructor({ binary, map, comments }: BinaryWithSources, flow = false) {
    this.#map = map;
    this.#tracer = new Tracer(binary, {
      flow,
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
      flow: sites.flatMap(site => this.#map.ownLineAt(site.offset) ?? []),
    };
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
