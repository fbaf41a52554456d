// What is done to servers and by clients in the group "server", and how it is measured: rates over a turn, and latencies at a rate that is kept.

import { createHash, createPrivateKey } from 'node:crypto';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { RateClient, type RateRun } from '../support/at_rate.ts';
import { type IssuedChain, pem } from '../support/chain.ts';
import { type LineChild, lineChild } from '../support/child.ts';
import { allowedCores, coresToShareOut, keepTo } from '../support/cores.ts';
import { BEGUN, beginConnections, KEPT, wrk } from '../support/load.ts';

const KIBI = 1024;
const MEBI = 1024 * KIBI;
/** Bytes of a download, and of the answer to a new connection. */
const DOWNLOAD = 32 * MEBI;
const SHORT = 64;
/** Connections before new ones are measured. */
const WARM = 4000;
/**
 * Parts of each turn whose percentiles are the point: what the machine does beside (pauses of a few ms, near a hundredth of the time) then
 * falls on all alike.
 */
const PARTS = 10;
/** Seconds: after 5 without a request the servers end connections, and two others have their parts between. */
const LONGEST_PART = 2;

const CHACHA = 'TLS_CHACHA20_POLY1305_SHA256';
const AES = 'TLS_AES_128_GCM_SHA256';

/** What a server is told beside certificate and key. */
interface Setting {
  /** What its rows are called: '' for the defaults. */
  readonly name: string;
  readonly options: object;
}

const defaults: Setting = { name: '', options: {} };
const pinned = (suite: string): Setting => ({
  name: `, ${suite}, X25519`,
  options: { ciphers: suite, ecdhCurve: 'X25519', minVersion: 'TLSv1.3' },
});
const tls12: Setting = { name: ', TLS 1.2', options: { maxVersion: 'TLSv1.2' } };

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const bundles = path('../../build/dist');
/** As scripts/bench.mjs bundles it. */
const prototypes = path('../node_modules/.castls/bench/prototypes/server.mjs');

/** What the server says of itself; `cpu` and `at` in seconds. */
interface Spent {
  readonly connections: number;
  readonly resumed: number;
  readonly requests: number;
  readonly cpu: number;
  readonly at: number;
}

interface Server {
  readonly pid: number;
  readonly port: number;
  spent(): Promise<Spent>;
  stop(): void;
}

async function startServer(kind: string, chain: IssuedChain, options: object): Promise<Server> {
  const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' });
  const cert = pem(chain.leaf) + pem(chain.intermediate);
  const given = { key: key.export({ format: 'pem', type: 'pkcs8' }), cert, ...options };
  const json = JSON.stringify(given);
  const mode = /^castls prototype: (.*)$/.exec(kind)?.[1];
  const child =
    mode === undefined
      ? lineChild(path('../support/https_server.mjs'), [nameOf(kind), bundles, json])
      : lineChild(prototypes, [mode, json]);
  const port = Number(await child.next());
  const { pid } = child;
  return { pid, port, spent: async () => JSON.parse(await child.ask('spent')), stop: () => child.stop() };
}

const nameOf = (implementation: string): string =>
  ({ castls: 'castls', 'castls/native': 'native' })[implementation] ?? 'node';

const digestOf = (length: number): string =>
  createHash('sha256').update(Buffer.alloc(length, 'castls benchmark ')).digest('hex');

/** Gets `length` bytes with node's client, chain and name verified, and throws unless they are the right ones. @returns the suite */
function checkServer({ port }: Server, chain: IssuedChain, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    const options = { port, host: '127.0.0.1', servername: chain.host, ca: pem(chain.root), agent: false as const };
    https
      .get({ ...options, path: `/${length}` }, response => {
        const socket = response.socket as TLSSocket;
        const suite = `${socket.getProtocol()} ${socket.getCipher().standardName}`;
        response.on('data', chunk => hash.update(chunk)).on('error', reject);
        response.on('end', () =>
          hash.digest('hex') === digestOf(length) ? resolve(suite) : reject(new Error('the body is another one')),
        );
      })
      .on('error', reject);
  });
}

/** A figure of one turn: a rate, that of a second of CPU, and what else there is to say. */
export interface Turn {
  readonly rate: number;
  readonly perCpu: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly p99Window?: number;
  /** Of a part of a turn, in the place of percentiles. */
  readonly run?: RateRun;
}

/** One operation of one implementation, ready to be measured. */
export interface Entrant {
  readonly suite: string;
  /** Before anything is measured: engines compile what is used often. */
  warm(): Promise<unknown>;
  turn(seconds: number): Promise<Turn>;
  stop(): void;
}

export interface Task {
  readonly name: string;
  /** castls/native is measured, too. */
  readonly native?: boolean;
  /** And so is a prototype: one of bench/prototypes/server.ts. */
  readonly prototype?: 'bodies' | 'http';
  readonly bytes: number;
  /** Parts of a turn, in which all take turns; 1 without. */
  readonly parts?: number;
  /** Each turn has processes of its own: percentiles differ from one process to the next. */
  readonly fresh?: true;
  enter(implementation: string, chain: IssuedChain): Promise<Entrant>;
}

function keepAlive(bytes: number, setting: Setting): Task {
  return {
    name: `HTTPS server, kept connections${setting.name}`,
    bytes,
    async enter(implementation, chain) {
      const server = await startServer(implementation, chain, setting.options);
      return {
        suite: await checkServer(server, chain, bytes),
        warm: () => wrk(server.port, `/${bytes}`, 2),
        async turn(seconds) {
          const before = await server.spent();
          const { rate, p50, p99 } = await wrk(server.port, `/${bytes}`, seconds);
          const after = await server.spent();
          return { rate, p50, p99, perCpu: (after.requests - before.requests) / (after.cpu - before.cpu) };
        },
        stop: server.stop,
      };
    },
  };
}

