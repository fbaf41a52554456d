// Packages that speak HTTP, gRPC and WebSockets under castls/register: clients with nginx, and servers with their own clients.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';
import { runsUnchanged, serves, testAuthority } from './harness.ts';
import { nginx } from './servers.ts';

test.after.each(cleanUp);

withPeer('undici, fetch, got and axios with nginx', ['nginx'], () => {
  test('undici 6 and 7, HTTP/1.1 and HTTP/2, with nginx', async () => {
    const port = await nginx();
    await runsUnchanged('undici', port);
    await runsUnchanged('undici6', port);
    assert.match(await runsUnchanged('undici_h2', port), /alpn=h2/);
  });

  test('fetch with nginx, the authority by NODE_EXTRA_CA_CERTS', async () => {
    await runsUnchanged('fetch', await nginx(), { NODE_EXTRA_CA_CERTS: testAuthority });
  });

  test('got, HTTP/1.1 and HTTP/2, and axios with nginx', async () => {
    const port = await nginx();
    await runsUnchanged('got', port);
    await runsUnchanged('axios', port);
  });
});

for (const [client, server, alpn] of [
  ['grpc_client', 'grpc_server', 'h2'],
  ['ws_client', 'ws_server', 'none'],
]) {
  test(`${client.split('_')[0]}: client and server under castls/register, and each with the other under node`, async () => {
    for (const stack of ['node', 'castls'] as const) {
      const { program, port } = await serves(server, stack);
      await runsUnchanged(client, port);
      const accepted = program.connections.filter(line => line.includes(' from 127.0.0.1:'));
      assert.is(accepted.length > 1, stack === 'castls', program.stderr);
      for (const line of accepted) assert.ok(line.includes(`alpn=${alpn} `), line);
      assert.is(program.child.exitCode, null);
    }
  });
}

test.run();
