// Runs the programs of programs/, which know nothing of castls, under castls/register and under node alone: what they print
// is the same, castls made the connections, and a certificate of another authority is refused with the same code.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import { bundled } from '../support/bundled.ts';
import { later, within } from '../support/node_tls.ts';
import { scratch, write } from '../support/openssl.ts';
import { strangers } from '../support/peer_certificates.ts';
import { root } from '../support/peers.ts';

export type Stack = 'castls' | 'node';

const DEADLINE_MS = 40_000;
const fixtures = join(root, 'test/fixtures');
/** Of the certificates of all servers. */
export const testAuthority = join(fixtures, 'ca.crt');

/** More than a dozen records, which repeat nothing: what a program sends and gets back. */
const text = Array.from({ length: 25_000 }, (_, i) => (i * 2654435761).toString(36).padStart(8, '.').slice(-8)).join(
  '',
);
export const bodyFile = write('body.txt', text);
export const bodyHash = createHash('sha256').update(text).digest('hex');
const register = pathToFileURL(await bundled('src/register.ts', scratch('.'))).href;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** Without the lines of NODE_DEBUG. */
  readonly stderr: string;
  /** What castls says of its connections. */
  readonly connections: readonly string[];
}

/** One program of the folder programs/ in a process of its own. */
export class Program {
  readonly name: string;
  readonly stack: Stack;
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<number | null>;

  constructor(name: string, stack: Stack, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.stack = stack;
    const flags = stack === 'castls' ? ['--import', register] : [];
    const { NODE_OPTIONS: _, ...outer } = process.env;
    this.child = spawn(process.execPath, [...flags, join(root, 'test/packages/programs', `${name}.mjs`)], {
      cwd: root,
      env: {
        ...outer,
        HOST: 'localhost',
        BODY: bodyFile,
        CA: testAuthority,
        CERT: join(fixtures, 'server_p256.crt'),
        KEY: join(fixtures, 'server_p256.key'),
        NODE_DEBUG: 'castls',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', text => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', text => (this.stderr += text));
    this.#ended = new Promise((resolve, reject) => this.child.once('error', reject).once('close', resolve));
    this.#ended.catch(() => {});
    later(() => this.child.kill('SIGKILL'));
  }

  /** Its lines of NODE_DEBUG so far. */
  get connections(): string[] {
    return this.stderr.split('\n').filter(line => line.startsWith('CASTLS '));
  }

  /** The port of a program that serves. */
  async listens(): Promise<number> {
    const search = async () => {
      for (;;) {
        const match = /listening at (\d+)/.exec(this.stdout);
        if (match !== null) return Number(match[1]);
        if (this.child.exitCode !== null) throw new Error(`${this.name} ended:\n${this.stdout}${this.stderr}`);
        await new Promise(done => setTimeout(done, 20));
      }
    };
    return within(`${this.name} to listen`, search(), DEADLINE_MS);
  }

  async ended(): Promise<Ended> {
    const code = await within(`the end of ${this.name} over ${this.stack}`, this.#ended, DEADLINE_MS).catch(error => {
      throw new Error(`${error.message}\n${this.stdout}${this.stderr}`);
    });
    const { stdout, connections } = this;
    const stderr = this.stderr
      .split('\n')
      .filter(line => !line.startsWith('CASTLS '))
      .join('\n');
    return { code, stdout, stderr, connections };
  }
}

/** node's codes where a server sends its certificate alone, or with its authority; or the text, where a package keeps no more. */
const REFUSALS =
  /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|unable to verify the first certificate|self-signed certificate in certificate chain/g;

/**
 * A client: its name, where it connects to, what it prints. With another authority in the place of the server's it is refused
 * with node's code, which is the same under castls.
 * @param expected lines of its output before "done", when all went well
 * @returns what castls says of its first connection
 */
export async function runsUnchanged(
  name: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
  expected: readonly (string | RegExp)[] = [],
): Promise<string> {
  const all = { PORT: String(port), ...env };
  const over = (stack: Stack, more = {}) => new Program(name, stack, { ...all, ...more }).ended();
  const ofNode = await over('node');
  const ofCastls = await over('castls');
  for (const [stack, { code, stdout, stderr }] of [
    ['node', ofNode],
    ['castls', ofCastls],
  ] as const) {
    const lines = stdout.trimEnd().split('\n');
    const where = `${name} over ${stack}: ${stdout}${stderr}`;
    assert.is(code, 0, where);
    assert.is(lines.pop(), 'done', where);
    assert.is(lines.length, expected.length, where);
    for (const [i, line] of lines.entries()) assert.match(line, expected[i], where);
  }
  assert.is(ofCastls.stdout, ofNode.stdout, `${name}: what it prints`);
  assert.is(ofCastls.stderr, ofNode.stderr, `${name}: what it complains of`);
  assert.is(ofNode.connections.length, 0);
  const line = ofCastls.connections.find(each => / TLSv1\.[23] /.test(each) && each.includes(`:${port} `));
  assert.ok(line !== undefined, `${name}: castls made no connection to ${port}: ${ofCastls.connections}`);

  const { certFile } = strangers();
  const wrong = 'NODE_EXTRA_CA_CERTS' in env ? { NODE_EXTRA_CA_CERTS: certFile } : { CA: certFile };
  const [refusedByNode, refusedByCastls] = await Promise.all([over('node', wrong), over('castls', wrong)]);
  const [reasons, reasonsOfCastls] = [refusedByNode, refusedByCastls].map(({ stdout, stderr }) => {
    assert.not.match(stdout, /done/);
    return (stdout + stderr).match(REFUSALS) ?? [];
  });
  assert.ok(reasons.length > 0, `${name} does not say why: ${refusedByNode.stdout}${refusedByNode.stderr}`);
  assert.equal([...new Set(reasonsOfCastls)], [...new Set(reasons)], `${name}: how the other authority is refused`);
  assert.equal(refusedByCastls.connections, [], `${name}: a handshake that was refused is none`);
  return line;
}

/** A program that serves with castls, or with node. */
export async function serves(
  name: string,
  stack: Stack,
  env: Readonly<Record<string, string>> = {},
): Promise<{ program: Program; port: number }> {
  const program = new Program(name, stack, env);
  return { program, port: await program.listens() };
}
