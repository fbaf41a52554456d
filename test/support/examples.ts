// Runs programs of the documentation on the built package, each with a deadline, and stops what still runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const DEADLINE = 30_000;

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const running = new Set<ChildProcess>();

/** A Node program that runs until it ends or is stopped. */
export class Program {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';
  #look: () => void = () => {};

  /** @param args of node @param input for its stdin, which then ends; undefined leaves it open */
  constructor(args: readonly string[], cwd: string, input?: string) {
    if (!existsSync(join(root, 'build/dist/index.js'))) throw new Error('there is no build: node scripts/build.mjs');
    const child = spawn(process.execPath, [...args], { cwd, stdio: 'pipe' });
    this.#child = child;
    running.add(child);
    child.stdout.setEncoding('utf8').on('data', text => {
      this.#out += text;
      this.#look();
    });
    child.stderr.setEncoding('utf8').on('data', text => (this.#err += text));
    child.stdin.on('error', () => {});
    if (input !== undefined) child.stdin.end(input);
    const late = setTimeout(() => {
      this.#err += '\nended by its deadline';
      child.kill('SIGKILL');
    }, DEADLINE);
    this.finished = new Promise(resolve => {
      child.on('close', code => {
        clearTimeout(late);
        running.delete(child);
        this.#look();
        resolve({ code, out: this.#out, err: this.#err });
      });
    });
  }

  /** Resolves when the output matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#out);
      if (match !== null) return match;
      if (!running.has(this.#child)) throw new Error(`it ended without ${pattern}: ${this.#out}${this.#err}`);
      await new Promise<void>(resolve => (this.#look = resolve));
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.finished;
  }
}

/** Runs a Node program to its end. @throws unless it ends with 0 */
export async function runToEnd(args: readonly string[], cwd: string, input = ''): Promise<Finished> {
  const result = await new Program(args, cwd, input).finished;
  if (result.code !== 0)
    throw new Error(`node ${args.join(' ')} ended with ${result.code}:\n${result.out}${result.err}`);
  return result;
}

export function stopAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** The code blocks of a page marked "LANGUAGE example=NAME", by name. */
export function snippets(page: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, page), 'utf8');
  return new Map([...text.matchAll(/^```\w+ example=(\w+)\n([\s\S]*?)^```$/gm)].map(match => [match[1], match[2]]));
}
