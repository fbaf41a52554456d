// TLS 1.2 over the WASM provider: every suite it has, against itself and against node:crypto.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { CipherSuite12 } from '../../src/crypto/record_protection.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { nodeDecrypter } from '../support/node/key_exchange12.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { dataOf, drain, makePair, type PairOptions, pump } from '../support/pair.ts';
import { credential } from '../support/pki.ts';
import { fullWasmProvider } from '../support/wasm_provider.ts';

const wasm = fullWasmProvider();
const node = nodeProvider();
const rsaKey = createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8'));
const sample = Uint8Array.from({ length: 40_000 }, (_, i) => i * 13);

const knows = (provider: CryptoProvider, suite: CipherSuite12) =>
  provider.cipherSuites12.some(candidate => candidate.id === suite.id);

function exchange(options: PairOptions, suite: CipherSuite12): void {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.client.error, null, `${pair.client.error?.message}`);
  assert.is(pair.server.error, null, `${pair.server.error?.message}`);
  assert.is(pair.server.info.cipherSuite?.name, suite.name);
  pair.client.write(sample);
  pair.server.write(sample);
  pump(pair);
  drain(pair.client, pair.clientEvents);
  drain(pair.server, pair.serverEvents);
  assert.equal(dataOf(pair.clientEvents), sample);
  assert.equal(dataOf(pair.serverEvents), sample);
  const exported = (end: typeof pair.client) => end.exportKeyingMaterial(40, 'EXPORTER-castls', new Uint8Array(0));
  assert.equal(exported(pair.client), exported(pair.server));
  pair.client.close();
  pair.server.close();
  pump(pair);
  for (const event of pair.clientEvents) if (event.kind === 'session') event.session.secret.dispose();
}

for (const suite of wasm.cipherSuites12) {
  // A decrypter makes secrets of its own provider: with RSA key exchange the server is node's.
  const ways: [string, CryptoProvider, CryptoProvider][] = [];
  if (suite.keyExchange !== 'rsa') ways.push(['wasm and wasm', wasm, wasm]);
  if (knows(node, suite)) ways.push(['wasm and node', wasm, node]);
  if (knows(node, suite) && suite.keyExchange !== 'rsa') ways.push(['node and wasm', node, wasm]);
  for (const [name, clientProvider, serverProvider] of ways) {
    test(`${suite.name}: ${name}`, () => {
      const decrypter = nodeDecrypter(node.ledger, rsaKey);
      const own = suite.authentication === 'rsa' ? credential('server_rsa', { decrypter }) : credential('server_p256');
      const tickets = new TicketKeys({ provider: serverProvider });
      const common = { cipherSuites: [suite.name], maxVersion: 'TLSv1.2' } as const;
      const client = { ...common, provider: clientProvider };
      const groups = suite.keyExchange === 'dhe' ? ['ffdhe2048'] : undefined;
      const server = { ...common, provider: serverProvider, credentials: [own], tickets, groups };
      exchange({ client, server }, suite);
      tickets.dispose();
    });
  }
}

test.run();
