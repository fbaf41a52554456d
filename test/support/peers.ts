// The other implementations of TLS that castls is tried against: where they are, and running them. Everything is on
// 127.0.0.1, has a deadline, and is ended by its id.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket as NodeTLSSocket, TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TLSSocket } from '../../src/node.ts';
import { event, later, listen, own, pause, type Running, within } from './node_tls.ts';
import { authority, type Certified } from './peer_certificates.ts';

/** Of the repository. */
export const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

const required = process.env['CASTLS_REQUIRE_PEERS'] === '1';

/** Runs `define` if the programs are there. Else the tests are skipped with a line, or fail where peers are required. */
export function withPeer(peer: string, programs: readonly string[], define: () => void): void {
  const missing = programs.filter(program => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  const reason = missing.length === 0 ? null : `${missing.join(', ')}: not installed`;
  withReason(peer, reason, define);
}

/** @param reason why the peer cannot be had; null if it can */
export function withReason(peer: string, reason: string | null, define: () => void): void {
  if (reason !== null) console.log(`SKIPPED ${peer}: ${reason}`);
  test(`${peer} is there to be tried, where peers are required`, () => {
    assert.ok(reason === null || !required, `${peer}: ${reason}`);
  });
  if (reason === null) define();
}

/** A program that runs until it ends, or until the test does. */
export class Peer {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<number | null>;

  constructor(program: string, args: readonly string[], cwd?: string) {
    this.child = spawn(program, args, { stdio: 'pipe', cwd });
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('latin1').on('data', text => (this.stdout += text));
    this.child.stderr?.setEncoding('latin1').on('data', text => (this.stderr += text));
    this.#closed = new Promise((resolve, reject) => {
      this.child.once('error', reject).once('close', resolve);
    });
    this.#closed.catch(() => {});
    later(() => this.child.kill('SIGKILL'));
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  write(data: string | Uint8Array): this {
    this.child.stdin?.write(data);
    return this;
  }

  end(): this {
    this.child.stdin?.end();
    return this;
  }

  /** Waits for that many bytes on stdout. */
  async receives(length: number): Promise<void> {
    const until = Date.now() + 20_000;
    while (this.stdout.length < length) {
      if (Date.now() > until) throw new Error(`${this.stdout.length} of ${length} bytes came\n${this.stderr}`);
      await pause(5);
    }
  }

  /** Its exit code. */
  finished(milliseconds = 15_000): Promise<number | null> {
    return within(`the end of ${this.child.spawnfile}`, this.#closed, milliseconds);
  }

  /** Waits for a match in what it printed. */
  async says(pattern: RegExp, milliseconds = 10_000): Promise<RegExpExecArray> {
    const { child } = this;
    const search = new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.output);
        if (match !== null) resolve(match);
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.once('close', () => {
        look();
        reject(new Error(`${child.spawnfile} ended without ${pattern}:\n${this.output}`));
      });
      look();
      if (child.exitCode !== null)
        reject(new Error(`${child.spawnfile} had ended without ${pattern}:\n${this.output}`));
    });
    return within(`${pattern} from ${child.spawnfile}`, search, milliseconds).catch(error => {
      throw new Error(`${error.message}\n${child.spawnargs.join(' ')}\n${this.output.slice(-700)}`);
    });
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until somebody listens there; what listens sees connections that come and go. */
export async function answers(port: number): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    const there = await new Promise<boolean>(resolve => {
      const socket = createConnection(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (there) return;
    if (Date.now() > until) throw new Error(`nobody listens at port ${port}`);
    await pause(20);
  }
}

export const run = (program: string, args: readonly string[], cwd?: string): Peer => new Peer(program, args, cwd);

/** What castls tells of a connection; the tests see its sockets with the types of node:tls. */
export function infoOf(socket: NodeTLSSocket): NonNullable<TLSSocket['info']> {
  const { info } = socket as unknown as TLSSocket;
  if (info === null) throw new Error('there is no connection yet');
  return info;
}

export const castlsSocket = (socket: NodeTLSSocket): TLSSocket => socket as unknown as TLSSocket;

/** What has to come out of a handshake; what is left out is not looked at. */
export interface Expected {
  readonly protocol?: string;
  readonly suite?: string;
  readonly group?: string | null;
  readonly scheme?: string | null;
  readonly resumed?: boolean;
  readonly retried?: boolean;
}

/** Compares all that was expected at once. */
export function assertNegotiated(socket: NodeTLSSocket, expected: Expected): void {
  const info = infoOf(socket);
  const actual: Expected = {
    protocol: info.protocolVersion ?? '',
    suite: info.cipherSuite?.name,
    group: info.group?.name ?? null,
    scheme: info.signatureScheme,
    resumed: info.resumed,
    retried: info.helloRetried,
  };
  const wanted = { retried: false, resumed: false, ...expected };
  const keys = Object.keys(wanted) as (keyof Expected)[];
  const picked = Object.fromEntries(keys.map(key => [key, actual[key]]));
  assert.equal(picked, wanted);
}

export const echo = (socket: Duplex): void => {
  socket.pipe(socket);
};

/** A server of castls that sends everything back. */
export function castlsServer(options: TlsOptions, onSocket: (socket: NodeTLSSocket) => void = echo): Promise<Running> {
  return listen(own, { ca: authority().cert, ...options }, onSocket);
}

/** The socket of the next connection that castls accepts. */
export function nextSocket({ server, sockets }: Running): Promise<NodeTLSSocket> {
  const before = sockets.length;
  const next = event(server, 'secureConnection').then(() => sockets[before]);
  next.catch(() => {}); // a test may fail before it waits
  return next;
}

export const identity = ({ cert, key }: Certified): { cert: string; key: string } => ({ cert, key });

/** `length` bytes that repeat nowhere near. */
export function pattern(length: number): Buffer {
  const data = Buffer.alloc(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    data[i] = x >>> 16;
  }
  return data;
}
