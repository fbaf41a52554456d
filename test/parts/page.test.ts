// What pages carry that name their parts: bundled from the package as npm would publish it, by package name, minified for
// browsers. And the smallest of them at work, against castls in memory and against node:tls over TCP.

import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import * as castls from '../../src/index.ts';
import { root } from '../support/examples.ts';
import { ca, event, keyPair, within } from '../support/node_tls.ts';
import { installPacked } from '../support/packed.ts';

interface Page {
  readonly name: string;
  readonly binaries: readonly string[];
  readonly source: string;
  readonly conditions?: string[];
  readonly terser?: boolean;
  readonly most: readonly [gzip: number, brotli: number];
}

const { pages, parts }: { pages: Page[]; parts: Record<string, string[]> } = await import(
  join(root, 'scripts/pages.mjs')
);
const { bundlePage } = await import(join(root, 'scripts/page_bytes.mjs'));

const performance = readFileSync(join(root, 'docs/performance.md'), 'utf8');

const installed = installPacked();
test.after(() => installed.remove());

for (const { name, source, binaries, conditions, terser, most } of pages) {
  test(`${name}: carries ${binaries.join(', ')} and nothing else`, async () => {
    const page = await bundlePage(source, installed.folder, conditions, terser);
    console.log(`${name}: ${page.bytes} bytes minified, ${page.gzipped} gzipped: ${page.binaries.join(', ')}`);
    assert.equal(page.binaries, binaries);
    assert.ok(page.gzipped <= most[0], `${page.gzipped} bytes of gzip, over ${most[0]}`);
    assert.ok(page.brotli <= most[1], `${page.brotli} bytes of brotli, over ${most[1]}`);
    // docs/performance.md says what it said when the table was made, to within 5%.
    const row = performance.split('\n').find(line => line.startsWith(`| ${name} | `)) ?? '';
    const stated = Number(row.split(' | ').at(-1)?.replace(/\D/g, ''));
    const close = Math.abs(stated - page.gzipped) < 0.05 * page.gzipped;
    assert.ok(close, `docs/performance.md says ${stated} bytes: node scripts/page_bytes.mjs --write`);
  });
}

test('a client has no server, and TLS 1.3 alone no TLS 1.2', async () => {
  const bundled = (wanted: string) => bundlePage(pages.find(({ name }) => name === wanted)!.source, installed.folder);
  const [smallest, older, server] = await Promise.all(
    ['smallest client', 'client of TLS 1.3 and 1.2', 'smallest server'].map(bundled),
  );
  // Words of errors that only one side, or one version, has.
  const words = {
    server: 'the client speaks no version of ours',
    server12: 'the session has extended_master_secret',
    client: 'a second HelloRetryRequest',
    client12: 'the provider has no RSA key exchange',
  };
  const found = (code: string) => Object.entries(words).flatMap(([what, text]) => (code.includes(text) ? [what] : []));
  assert.equal(found(smallest.code), ['client']);
  assert.equal(found(older.code), ['client', 'client12']);
  assert.equal(found(server.code), ['server']);
});

test('a page that pins keys has no path validation, and one that verifies certificates no pins', async () => {
  const pinning = `
import { clientConfig, Connection, pinnedKeyVerifier, ecdsaP256Verifier, wasmProvider, x25519 } from 'castls/parts';
const provider = wasmProvider({ groups: [x25519], signatureVerifiers: [ecdsaP256Verifier] });
globalThis.connect = keys => {
  const verifier = pinnedKeyVerifier({ provider, keys });
  const config = clientConfig({ provider, verifier, peerCertificateTypes: ['RawPublicKey', 'X509'] });
  return new Connection(config.settings({}), config);
};`;
  const [pinned, smallest] = await Promise.all(
    [pinning, pages[0].source].map(each => bundlePage(each, installed.folder)),
  );
  console.log(`a page that pins keys: ${pinned.bytes} bytes minified, ${pinned.gzipped} gzipped`);
  const path = 'the list of trust anchors is empty';
  const pins = 'a pinned key is a DER or PEM SubjectPublicKeyInfo';
  assert.equal([pinned.code.includes(path), pinned.code.includes(pins)], [false, true]);
  assert.equal([smallest.code.includes(path), smallest.code.includes(pins)], [true, false]);
});

test('every part carries the binaries that its docstring names', async () => {
  const docs = readFileSync(join(root, 'src/parts.ts'), 'utf8');
  for (const [list, names] of Object.entries(parts)) {
    for (const name of names) {
      const pattern = new RegExp(`Binar(?:y|ies): ([\\w, ]+)\\.[^\\n]*\\*/\\nexport const ${name}: Part`);
      const [, named] = pattern.exec(docs) ?? [];
      assert.ok(named, `${name} has a docstring with its binaries`);
      const { binaries } = await bundlePage(
        `import { wasmProvider, ${name} } from 'castls/parts';
        globalThis.provider = wasmProvider({ ${list}: [${name}] });`,
        installed.folder,
      );
      assert.equal(binaries, ['core', ...named.split(', ')].sort(), name);
    }
  }
});

