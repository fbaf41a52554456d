// docs/post-quantum.md: a Node.js whose OpenSSL knows no ML-KEM speaks X25519MLKEM768 through an unchanged package, by one flag.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, later, listening } from '../support/node_tls.ts';
import { root, withPeer } from '../support/peers.ts';
import { type Ended, Program, serves, testAuthority } from './harness.ts';
import { redis } from './servers.ts';

test.after.each(cleanUp);

/** Whether node itself has the group. */
const known = (() => {
  try {
    createSecureContext({ ecdhCurve: 'X25519MLKEM768' });
    return true;
  } catch {
    return false;
  }
})();

async function over(stack: 'castls' | 'node', name: string, port: number, env = {}): Promise<Ended> {
  return new Program(name, stack, { PORT: String(port), ...env }).ended();
}

/** A front that takes X25519MLKEM768 and nothing else refuses node, and takes the same program with the flag. */
async function onlyWithTheFlag(name: string, backend: number, env = {}): Promise<void> {
  const { program, port } = await serves('front', 'castls', { BACKEND: String(backend) });
  const ofCastls = await over('castls', name, port, env);
  assert.is(ofCastls.stdout, 'done\n', ofCastls.stderr);
  for (const line of [...ofCastls.connections, ...program.connections])
    assert.match(line, / TLSv1\.3 \S+ X25519MLKEM768 /);
  assert.ok(ofCastls.connections.length > 0 && program.connections.length > 0);
  if (known) return;
  const ofNode = await over('node', name, port, env);
  assert.is.not(ofNode.code, 0);
  assert.match(ofNode.stderr, /HANDSHAKE_FAILURE|handshake failure/i);
}

if (known)
  console.log(`SKIPPED that node refuses: OpenSSL ${process.versions.openssl} of this node knows X25519MLKEM768`);
else {
  test('node itself knows no X25519MLKEM768, so that what follows shows something', () => {
    assert.throws(() => createSecureContext({ ecdhCurve: 'X25519MLKEM768' }));
  });
}

test('fetch, unchanged, to a front of castls that takes X25519MLKEM768 only', async () => {
  const stored = new Map<string, Buffer>();
  const backend = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'PUT') stored.set(request.url as string, Buffer.concat(chunks));
    response.end(request.method === 'PUT' ? undefined : stored.get(request.url as string));
  });
  later(() => backend.closeAllConnections());
  await onlyWithTheFlag('fetch', await listening(backend), { NODE_EXTRA_CA_CERTS: testAuthority });
});

withPeer('ioredis with Redis behind a front', ['redis-server'], () => {
  test('ioredis, unchanged, to Redis behind a front of castls that takes X25519MLKEM768 only', async () => {
    await onlyWithTheFlag('ioredis', await redis(false));
  });
});

test('the front of docs/post-quantum.md is the one that is run here', () => {
  const [page, program] = ['docs/post-quantum.md', 'test/packages/programs/front.mjs'].map(file =>
    readFileSync(join(root, file), 'utf8'),
  );
  assert.ok(page.includes(program));
});

test.run();
