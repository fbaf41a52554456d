// npm run fleet: a fleet on one machine, under load and with faults. Prints what it finds and writes it to a page with plots.
// Everything is on 127.0.0.1, and is ended by its id.

import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../../src/index.ts';
import { clientConfigs, inParallel, type Version, visit } from './clients.ts';
import { FleetUnderTest, type Storming } from './fleet.ts';
import { type RedisProcess, redisServer, redisWithSentinels } from './redis.ts';
import { htmlOf, type Plot, type Report } from './report.ts';
import { deadline } from './servers.ts';
import { Way } from './way.ts';

export interface GeneratorOptions {
  /** Of the repository. */
  readonly root: string;
  readonly sizes: readonly number[];
  /** Of each measurement. */
  readonly seconds: number;
  readonly tickets: number;
  readonly copies: number;
}

interface ClientTask {
  readonly root: string;
  readonly port: number;
  readonly version: Version;
  readonly clients: number;
  readonly seconds: number;
}

interface ClientResult {
  readonly full: number[];
  readonly resumed: number[];
  readonly offers: number;
  readonly failed: number;
}

const told = process.env['CASTLS_FLEET_CLIENT'];
if (told !== undefined) {
  void work(JSON.parse(told)).then(result => process.send?.(result, () => process.exit(0)));
} else if (process.env['CASTLS_FLEET'] !== undefined) {
  process.exitCode = await main(JSON.parse(process.env['CASTLS_FLEET']));
  process.exit();
}

