// The sources of assembly/, parsed when they are needed, and as a test changed them in memory: a proof that does not
// notice a change of the code proves nothing (mutations.test.ts).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseModule } from './parser.ts';
import type { FunctionSource, ModuleSource } from './syntax.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

/** In this file the text, which must be there once, becomes the other; without `from`, the whole file does. */
export interface Mutation {
  readonly path: string;
  readonly from?: string;
  readonly to: string;
}

export class Program {
  private readonly modules = new Map<string, ModuleSource>();
  private readonly mutations: readonly Mutation[];

  constructor(mutations: readonly Mutation[] = []) {
    this.mutations = mutations;
  }

  text(path: string): string {
    const mutations = this.mutations.filter(mutation => mutation.path === path);
    const whole = mutations.find(({ from }) => from === undefined);
    let text = whole?.to ?? readFileSync(join(root, path), 'utf8');
    for (const { from, to } of mutations) {
      if (from === undefined) continue;
      if (text.split(from).length !== 2) throw new Error(`${path} does not have once: ${from}`);
      text = text.replace(from, () => to);
    }
    return text;
  }

  module(path: string): ModuleSource {
    let found = this.modules.get(path);
    if (found === undefined) this.modules.set(path, (found = parseModule(path, this.text(path))));
    return found;
  }

  function(path: string, name: string): FunctionSource {
    const found = this.module(path).functions.get(name);
    if (found === undefined) throw new Error(`${path} has no function ${name}`);
    return found;
  }

  /** The first group of a pattern in the comment at the head of a file: a claim that the checks go by. */
  claim(path: string, pattern: RegExp): string {
    const found = pattern.exec(this.module(path).header);
    if (found === null) throw new Error(`the header of ${path} does not say ${pattern}`);
    return found[1];
  }
}
