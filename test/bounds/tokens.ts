// Tokens of a source in assembly/, and its comments.

import { BoundsError } from './syntax.ts';

export interface Token {
  readonly text: string;
  readonly line: number;
}

export interface Tokens {
  /** The last one has an empty text. */
  readonly list: readonly Token[];
  /** Line -> what a comment behind the code of that line says. */
  readonly trailing: ReadonlyMap<number, string>;
  /** The comment at the head of the file, without its slashes, as one line. */
  readonly header: string;
}

const pattern =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|0x[0-9a-fA-F]+|\d+|[A-Za-z_]\w*|'[^'\n]*'|<<=|>>=|[-+*/%&|^]=|==|!=|<=|>=|&&|\|\||\+\+|--|<<|>>|[-+*/%&|^~!<>=?:;,.(){}[\]@]/y;

/** @throws BoundsError at what is no token. */
export function tokenize(path: string, text: string): Tokens {
  const list: Token[] = [];
  const trailing = new Map<number, string>();
  let line = 1;
  pattern.lastIndex = 0;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new BoundsError(path, line, `unknown character ${JSON.stringify(text[at])}`);
    if (found.startsWith('//')) {
      if (list.at(-1)?.line === line) trailing.set(line, found.slice(2).trim());
    } else if (!/^\s|^\/\*/.test(found)) list.push({ text: found, line });
    line += found.split('\n').length - 1;
  }
  list.push({ text: '', line });
  const header = /^(?:\/\/[^\n]*\n)*/.exec(text)?.[0] ?? '';
  return { list, trailing, header: header.replace(/^\/\/ ?/gm, '').replaceAll('\n', ' ') };
}
