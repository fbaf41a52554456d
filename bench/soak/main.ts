// A server of castls under good and bad clients for a time; what it holds and how it answers, over that time; and that
// nothing is left.
//   main --seconds N --out FOLDER

import { createPrivateKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as https from 'node:https';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { issueChain, pem } from '../support/chain.ts';
import { lineChild } from '../support/child.ts';
import { type Client, closeAgents, faults, good, request, type Target } from './clients.ts';
import { complaints, type Moment } from './judge.ts';
import { htmlPlots, terminalPlots } from './report.ts';
import type { Sample } from './server.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, out: { type: 'string', default: 'build/soak' } },
});
const seconds = Number(values.seconds);
/** Clients at the same time: good ones, bad ones. */
const LANES = [4, 8] as const;

const chain = await issueChain(1);
const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' });
const facts = { key: key.export({ format: 'pem', type: 'pkcs8' }), cert: pem(chain.leaf) + pem(chain.intermediate) };
// The bundle of server.ts stands beside this one.
const script = join(process.argv[1], '../server.mjs');
const server = lineChild(script, [JSON.stringify(facts)], ['--expose-gc']);
const port = Number(await server.next());
const target: Target = { port, host: chain.host, ca: pem(chain.root) };
const sample = async (): Promise<Sample> => JSON.parse(await server.ask('sample'));

// What is made once, ticket keys for instance, is nobody's leak.
const warmUp = new https.Agent({ keepAlive: false });
await request(target, '/64', warmUp);
await new Promise(resolve => setTimeout(resolve, 500));
const before = await sample();

const until = performance.now() + seconds * 1000;
const unhappy: string[] = [];
const done = new Map<string, number>();

/** One client after the other until the time is over. */
async function lane(clients: Readonly<Record<string, Client>>, mustSucceed: boolean, offset: number): Promise<void> {
  const names = Object.keys(clients);
  for (let i = offset; performance.now() < until; i++) {
    const name = names[i % names.length];
    try {
      await clients[name](target);
      done.set(name, (done.get(name) ?? 0) + 1);
    } catch (error) {
      if (mustSucceed) unhappy.push(`${name}: ${(error as Error).message}`);
    }
  }
}

async function watch(): Promise<Moment[]> {
  const probe = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const moments: Moment[] = [];
  for (let second = 1; performance.now() < until; second++) {
    const times: number[] = [];
    const next = performance.now() + 1000;
    while (performance.now() < next) {
      times.push(await request(target, '/512', probe));
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    const moment = { second, p50: at(0.5), p99: at(0.99), ...(await sample()) };
    moments.push(moment);
    if (second % 10 === 0) {
      const { connections, slots, resident, requests, failures } = moment;
      console.log(
        `${second} s: ${connections} connections, ${slots} slots, ${resident.toFixed(0)} MiB, p99 ${moment.p99.toFixed(1)} ms, ${requests} requests, ${failures} handshakes failed`,
      );
    }
  }
  probe.destroy();
  return moments;
}

const lanes = [
  ...Array.from({ length: LANES[0] }, (_, i) => lane(good, true, i)),
  ...Array.from({ length: LANES[1] }, (_, i) => lane(faults, false, i)),
];
const moments = await watch();
await Promise.all(lanes);
closeAgents();
const after: Sample = JSON.parse(await server.ask('end'));
server.stop();

console.log(terminalPlots(moments));
console.log(`\n${[...done].map(([name, times]) => `${String(times).padStart(7)}  ${name}`).join('\n')}`);
mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, 'soak.json'), `${JSON.stringify({ moments, before, after }, null, 1)}\n`);
writeFileSync(join(values.out, 'soak.html'), await htmlPlots(moments));
console.log(`\nbefore ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}`);
const wrong = complaints(moments, before, after, unhappy);
for (const each of wrong) console.log(`WRONG: ${each}`);
if (wrong.length === 0) console.log(`${seconds} s, and nothing is left; ${join(values.out, 'soak.html')}`);
process.exit(wrong.length === 0 ? 0 : 1);
