// Servers of Debian for tests: each in a folder of its own with certificate and key, on free ports of 127.0.0.1, ended with
// all its children at the end of the test, or by its own deadline if the test dies.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, later, pause } from '../support/node_tls.ts';

/** Seconds that a server lives at most. */
const LIFE = 240;
const START_MS = 60_000;

export const isRoot = process.getuid?.() === 0;

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The user of a Debian package, for servers that refuse to work as root; null if we are not. */
export function ownerFor(user: string): Owner | null {
  if (!isRoot) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** A folder with cert.pem, key.pem and ca.pem (localhost, example.test, 127.0.0.1), removed at the end of the test. */
export function serverFolder(owner: Owner | null = null, certificate = 'server_p256'): string {
  const folder = mkdtempSync(join(tmpdir(), 'castls-server-'));
  later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  chmodSync(folder, 0o755);
  const files = { 'cert.pem': `${certificate}.crt`, 'key.pem': `${certificate}.key`, 'ca.pem': 'ca.crt' };
  for (const [name, from] of Object.entries(files)) put(folder, name, fixture(from), owner);
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

/** @returns the path of the file, which only its owner reads */
export function put(folder: string, name: string, content: string, owner: Owner | null = null): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600 });
  if (owner !== null) chownSync(file, owner.uid, owner.gid);
  return file;
}

export interface DaemonOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly owner?: Owner | null;
}

/** A server that runs until the end of the test. */
export class Daemon {
  readonly child: ChildProcess;
  log = '';

  constructor(program: string, args: readonly string[], options: DaemonOptions = {}) {
    // timeout(1) ends it even where the test is killed; a session of its own, so that its children end with it.
    const { cwd, env, owner } = options;
    this.child = spawn('timeout', ['-k', '5', String(LIFE), program, ...args], {
      ...owner,
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('latin1').on('data', text => (this.log += text));
    this.child.on('error', error => (this.log += error.message));
    later(() => this.end());
  }

  end(): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {} // it has ended
  }

  /** Waits until it accepts connections at the ports. */
  async accepts(...ports: readonly number[]): Promise<void> {
    const until = Date.now() + START_MS;
    for (const port of ports) {
      while (!(await answers(port))) {
        if (this.child.exitCode !== null || Date.now() > until)
          throw new Error(
            `${this.child.spawnargs.slice(4).join(' ')} does not listen at ${port}:\n${this.log.slice(-3000)}`,
          );
        await pause(50);
      }
    }
  }

  /** Waits for what it prints. */
  async says(text: string): Promise<void> {
    const until = Date.now() + START_MS;
    while (!this.log.includes(text)) {
      if (this.child.exitCode !== null || Date.now() > until)
        throw new Error(`${this.child.spawnargs.slice(4).join(' ')} does not say "${text}":\n${this.log.slice(-3000)}`);
      await pause(20);
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

/** Runs a program that sets a server up. Throws with what it wrote. */
export function setUp(
  program: string,
  args: readonly string[],
  options: DaemonOptions & { input?: string } = {},
): string {
  const { cwd, env, owner, input } = options;
  const done = spawnSync(program, args, {
    ...owner,
    cwd,
    input,
    env: { ...process.env, ...env },
    timeout: 60_000,
    encoding: 'utf8',
  });
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${done.error ?? ''}${done.stdout}${done.stderr}`);
  return done.stdout;
}