function connections(resumed: boolean, setting: Setting): Task {
  return {
    name: `HTTPS server, new connections, ${resumed ? 'resumed' : 'full'}${setting.name}`,
    bytes: 0,
    async enter(implementation, chain) {
      const server = await startServer(implementation, chain, setting.options);
      return {
        suite: await checkServer(server, chain, SHORT),
        async warm() {
          const load = beginConnections(server.port, resumed, `/${SHORT}`);
          const enough = async () => (await server.spent()).connections >= WARM;
          for (let tries = 0; tries < 30 && !(await enough()); tries++) await sleep(0.5);
          await load.stop();
        },
        async turn(seconds) {
          const load = beginConnections(server.port, resumed, `/${SHORT}`);
          try {
            await sleep(0.2);
            const before = await server.spent();
            await sleep(seconds);
            const after = await server.spent();
            const made = after.connections - before.connections;
            const again = after.resumed - before.resumed;
            // A full handshake that was none would be measured for one, and the other way round.
            const expected = resumed ? again >= made - BEGUN : again === 0;
            if (made < 10 * BEGUN || !expected) throw new Error(`${again} of ${made} were resumed`);
            return { rate: made / (after.at - before.at), perCpu: made / (after.cpu - before.cpu) };
          } finally {
            await load.stop();
          }
        },
        stop: server.stop,
      };
    },
  };
}

/** Requests of 1 KiB at half of the rate that the server reaches: the percentiles are the point. Server and client keep to a core each. */
const halfLoad: Task = {
  name: 'HTTPS server, latency at half of its load',
  bytes: KIBI,
  parts: PARTS,
  fresh: true,
  async enter(implementation, chain) {
    const server = await startServer(implementation, chain, {});
    const suite = await checkServer(server, chain, KIBI);
    const cores = allowedCores();
    const apart = coresToShareOut();
    if (apart) keepTo(cores.slice(0, 1), server.pid);
    else process.stderr.write('server and client share what cores there are, and wait for each other\n');
    const onOthers = async <T>(work: () => Promise<T>): Promise<T> => {
      if (apart) keepTo(cores.slice(1), process.pid);
      try {
        return await work();
      } finally {
        if (apart) keepTo(cores, process.pid);
      }
    };
    const target = `/${KIBI}`;
    await onOthers(() => wrk(server.port, target, 2));
    const { rate: full } = await onOthers(() => wrk(server.port, target, 1));
    const client = await RateClient.open(server.port, target, KEPT);
    return {
      suite,
      warm: () => onOthers(() => client.run(full / 2, LONGEST_PART)),
      async turn(seconds) {
        const before = await server.spent();
        const run = await onOthers(() => client.run(full / 2, Math.min(seconds, LONGEST_PART)));
        const after = await server.spent();
        const perCpu = (after.requests - before.requests) / (after.cpu - before.cpu);
        return { rate: run.rate, run, perCpu };
      },
      stop() {
        client.close();
        server.stop();
      },
    };
  },
};

/** A client that downloads from node's server; the rate is in MiB. */
function download(way: 'get' | 'undici', suite: string): Task {
  return {
    name: `HTTPS client, ${way === 'get' ? 'https.get' : 'undici'}, MiB, ${suite}`,
    bytes: 0,
    async enter(implementation, chain) {
      const server = await startServer('node:tls', chain, pinned(suite).options);
      const facts = JSON.stringify({ port: server.port, host: chain.host, ca: pem(chain.root) });
      const args = [nameOf(implementation), way, bundles, facts];
      const client: LineChild = lineChild(path('../support/https_client.mjs'), args);
      const { digest } = JSON.parse(await client.ask(String(DOWNLOAD)));
      if (digest !== digestOf(DOWNLOAD)) throw new Error(`${implementation}: the download is another one`);
      return {
        suite: await checkServer(server, chain, SHORT),
        warm: () => client.ask(String(DOWNLOAD)),
        async turn(seconds) {
          let [wall, cpu, times] = [0, 0, 0];
          for (; wall < seconds; times++) {
            const spent = JSON.parse(await client.ask(String(DOWNLOAD)));
            wall += spent.seconds;
            cpu += spent.cpu;
          }
          const amount = (DOWNLOAD / MEBI) * times;
          return { rate: amount / wall, perCpu: amount / cpu };
        },
        stop() {
          client.stop();
          server.stop();
        },
      };
    },
  };
}

export const tasks: readonly Task[] = [
  { ...keepAlive(KIBI, defaults), native: true },
  keepAlive(16 * KIBI, defaults),
  { ...keepAlive(MEBI, defaults), native: true, prototype: 'bodies' },
  ...[KIBI, MEBI].map(bytes => keepAlive(bytes, pinned(AES))),
  keepAlive(MEBI, pinned(CHACHA)),
  ...[KIBI, MEBI].map(bytes => keepAlive(bytes, tls12)),
  { ...connections(false, defaults), native: true, prototype: 'http' },
  connections(false, pinned(AES)),
  connections(false, tls12),
  { ...connections(true, defaults), prototype: 'http' },
  connections(true, tls12),
  { ...halfLoad, prototype: 'http' },
  { ...download('get', CHACHA), native: true },
  { ...download('get', AES), native: true },
  download('undici', CHACHA),
  download('undici', AES),
];

const sleep = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, seconds * 1000));
