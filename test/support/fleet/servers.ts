// Processes that run server.ts: started, killed, started again; and what they said.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerNews, ServerProgram } from './server.ts';

const STARTED_MS = 60_000;

/** The program, bundled from the sources into a folder that goes away. @param root of the repository */
export async function bundledServer(root: string): Promise<string> {
  const outdir = join(root, 'build', `fleet-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
  const { bundle } = await import(join(root, 'scripts/bundle.mjs'));
  const [file] = await bundle(['test/support/fleet/server.ts'], outdir);
  return file;
}

/** Certificate and key for example.test. */
export function certified(root: string): { readonly cert: string; readonly key: string } {
  const read = (name: string) => readFileSync(join(root, 'test/fixtures', name), 'utf8');
  return { cert: read('server_p256.crt'), key: read('server_p256.key') };
}

export class FleetServer {
  readonly #file: string;
  #program: ServerProgram;
  readonly #onEarly: (text: string) => void;
  /** How often what happened. */
  readonly counts = new Map<string, number>();
  /** What the store took, in milliseconds. */
  readonly store: number[] = [];
  readonly failures: string[] = [];
  port = 0;
  #child: ChildProcess | undefined;
  #ready: Promise<void> = Promise.resolve();

  constructor(file: string, program: ServerProgram, onEarly: (text: string) => void) {
    this.#file = file;
    this.#program = program;
    this.#onEarly = onEarly;
  }

  /** Resolves when it listens; after `ready` it has ticket keys. */
  async start(): Promise<this> {
    const env = { ...process.env, CASTLS_FLEET_SERVER: JSON.stringify(this.#program) };
    const child = fork(this.#file, [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    let ready = (): void => {};
    this.#ready = new Promise(resolve => (ready = resolve));
    const listening = new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('exit', code => reject(new Error(`a server ended with ${code}`)));
      child.on('message', (news: ServerNews) => {
        if (news.kind === 'listening') resolve(news.port);
        else if (news.kind === 'ready') ready();
        else this.#hear(news);
      });
    });
    listening.catch(() => {});
    this.port = await deadline('a server listens', listening, STARTED_MS);
    // The same port when it is started again: it is on the balancer's list.
    this.#program = { ...this.#program, port: this.port };
    return this;
  }

  async ready(): Promise<void> {
    await deadline('a server has ticket keys', this.#ready, STARTED_MS);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  #hear(news: ServerNews): void {
    if (news.kind === 'early') news.texts.forEach(this.#onEarly);
    else if (news.kind === 'failure') this.failures.push(news.message);
    else if (news.kind === 'counts') {
      for (const [name, n] of Object.entries(news.counts)) this.counts.set(name, this.count(name) + n);
      this.store.push(...news.store);
    }
  }
}

/** Fails with a name instead of never ending. */
export async function deadline<T>(what: string, promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
