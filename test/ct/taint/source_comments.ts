// What the sources below assembly/ say about secrets, in comments of a fixed form:
//
//   // CT begin: secret = ...      from here secrets are handled, in constant time
//   // CT end
//   // CT public (NAME): reason    what the next line of code decides or assigns is public, though computed from a secret
//
// A reason may go on in comment lines that follow; the comment may also stand behind the code of its line.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceLine } from './source_map.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../../..');

export interface PublicPoint {
  readonly name: string;
  readonly reason: string;
  readonly file: string;
  /** Of the code, from 1. */
  readonly line: number;
}

/** Lines from `first` to `last`, from 1, both included. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

export interface SourceFunction extends Lines {
  readonly name: string;
  readonly file: string;
}

export class SourceComments {
  readonly points: readonly PublicPoint[];
  readonly functions: readonly SourceFunction[];
  readonly regions: ReadonlyMap<string, readonly Lines[]>;
  readonly #points: ReadonlySet<string>;
  readonly #texts: ReadonlyMap<string, readonly string[]>;

  /** @param folder with assembly/ in it, from the repository's root */
  constructor(folder = '.') {
    const files = readdirSync(join(root, folder, 'assembly'), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => join('assembly', file))
      .sort();
    const texts = files.map(file => ({ file, lines: readFileSync(join(root, folder, file), 'utf8').split('\n') }));
    this.points = texts.flatMap(({ file, lines }) => pointsOf(file, lines));
    this.functions = texts.flatMap(({ file, lines }) => functionsOf(file, lines));
    this.regions = new Map(texts.map(({ file, lines }) => [file, regionsOf(file, lines)]));
    this.#points = new Set(this.points.map(keyOf));
    this.#texts = new Map(texts.map(({ file, lines }) => [file, lines]));
  }

  isPublic(at: SourceLine): boolean {
    return this.#points.has(keyOf(at));
  }

  /** Whether a line is in a region. */
  isInRegion({ file, line }: SourceLine): boolean {
    return (this.regions.get(file) ?? []).some(({ first, last }) => line >= first && line <= last);
  }

  /** Names that are called on some lines of a file. */
  callsIn(file: string, { first, last }: Lines): string[] {
    const text = this.#texts
      .get(file)!
      .slice(first - 1, last)
      .filter(line => !isComment(line))
      .join('\n');
    return [...text.matchAll(/(\w+)(?:<[\w, ]+>)?\(/g)].map(([, name]) => name);
  }

  functionAt({ file, line }: SourceLine): SourceFunction | undefined {
    return this.functions.find(f => f.file === file && line >= f.first && line <= f.last);
  }
}

export function keyOf({ file, line }: SourceLine): string {
  return `${file}:${line}`;
}

export function lineOf(key: string): SourceLine {
  const colon = key.lastIndexOf(':');
  return { file: key.slice(0, colon), line: Number(key.slice(colon + 1)) };
}

const isComment = (line: string): boolean => /^\s*\/\//.test(line);

function pointsOf(file: string, lines: readonly string[]): PublicPoint[] {
  return lines.flatMap((text, at) => {
    const found = /\/\/ CT public\b(?: \(([^)]+)\): (\S.*))?/.exec(text);
    if (found === null) return [];
    const [, name, reason] = found;
    if (name === undefined) throw new Error(`${file}:${at + 1}: not of the form "CT public (NAME): reason"`);
    let code = at;
    while (isComment(lines[code])) code++;
    return [{ name, reason, file, line: code + 1 }];
  });
}

function regionsOf(file: string, lines: readonly string[]): Lines[] {
  const regions: Lines[] = [];
  let first = 0;
  lines.forEach((text, at) => {
    const isBegin = /\/\/ CT begin\b/.test(text);
    if (isBegin ? first !== 0 : first === 0 && /\/\/ CT end\b/.test(text)) {
      throw new Error(`${file}:${at + 1}: CT begin and CT end do not alternate`);
    }
    if (isBegin && !/\/\/ CT begin: secret = \S/.test(text)) throw new Error(`${file}:${at + 1}: what is secret?`);
    if (isBegin) first = at + 1;
    else if (/\/\/ CT end\b/.test(text)) {
      regions.push({ first, last: at + 1 });
      first = 0;
    }
  });
  if (first !== 0) throw new Error(`${file}:${first}: CT begin without an end`);
  return regions;
}

/** Functions and methods: from the line with the name to the brace that closes at the same depth. */
function functionsOf(file: string, lines: readonly string[]): SourceFunction[] {
  const functions: SourceFunction[] = [];
  lines.forEach((text, at) => {
    const head = /^(\s*)(?:export )?(?:function |static )?(\w+)(?:<[^(]*>)?\(/.exec(text);
    if (head === null || !isDeclaration(lines, at, head[1])) return;
    const end = lines.findIndex((line, i) => i >= at && (line === `${head[1]}}` || (i === at && /\}$/.test(line))));
    functions.push({ name: head[2], file, first: at + 1, last: end + 1 });
  });
  return functions;
}

/** Whether the parameters that begin at a line are followed by a body. */
function isDeclaration(lines: readonly string[], at: number, indent: string): boolean {
  if (/\bfunction /.test(lines[at])) return true;
  if (indent !== '  ' || /^\s*(if|for|while|switch|return)\b/.test(lines[at])) return false;
  return /\): [\w<>]+ \{/.test(lines[at]);
}
