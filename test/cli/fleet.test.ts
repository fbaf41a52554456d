// castls serve --redis: two servers that resume each other's sessions.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { redisServer } from '../support/fleet/redis.ts';
import { cleanUp, later } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';
import { castls, serve } from '../support/programs.ts';

test.after.each(cleanUp);

const identity = ['--cert', 'test/fixtures/server_p256.crt', '--key', 'test/fixtures/server_p256.key'];
const trust = ['--ca', 'test/fixtures/ca.crt', '--servername', 'example.test'];

withPeer('castls serve --redis', ['redis-server'], () => {
  test('the session of one server is resumed by another, with a wrapping key of its own or by --key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'castls-cli-'));
    later(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'wrapping.key');
    writeFileSync(file, `${'5a'.repeat(32)}\n`);
    for (const flags of [[], ['--wrapping-key', file]]) {
      const redis = await redisServer();
      later(() => redis.remove());
      const session = join(folder, `session ${flags.length}`);
      for (const resumed of [false, true]) {
        const { port } = await serve(...identity, '--echo', '--redis', redis.url, ...flags);
        const client = await castls('connect', `127.0.0.1:${port}`, ...trust, '--json', '--session', session);
        const { code, stderr } = await client.end('x').finished();
        assert.is(code, 0, stderr);
        assert.is(JSON.parse(stderr).resumed, resumed);
      }
    }
  });

  test('without a Redis the server serves all the same, and says so', async () => {
    const { server, port } = await serve(...identity, '--echo', '--redis', 'redis://127.0.0.1:1');
    assert.match(server.stderr, /there are no ticket keys yet/);
    const client = await castls('connect', `127.0.0.1:${port}`, ...trust, '--json');
    const { code, stdout } = await client.end('x').finished();
    assert.is(code, 0);
    assert.is(stdout, 'x');
  });
});

test('flags that cannot be meant are refused', async () => {
  for (const flags of [
    ['--wrapping-key', 'test/fixtures/ca.crt'],
    ['--redis', 'http://localhost'],
    ['--redis', 'redis://localhost', '--wrapping-key', 'test/fixtures/ca.crt'],
  ]) {
    const command = await castls('serve', '--port', '0', ...identity, ...flags);
    const { code, stderr } = await command.finished();
    assert.is(code, 1);
    assert.match(stderr, /ERR_INVALID_ARGUMENT/);
  }
});

test.run();