async function main(options: GeneratorOptions): Promise<number> {
  const plots: Plot[] = [];
  const tables: Report['tables'][number][] = [];
  const facts = [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}; servers, clients, balancer and Redis share them`,
  ];
  const say = (line: string): void => {
    facts.push(line);
    process.stdout.write(`${line}\n`);
  };
  await throughput(options, say, tables, plots);
  await rotation(options, say);
  const well = await onceEach(options, say);
  const never = await underFaults(options, say, plots);
  const failedOver = await overFailover(options, say);
  const folder = join(options.root, 'build/fleet');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.html'), htmlOf({ title: 'castls: a fleet', facts, tables, plots }));
  process.stdout.write('build/fleet/report.html\n');
  return well && never && failedOver ? 0 : 1;
}

// --- Handshakes a second

async function throughput(
  { root, sizes, seconds }: GeneratorOptions,
  say: (line: string) => void,
  tables: Report['tables'][number][],
  plots: Plot[],
): Promise<void> {
  const rows: (string | number)[][] = [];
  const rates: (readonly [number, number])[] = [];
  const resumption: (readonly [number, number])[] = [];
  for (const size of sizes) {
    const redis = await redisServer();
    const fleet = await FleetUnderTest.start(root, { redis: redis.url, size });
    await fleet.ready();
    const balancer = await new Way(fleet.servers.map(({ port }) => port)).start();
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      const task: ClientTask = { root, port: balancer.port, version, clients: 4 * size, seconds };
      const { full, resumed, offers, failed } = await inClientProcess(task);
      const rate = (full.length + resumed.length) / seconds;
      const all = [...full, ...resumed].sort((a, b) => a - b);
      const at = (part: number) => (all[Math.floor(part * (all.length - 1))] ?? 0).toFixed(1);
      const share = offers === 0 ? 0 : resumed.length / offers;
      rows.push([size, version, rate.toFixed(0), at(0.5), at(0.95), at(0.99), `${(100 * share).toFixed(2)}%`, failed]);
      if (version === 'TLSv1.3') rates.push([size, rate]);
      else resumption.push([size, rate]);
      say(
        `${size} servers, ${version}: ${rate.toFixed(0)} handshakes/s, median ${at(0.5)} ms, 99% ${at(0.99)} ms, ${resumed.length} of ${offers} offers resumed, ${failed} failed`,
      );
    }
    balancer.close();
    await fleet.end();
    redis.remove();
  }
  tables.push({
    title: 'Handshakes through the balancer, most of them resumed at another process',
    head: ['processes', 'version', '/s', 'median ms', '95% ms', '99% ms', 'resumed', 'failed'],
    rows,
  });
  plots.push({
    title: 'Handshakes a second',
    x: 'server processes',
    y: '/s',
    series: [
      { name: 'TLS 1.3', points: rates },
      { name: 'TLS 1.2', points: resumption },
    ],
  });
}

/** Clients in a process of their own. */
async function inClientProcess(task: ClientTask): Promise<ClientResult> {
  const env = { ...process.env, CASTLS_FLEET: undefined, CASTLS_FLEET_CLIENT: JSON.stringify(task) };
  const child = fork(process.argv[1], [], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const result = new Promise<ClientResult>((resolve, reject) => {
      child.once('message', message => resolve(message as ClientResult));
      child.once('exit', code => reject(new Error(`the clients ended with ${code}`)));
    });
    return await deadline('the clients are done', result, task.seconds * 1000 + 60_000);
  } finally {
    child.kill('SIGKILL');
  }
}

async function work({ root, port, version, clients, seconds }: ClientTask): Promise<ClientResult> {
  const configs = clientConfigs(root);
  const result = { full: [] as number[], resumed: [] as number[], offers: 0, failed: 0 };
  const end = Date.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    let session: Session | undefined;
    for (let i = 0; Date.now() < end; i++) {
      try {
        // One in eight begins anew.
        const offer = i % 8 === 0 ? undefined : session;
        const { resumed, milliseconds, sessions } = await visit(configs[version], port, offer);
        (resumed ? result.resumed : result.full).push(milliseconds);
        if (offer !== undefined) result.offers++;
        session = sessions.at(-1) ?? session;
      } catch {
        result.failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return result;
}

// --- Keys that change, clocks that are wrong

async function rotation({ root, seconds }: GeneratorOptions, say: (line: string) => void): Promise<void> {
  const redis = await redisServer();
  const options = { redis: redis.url, size: 4, skews: [0, 150_000, -150_000, 0], rotation: 2, lifetime: 30, poll: 300 };
  const fleet = await FleetUnderTest.start(root, options);
  await fleet.ready();
  const end = Date.now() + Math.max(5, seconds) * 1000;
  const { offers, resumed, failed } = await fleet.resume('TLSv1.3', 8, () => Date.now() > end);
  await fleet.settled();
  say(
    `keys changed ${fleet.count('keys-written')} times under load, clocks up to five minutes apart: ${resumed} of ${offers} offers resumed, ${failed} failed`,
  );
  await fleet.end();
  redis.remove();
}

// --- Early data

async function onceEach({ root, tickets, copies }: GeneratorOptions, say: (line: string) => void): Promise<boolean> {
  const redis = await redisServer();
  const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 4, freshness: 3000, deadline: 2000 });
  await fleet.ready();
  const started = Date.now();
  const sessions = await fleet.tickets(tickets);
  await pause(Math.max(0, started + fleet.window + 2000 - Date.now()));
  const texts: string[] = [];
  await inParallel(6, sessions, async session => {
    const { text, bytes } = fleet.flight(session);
    texts.push(text);
    await fleet.copies(bytes, copies);
  });
  await fleet.settled();
  const { once, twice } = fleet.audit(texts);
  const store = fleet.servers.flatMap(server => server.store).sort((a, b) => a - b);
  const at = (part: number) => (store[Math.floor(part * (store.length - 1))] ?? 0).toFixed(1);
  say(
    `early data of ${texts.length} tickets, ${copies} copies each to 4 processes: ${once} taken once, ${twice.length} twice; the register answers in ${at(0.5)} ms, 99% ${at(0.99)} ms`,
  );
  await fleet.end();
  redis.remove();
  return twice.length === 0;
}

/** A storm of early data and handshakes, and what is done meanwhile. */
async function underFaults({ root }: GeneratorOptions, say: (line: string) => void, plots: Plot[]): Promise<boolean> {
  const redis = await redisServer();
  const way = await new Way([redis.port]).start();
  const url = `redis://127.0.0.1:${way.port}`;
  const fleet = await FleetUnderTest.start(root, { redis: url, size: 4, freshness: 1000 });
  await fleet.ready();
  const pool = await fleet.tickets(1500);
  await pause(fleet.window + 1000);
  const began = Date.now();
  const second = () => Math.floor((Date.now() - began) / 1000);
  const marks: [number, string][] = [];
  const handshakes = new Map<number, number>();
  const slowest = new Map<number, number>();
  let over = false;
  let failed = 0;
  let refused = 0;
  let serverDown = false;
  const visiting = inParallel(
    4,
    endless(() => over),
    async () => {
      try {
        const { milliseconds, sessions } = await visit(fleet.configs['TLSv1.3'], fleet.port());
        for (const session of sessions) session.secret.dispose();
        handshakes.set(second(), (handshakes.get(second()) ?? 0) + 1);
        slowest.set(second(), Math.max(slowest.get(second()) ?? 0, milliseconds));
      } catch {
        if (serverDown) refused++;
        else failed++;
      }
    },
  );
  const sent: Storming[] = [];
  const storm = fleet.storm(pool, 60, () => over, sent);
  const between = fleet.window + 4000;
  const faults: readonly (readonly [string, () => Promise<void>])[] = [
    [
      'kill -9 of a server',
      async () => {
        serverDown = true;
        await restart(fleet);
        // What was under way at the end of it fails, too.
        await pause(500);
        serverDown = false;
      },
    ],
    ['kill -9 of Redis', () => restartRedis(redis)],
    ['Redis is paused', () => paused(redis)],
    ['the network is cut', () => cut(way)],
  ];
  for (const [what, fault] of faults) {
    await pause(between / 2);
    marks.push([second(), what]);
    await fault();
    await pause(between);
  }
  over = true;
  await Promise.all([storm, visiting]);
  const { once, twice } = fleet.audit(sent.map(({ text }) => text));
  say(
    `under faults (${faults.map(([what]) => what).join(', ')}): ${once} of ${sent.length} taken once, ${twice.length} twice; ${failed} handshakes failed, and ${refused} while a server was down`,
  );
  const seconds = Array.from({ length: second() }, (_, i) => i);
  const taken = (s: number) =>
    fleet.audit(sent.filter(({ at }) => Math.floor((at - began) / 1000) === s).map(({ text }) => text)).once;
  plots.push({
    title: 'Full handshakes and early data while things break',
    x: 'seconds',
    y: '/s',
    series: [
      { name: 'full handshakes', points: seconds.map(s => [s, handshakes.get(s) ?? 0]) },
      { name: 'early data taken', points: seconds.map(s => [s, taken(s)]) },
    ],
    marks,
  });
  plots.push({
    title: 'The slowest full handshake of each second',
    x: 'seconds',
    y: 'ms',
    series: [{ name: 'milliseconds', points: seconds.map(s => [s, slowest.get(s) ?? 0]) }],
    marks,
  });
  way.close();
  await fleet.end();
  redis.remove();
  return twice.length === 0;
}

