// The list of tests that every runtime runs, and what it reaches beside.

import { Connection, clientConfig, credential, peerVerifier, serverConfig } from 'castls';
import { certificates } from './certificates.ts';
import { equalBytes, type Host, pattern, type RuntimeTest, readAll, within } from './host.ts';
import { knownAnswers } from './known_answers.ts';
import { memory } from './memory.ts';
import { network } from './network.ts';

const tests: readonly RuntimeTest[] = [...knownAnswers, ...certificates, ...memory, ...network];

export interface Outcome {
  readonly name: string;
  /** null for a test that passed; the reason of one that failed. */
  readonly failure: string | null;
}

export interface Reached {
  /** Full handshakes a second, both ends in one thread, in memory. */
  readonly handshakes: number;
  /** MB/s there and back through the runtime's adapter, both directions counted once. */
  readonly bulk: number;
}

/** Runs the list. */
export async function runList(host: Host, only = ''): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, run } of tests.filter(test => test.name.includes(only))) {
    let failure: string | null = null;
    try {
      await within(name, run(host), 60_000);
    } catch (error) {
      const { code = '', message, stack = '' } = error as { code?: string } & Error;
      failure = `${code} ${message} ${stack.split('\n').slice(0, 6).join(' | ')}`.trim();
    }
    outcomes.push({ name, failure });
  }
  return outcomes;
}

/** What this runtime reaches. Numbers for a table, nothing a test asserts. */
export async function measure(host: Host): Promise<Reached> {
  return { handshakes: Math.round(handshakes(host)), bulk: Math.round(await bulk(host)) };
}

function handshakes({ fixtures }: Host): number {
  const forServer = serverConfig({
    credentials: [credential({ cert: fixtures.serverCert, key: fixtures.serverKey })],
    groups: ['x25519'],
  });
  const forClient = clientConfig({ verifier: peerVerifier({ ca: fixtures.ca }), groups: ['x25519'] });
  const rounds = 60;
  const started = performance.now();
  for (let i = 0; i < rounds; i++) {
    const client = new Connection(forClient.settings({ serverName: 'localhost' }), forClient);
    const server = new Connection(forServer.settings(), forServer);
    while (client.pendingOutput > 0 || server.pendingOutput > 0) {
      for (const bytes of client.takeOutput()) server.receive(bytes);
      for (const bytes of server.takeOutput()) client.receive(bytes);
    }
    if (client.state !== 'established') throw client.error ?? new Error('no handshake');
    client.dispose();
    server.dispose();
  }
  return (rounds * 1000) / (performance.now() - started);
}

async function bulk({ connect, servers, fixtures }: Host): Promise<number> {
  const data = pattern(8 * 1024 * 1024);
  const client = await connect({ port: servers.echo, ca: fixtures.ca, alpn: ['echo'] });
  await within('the handshake', client.opened);
  const started = performance.now();
  const sent = client.write(data).then(() => client.end());
  equalBytes(await within('the echo', readAll(client), 60_000), data, 'the echo');
  const seconds = (performance.now() - started) / 1000;
  await sent;
  await client.close();
  return data.length / 1e6 / seconds;
}
