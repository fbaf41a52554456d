// Redis of Debian for tests and for the load generator: a server, a primary with replicas and sentinels, a cluster. Each has
// a folder of its own that goes away, ports that are free, and is ended by its id.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const STARTED_MS = 15_000;

export const REDIS_SERVER = process.env['CASTLS_REDIS_SERVER'] ?? 'redis-server';

/** A port that was free a moment ago, and so was the one that a node of a cluster has beside it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise(resolve => server.close(resolve));
    if (port + 10_000 < 65_536) return port;
  }
}

/** One process of redis-server. */
export class RedisProcess {
  readonly port: number;
  readonly #folder: string;
  readonly #lines: readonly string[];
  readonly #sentinel: boolean;
  #child: ChildProcess | undefined;

  constructor(port: number, lines: readonly string[] = [], sentinel = false) {
    this.port = port;
    this.#lines = lines;
    this.#sentinel = sentinel;
    this.#folder = mkdtempSync(join(tmpdir(), 'castls-redis-'));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    const file = join(this.#folder, this.#sentinel ? 'sentinel.conf' : 'redis.conf');
    const own = [`port ${this.port}`, 'bind 127.0.0.1', `dir ${this.#folder}`, 'save ""', 'loglevel warning'];
    writeFileSync(file, `${[...own, ...this.#lines].join('\n')}\n`);
    const args = this.#sentinel ? [file, '--sentinel'] : [file];
    const child = spawn(REDIS_SERVER, args, { stdio: 'ignore' });
    this.#child = child;
    const failed = new Promise<never>((_, reject) => child.once('error', reject));
    failed.catch(() => {});
    await Promise.race([this.answers(), failed]);
    return this;
  }

  /** Resolves when it answers PING. */
  async answers(): Promise<void> {
    const end = Date.now() + STARTED_MS;
    while (Date.now() < end) {
      const answer = await this.command('PING').catch(() => '');
      if (answer.startsWith('+PONG')) return;
      await pause(20);
    }
    throw new Error(`redis-server on port ${this.port} does not answer`);
  }

  /** Sends one inline command. @returns what comes back within a moment, as RESP */
  command(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1');
      let answer = '';
      socket.setTimeout(2000, () => socket.destroy(new Error('no answer')));
      socket.setEncoding('latin1').on('data', chunk => {
        answer += chunk;
        if (answer.endsWith('\r\n')) socket.end();
      });
      socket.once('error', reject).once('close', () => resolve(answer));
      const parts = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${parts.join('')}`);
    });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child?.kill(signal);
  }

  /** kill -9, and the end of it. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await closed;
  }

  /** Ends it for good, without waiting. */
  remove(): void {
    this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One server. */
export async function redisServer(lines: readonly string[] = []): Promise<RedisProcess> {
  return await new RedisProcess(await freePort(), lines).start();
}

export interface Replicated {
  readonly url: string;
  readonly servers: readonly RedisProcess[];
  /** The server that sentinels call the primary now. */
  primary(): Promise<RedisProcess>;
  remove(): void;
}

/** A primary, a replica and three sentinels, which fail over within two seconds or so. */
export async function redisWithSentinels(): Promise<Replicated> {
  const first = await redisServer(['repl-diskless-sync-delay 0']);
  const replica = await redisServer([`replicaof 127.0.0.1 ${first.port}`, 'repl-diskless-sync-delay 0']);
  const watch = [
    `sentinel monitor castls 127.0.0.1 ${first.port} 2`,
    'sentinel down-after-milliseconds castls 1000',
    'sentinel failover-timeout castls 3000',
  ];
  const sentinels: RedisProcess[] = [];
  for (let i = 0; i < 3; i++) sentinels.push(await new RedisProcess(await freePort(), watch, true).start());
  const servers = [first, replica];
  for (let i = 0; ; i++) {
    const state = await sentinels[0].command('SENTINEL', 'master', 'castls');
    if (/num-slaves\r\n\$1\r\n1/.test(state) && /num-other-sentinels\r\n\$1\r\n2/.test(state)) break;
    if (i === 300) throw new Error('the sentinels do not find each other');
    await pause(50);
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/castls`,
    servers,
    async primary() {
      const answer = await sentinels[0].command('SENTINEL', 'get-master-addr-by-name', 'castls');
      const port = Number(/\r\n(\d+)\r\n$/.exec(answer)?.[1]);
      return servers.find(server => server.port === port) as RedisProcess;
    },
    remove: () => [...sentinels, ...servers].forEach(each => each.remove()),
  };
}

/** Three nodes of a cluster, without replicas. */
export async function redisCluster(): Promise<{ readonly url: string; remove(): void }> {
  const nodes: RedisProcess[] = [];
  for (let i = 0; i < 3; i++) nodes.push(await redisServer(['cluster-enabled yes', 'cluster-node-timeout 2000']));
  const slots = [0, 5461, 10_923, 16_384];
  for (const [i, node] of nodes.entries()) {
    await node.command('CLUSTER', 'ADDSLOTSRANGE', String(slots[i]), String(slots[i + 1] - 1));
    await node.command('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0].port));
  }
  for (let i = 0; ; i++) {
    const states = await Promise.all(nodes.map(node => node.command('CLUSTER', 'INFO')));
    if (states.every(state => state.includes('cluster_state:ok') && state.includes('cluster_known_nodes:3'))) break;
    if (i === 300) throw new Error('the cluster does not form');
    await pause(50);
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    remove: () => nodes.forEach(node => node.remove()),
  };
}
