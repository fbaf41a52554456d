// What a program is told where its host lacks something, on hosts with files (Node, Deno, Bun). Arguments: what is to be
// attempted, and what it needs as JSON. Prints the error.

import { clientConfig, credential, peerVerifier, startTls } from 'castls';

interface Needs {
  readonly ca: string;
  readonly port: number;
  readonly rsaCert: string;
  readonly rsaKey: string;
}

const { Deno, process } = globalThis as unknown as {
  Deno?: { args: string[] };
  process: { argv: string[] };
};
const [attempt, json] = Deno?.args ?? process.argv.slice(2);
const needs: Needs = JSON.parse(json);

/** The client's side of a handshake in memory: a ClientHello needs compiled code and randomness. */
async function handshake(): Promise<unknown> {
  const [up, down] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  const config = clientConfig({ verifier: peerVerifier({ ca: needs.ca }) });
  return startTls({ readable: down.readable, writable: up.writable }, { config, serverName: 'localhost' }).opened;
}

function withoutEntropy(): void {
  Object.defineProperty(globalThis, 'crypto', {
    configurable: true,
    value: {
      getRandomValues: () => {
        throw new Error('the entropy pool is empty');
      },
    },
  });
}

const attempts: Record<string, () => unknown> = {
  handshake,
  'without crypto': () => {
    Object.defineProperty(globalThis, 'crypto', { configurable: true, value: undefined });
    return handshake();
  },
  'without entropy': () => {
    withoutEntropy();
    return handshake();
  },
  'an RSA key without entropy': () => {
    withoutEntropy();
    return credential({ cert: needs.rsaCert, key: needs.rsaKey });
  },
  deno: async () => {
    const { connectTls } = await import('castls/deno');
    const conn = await connectTls({ hostname: '127.0.0.1', port: needs.port, caCerts: [needs.ca] });
    await conn.handshake();
  },
  bun: async () => {
    const { connect } = await import('castls/bun');
    await connect({ hostname: '127.0.0.1', port: needs.port, tls: { ca: needs.ca }, socket: {} });
  },
  workerd: async () => (await import('castls/workerd')).connect({ hostname: '127.0.0.1', port: needs.port }).opened,
};

try {
  await attempts[attempt]();
  console.log('nothing was refused');
} catch (error) {
  const { code, name, message } = error as { code?: string } & Error;
  console.log(`${code ?? name}: ${message}`);
}