test('the lists of parts are all there is', () => {
  const docs = readFileSync(join(root, 'src/parts.ts'), 'utf8');
  const exported = [...docs.matchAll(/^export const (\w+): Part</gm)].map(([, name]) => name);
  const listed = Object.values(parts).flat();
  assert.equal(exported.sort(), [...listed, 'finiteFieldDh', 'rsaKeyTransport'].sort());
});

type Connect = (ca: Uint8Array, serverName: string, onProgress?: () => void) => Connection;

/** The smallest page, as it would run. */
async function smallestPage(): Promise<Connect> {
  const { code } = await bundlePage(pages[0].source, installed.folder);
  const file = join(installed.folder, 'page.mjs');
  writeFileSync(file, code);
  await import(pathToFileURL(file).href);
  return (globalThis as unknown as { connect: Connect }).connect;
}

function events(connection: Connection): ConnectionEvent[] {
  const all: ConnectionEvent[] = [];
  for (let next = connection.nextEvent(); next !== null; next = connection.nextEvent()) all.push(next);
  return all;
}

test('the smallest page speaks TLS 1.3 with a default server of castls', async () => {
  const connect = await smallestPage();
  for (const name of ['server_p256', 'server_rsa']) {
    const config = castls.serverConfig({ credentials: [castls.credential(keyPair(name))] });
    const server = new castls.Connection(config.settings(), config);
    const client = connect(new X509Certificate(ca).raw, 'localhost');
    const received: string[] = [];
    for (let moved = true, said = false; moved; ) {
      moved = false;
      for (const [from, to] of [
        [client, server],
        [server, client],
      ]) {
        for (const record of from.takeOutput()) {
          to.receive(record);
          moved = true;
        }
      }
      for (const each of events(server)) if (each.kind === 'data') received.push(new TextDecoder().decode(each.data));
      events(client);
      if (!said && client.state === 'established') {
        said = client.write(new TextEncoder().encode('hello')) > 0;
        moved = true;
      }
    }
    assert.is(client.error, null);
    assert.equal(received, ['hello']);
    const { protocolVersion, group } = client.info;
    assert.equal([protocolVersion, group?.name], ['TLSv1.3', 'x25519']);
    for (const each of [client, server]) each.dispose();
  }
});

test('the smallest page speaks TLS 1.3 with node:tls over TCP', async () => {
  const connect = await smallestPage();
  for (const name of ['server_p256', 'server_rsa']) {
    const server = createServer({ ...keyPair(name), minVersion: 'TLSv1.2' }, socket => socket.pipe(socket));
    server.listen(0, '127.0.0.1');
    await event(server, 'listening');
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
    const client = connect(new X509Certificate(ca).raw, 'localhost');
    try {
      const echoed = await within(name, echo(client, socket));
      assert.is(echoed, 'there and back');
      assert.is(client.info.protocolVersion, 'TLSv1.3');
      assert.is(client.info.signatureScheme, name === 'server_rsa' ? 'rsa_pss_rsae_sha256' : 'ecdsa_secp256r1_sha256');
    } finally {
      client.dispose();
      socket.destroy();
      server.close();
    }
  }
});

/** Says something once it may, and resolves with the first data that comes. */
function echo(client: Connection, socket: ReturnType<typeof connectTcp>): Promise<string> {
  return new Promise((resolve, reject) => {
    const flush = () => {
      for (const record of client.takeOutput()) socket.write(record);
    };
    const handle = () => {
      for (const next of events(client)) {
        if (next.kind === 'established') client.write(new TextEncoder().encode('there and back'));
        if (next.kind === 'data') resolve(new TextDecoder().decode(next.data));
        if (next.kind === 'closed') reject(next.error ?? new Error('closed'));
      }
      flush();
    };
    socket.on('error', reject);
    socket.on('data', chunk => {
      client.receive(chunk);
      handle();
    });
    flush();
  });
}

test('a page cannot trust what it has no part for', async () => {
  const connect = await smallestPage();
  const config = castls.serverConfig({ credentials: [castls.credential(keyPair('server_p384'))] });
  const server = new castls.Connection(config.settings(), config);
  const client = connect(new X509Certificate(ca).raw, 'localhost');
  for (const record of client.takeOutput()) server.receive(record);
  // Nothing the page offers signs with this key: the server says so before it shows the certificate.
  assert.is(server.error?.code, 'ERR_NO_SHARED_SIGNATURE_SCHEME');
  for (const each of [client, server]) each.dispose();
});

test.run();
