// Runs the castls command and other programs for tests; whatever is started is ended by its id.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { commandFile } from './command.ts';
import { later, within } from './node_tls.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<Finished>;
  #wake: () => void = () => {};

  constructor(program: string, args: readonly string[], cwd?: string) {
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd });
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('latin1').on('data', text => {
      this.stdout += text;
      this.#wake();
    });
    this.child.stderr?.setEncoding('latin1').on('data', text => {
      this.stderr += text;
      this.#wake();
    });
    this.#closed = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', code => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
        this.#wake();
      });
    });
    this.#closed.catch(() => {});
    later(() => this.child.kill('SIGKILL'));
  }

  write(text: string): this {
    this.child.stdin?.write(text);
    return this;
  }

  end(text = ''): this {
    this.child.stdin?.end(text);
    return this;
  }

  finished(): Promise<Finished> {
    return within(`the end of ${this.child.spawnargs.slice(0, 4).join(' ')}`, this.#closed, 20_000);
  }

  /** Waits for a match in what it printed. */
  async printed(pattern: RegExp, from: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    const search = async () => {
      for (;;) {
        const match = pattern.exec(this[from]);
        if (match !== null) return match;
        if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`);
        await new Promise<void>(resolve => (this.#wake = resolve));
      }
    };
    return within(`${pattern} from ${this.child.spawnargs.slice(0, 4).join(' ')}`, search(), 20_000);
  }

  stop(): Promise<Finished> {
    this.child.kill('SIGTERM');
    return this.finished();
  }
}

export function start(program: string, ...args: string[]): Running {
  return new Running(program, args);
}

/** The castls command. */
export async function castls(...args: string[]): Promise<Running> {
  return new Running(process.execPath, [await commandFile(), ...args]);
}

/** True if the program is installed; prints what is skipped, or fails where peers are required. */
export function hasPeer(program: string, what: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (!found && process.env['CASTLS_REQUIRE_PEERS'] === '1') throw new Error(`${program} is missing`);
  if (!found) console.log(`SKIPPED ${what}: ${program} is not installed`);
  return found;
}

/** castls serve on a free port of 127.0.0.1. */
export async function serve(...args: string[]): Promise<{ server: Running; port: string }> {
  const server = await castls('serve', '--port', '0', '--host', '127.0.0.1', ...args);
  const [, port] = await server.printed(/^listening on 127\.0\.0\.1:(\d+)$/m);
  return { server, port };
}