function* endless(over: () => boolean): Generator<void> {
  while (!over()) yield;
}

async function restart(fleet: FleetUnderTest): Promise<void> {
  await fleet.servers[0].kill();
  await fleet.servers[0].start();
}

async function restartRedis(redis: RedisProcess): Promise<void> {
  await redis.end();
  await pause(500);
  await redis.start();
}

async function paused(redis: RedisProcess): Promise<void> {
  redis.kill('SIGSTOP');
  await pause(3000);
  redis.kill('SIGCONT');
}

async function cut(way: Way): Promise<void> {
  way.cut();
  await pause(3000);
  way.mend();
}

async function overFailover({ root }: GeneratorOptions, say: (line: string) => void): Promise<boolean> {
  const redis = await redisWithSentinels();
  const fleet = await FleetUnderTest.start(root, { redis: redis.url, size: 4, freshness: 1000 });
  await fleet.ready();
  const pool = await fleet.tickets(700);
  await pause(fleet.window + 1000);
  const sent: Storming[] = [];
  let over = false;
  const storm = fleet.storm(pool, 60, () => over, sent);
  await pause(3000);
  const primary = await redis.primary();
  primary.kill('SIGSTOP');
  const struck = Date.now();
  while ((await redis.primary()) === primary && Date.now() < struck + 20_000) await pause(50);
  const promoted = Date.now() - struck;
  primary.kill('SIGCONT');
  await pause(fleet.window + 8000);
  over = true;
  await storm;
  const { once, twice } = fleet.audit(sent.map(({ text }) => text));
  const again = sent.find(({ at, text }) => at > struck + promoted && fleet.taken.get(text) === 1);
  say(
    `a paused primary is replaced after ${promoted} ms and comes back: ${once} of ${sent.length} taken once, ${twice.length} twice; taken again ${again === undefined ? 'never' : `after ${again.at - struck - promoted} ms`}`,
  );
  await fleet.end();
  redis.remove();
  return twice.length === 0;
}
