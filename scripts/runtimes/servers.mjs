// The servers of the runtimes' tests, on loopback: castls serve and castls bridge out of the packed package, openssl s_server.

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root } from '../set_up.mjs';

const fixtures = join(root, 'test/fixtures');
const identity = ['--cert', join(fixtures, 'server_p256.crt'), '--key', join(fixtures, 'server_p256.key')];

/** @param {string} castls the package */
export async function startServers(castls) {
  const command = join(castls, 'build/dist/castls.js');
  const token = randomBytes(24).toString('base64url');
  const serve = (/** @type {string[]} */ ...args) =>
    new Server(process.execPath, [
      command,
      'serve',
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--echo',
      ...identity,
      ...args,
    ]);
  const echo = serve('--alpn', 'echo');
  const mutual = serve('--client-ca', join(fixtures, 'ca.crt'), '--require-client-cert');
  const listening = /^listening on 127\.0\.0\.1:(\d+)$/m;
  const ports = { echo: Number(await echo.line(listening)), mutual: Number(await mutual.line(listening)), openssl: 0 };
  const started = [echo, mutual];
  if (spawnSync('openssl', ['version']).status === 0) {
    const [cert, key] = [identity[1], identity[3]];
    const openssl = new Server('openssl', ['s_server', '-rev', '-accept', '127.0.0.1:0', '-cert', cert, '-key', key]);
    started.push(openssl);
    ports.openssl = Number(await openssl.line(/^ACCEPT \S*:(\d+)$/m));
  } else if (process.env.CASTLS_REQUIRE_PEERS === '1') throw new Error('openssl is missing');
  else console.log('SKIPPED the tests against openssl: it is not installed');
  const pagePort = await freePort();
  const bridge = bridgeOf(castls, { token, pagePort, ports: [...Object.values(ports), 1] });
  started.push(bridge);
  return {
    ports,
    pagePort,
    token,
    bridge: await bridge.line(LISTENING),
    /** How many refusals castls serve was told by an alert. */
    told: () => echo.errors.match(/ERR_ALERT_RECEIVED.*unknown_ca/g)?.length ?? 0,
    async stop() {
      for (const server of started) server.stop();
    },
  };
}

/**
 * castls bridge for pages of `pagePort`. Its address is the first group of LISTENING in what it prints.
 * @param {string} castls the package @param {{ token: string, pagePort: number, ports: number[] }} setting ports of localhost
 */
export function bridgeOf(castls, { token, pagePort, ports }) {
  const allowed = ports.flatMap(port => ['--allow', `localhost:${port}`]);
  const limits = ['--max-per-minute', '10000'];
  return new Server(
    process.execPath,
    [
      join(castls, 'build/dist/castls.js'),
      'bridge',
      '--port',
      '0',
      '--origin',
      `http://127.0.0.1:${pagePort}`,
      ...limits,
      ...allowed,
      '--json',
    ],
    { CASTLS_BRIDGE_TOKEN: token },
  );
}

export const LISTENING = /^listening on (\S+)$/m;

/** A port that is free now, for the page: its origin has to be known to the bridge before. @returns {Promise<number>} */
export function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

export class Server {
  output = '';
  errors = '';
  #wake = () => {};

  /** @param {string} program @param {string[]} args @param {Record<string, string>} [env] */
  constructor(program, args, env = {}) {
    // s_server ends with its standard input.
    this.child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stdout.setEncoding('utf8').on('data', text => {
      this.output += text;
      this.#wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', text => (this.errors += text));
    this.child.on('close', () => this.#wake());
  }

  /** The first group of a pattern in what it prints. @param {RegExp} pattern @returns {Promise<string>} */
  async line(pattern) {
    const deadline = setTimeout(() => this.stop(), 20_000);
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) {
        clearTimeout(deadline);
        return match[1];
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`${this.child.spawnargs.slice(0, 4).join(' ')}: ${this.output}${this.errors}`);
      await new Promise(resolve => {
        this.#wake = () => resolve(undefined);
      });
    }
  }

  stop() {
    this.child.kill('SIGKILL');
  }
}
