// How cost grows: one download from 16 KiB to 4 GiB (throughput must stay flat, memory too), and idle connections from
// 10 to 10,000 (memory per connection must stay flat). Server and clients in processes of their own.

import { createPrivateKey } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import * as castlsNode from '../../src/node.ts';
import { castls } from '../core.ts';
import { median } from '../statistics.ts';
import type { Group, UndatedRow } from '../suite.ts';
import { issueChain, pem } from '../support/chain.ts';
import { lineChild } from '../support/child.ts';
import { Counter, startServer } from '../support/download.ts';
import { FIXED_YOUNG } from './memory.ts';

const sizes = [2 ** 14, 2 ** 18, 2 ** 22, 2 ** 26, 2 ** 30, 2 ** 32];
const LARGEST = 2 ** 32;
const counts = [10, 100, 1000, 10_000];
const SUITE = 'TLS_CHACHA20_POLY1305_SHA256';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function downloads(rounds: number, runtime: string, progress: (text: string) => void): Promise<UndatedRow[]> {
  const { port, chain, stop } = await startServer(SUITE, 'X25519');
  const socket = castlsNode.connect({ port, host: '127.0.0.1', servername: chain.host, ca: pem(chain.root) });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const counter = new Counter();
  socket.on('data', (data: Buffer) => counter.add(data.length));
  const download = async (bytes: number): Promise<number> => {
    const started = process.hrtime.bigint();
    const all = counter.expect(bytes);
    socket.write(`${bytes}\n`);
    await all;
    return Number(process.hrtime.bigint() - started) / 1e9;
  };
  await download(2 ** 25);
  const rows: UndatedRow[] = [];
  for (const bytes of sizes) {
    progress(`growth: downloads of ${bytes} bytes`);
    const times = bytes < 2 ** 26 ? rounds * 5 : bytes < 2 ** 30 ? rounds : 1;
    const before = process.memoryUsage().rss;
    const rates: number[] = [];
    for (let i = 0; i < times; i++) rates.push(1 / (await download(bytes)));
    const common = { group: 'growth', ...castls, runtime };
    rows.push({ ...common, name: `one download, ${SUITE}`, bytes, opsPerSecond: median(rates), rounds: rates });
    if (bytes === LARGEST) {
      const grown = Math.max(0, process.memoryUsage().rss - before);
      rows.push({ ...common, name: 'resident growth over 4 GiB', bytes: grown, opsPerSecond: 0, rounds: [grown] });
    }
  }
  socket.destroy();
  stop();
  return rows;
}

async function idle(runtime: string, progress: (text: string) => void): Promise<UndatedRow[]> {
  const chain = await issueChain(1);
  const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  const bundle = path('../../build/dist/node.js');
  const cert = pem(chain.leaf) + pem(chain.intermediate);
  const server = lineChild(
    path('../support/idle_server.mjs'),
    [bundle, JSON.stringify({ key, cert })],
    ['--expose-gc', ...FIXED_YOUNG],
  );
  const port = Number(await server.next());
  const facts = { ca: pem(chain.root), host: chain.host, port };
  const clients = lineChild(path('../support/idle_clients.mjs'), [bundle, JSON.stringify(facts)], ['--expose-gc']);
  try {
    // What is made once is no connection's.
    await clients.ask('600');
    await clients.ask('0');
    const before = Number((await server.ask('measure')).split(' ')[1]);
    const rows: UndatedRow[] = [];
    let opened = 0;
    for (const count of counts) {
      progress(`growth: ${count} idle connections`);
      await clients.ask(String(count - opened));
      opened = count;
      const [open, resident] = (await server.ask('measure')).split(' ').map(Number);
      if (open !== count) throw new Error(`the server has ${open} connections, not ${count}`);
      const bytes = Math.round((resident - before) / count);
      const name = `idle connection, server side, of ${count.toLocaleString('en')}`;
      rows.push({ group: 'growth', name, ...castls, runtime, bytes, opsPerSecond: 0, rounds: [bytes] });
    }
    return rows;
  } finally {
    clients.stop();
    server.stop();
  }
}

export const growthGroup: Group = {
  name: 'growth',
  candidates: async () => [],
  rows: async ({ rounds, runtime, progress }) => [
    ...(await downloads(rounds, runtime, progress)),
    ...(await idle(runtime, progress)),
  ],
};
