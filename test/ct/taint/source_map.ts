// Where in assembly/ an instruction of a binary comes from, by the source map that the build writes beside it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

export interface SourceLine {
  /** Path from the repository's root. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export class SourceMap {
  readonly #sources: readonly string[];
  /** Ascending offsets in the binary; what begins there comes from the line at the same place of the other lists. */
  readonly #offsets: number[] = [];
  readonly #files: number[] = [];
  readonly #lines: number[] = [];

  /**
   * @param text a source map, version 3, of a WebAssembly binary: one line, whose columns are offsets
   * @param prefix of paths that is left out
   */
  constructor(text: string, prefix = '') {
    const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
    this.#sources = sources.map(source => (source.startsWith(prefix) ? source.slice(prefix.length) : source));
    let [offset, file, line] = [0, 0, 0];
    for (const segment of mappings.split(',')) {
      const numbers = decodeNumbers(segment);
      offset += numbers[0];
      const [, toFile, toLine] = numbers;
      if (toFile !== undefined) {
        file += toFile;
        line += toLine;
      }
      this.#offsets.push(offset);
      this.#files.push(toFile === undefined ? -1 : file);
      this.#lines.push(line);
    }
  }

  /** The map of a shipped binary. */
  static of(family: string): SourceMap {
    return new SourceMap(readFileSync(join(root, `build/wasm/${family}.wasm.map`), 'utf8'));
  }

  /**
   * The line of the instruction at `offset`. The compiler gives none to what it makes itself - the jump of a loop, the
   * assignment of an inlined result: that counts to the instruction before it, down to `floor`, the function's begin.
   */
  lineAt(offset: number, floor: number): SourceLine | null {
    let at = this.#segmentAt(offset);
    while (at > 0 && this.#files[at] < 0) at--;
    return this.#lineOf(at, floor, offset);
  }

  /** The line of the instruction at `offset`, if the compiler gives one. */
  ownLineAt(offset: number): SourceLine | null {
    return this.#lineOf(this.#segmentAt(offset), 0, offset);
  }

  /** The last segment that begins at `offset` or before. */
  #segmentAt(offset: number): number {
    let [low, high] = [0, this.#offsets.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#offsets[middle] <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  #lineOf(segment: number, floor: number, offset: number): SourceLine | null {
    const from = this.#offsets[segment] ?? -1;
    if (from < floor || from > offset || this.#files[segment] < 0) return null;
    return { file: this.#sources[this.#files[segment]], line: this.#lines[segment] + 1 };
  }
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 VLQ: five bits a digit, the lowest first; the lowest of all is the sign. */
function decodeNumbers(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits < 32) {
      numbers.push((value & 1) === 0 ? value >>> 1 : -(value >>> 1));
      [value, shift] = [0, 0];
    }
  }
  return numbers;
}
