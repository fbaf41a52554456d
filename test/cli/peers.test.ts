// castls connect and serve against other implementations: openssl, gnutls and curl, in both roles where they have both.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accepting, cleanUp, freePort, later, within } from '../support/node_tls.ts';
import { castls, hasPeer, serve, start } from '../support/programs.ts';

test.after.each(cleanUp);

const files = (name: string): string[] => ['--cert', `test/fixtures/${name}.crt`, '--key', `test/fixtures/${name}.key`];
const trust = ['--ca', 'test/fixtures/ca.crt', '--servername', 'example.test'];
const certificates = ['server_p256', 'server_p384', 'server_rsa', 'server_ed25519'];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'castls-peers-'));
  later(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

if (hasPeer('openssl', 'openssl s_server and s_client')) {
  for (const version of ['1.3', '1.2']) {
    const own = ['--min-version', version, '--max-version', version];
    const theirs = `-tls${version.replace('.', '_')}`;
    for (const name of certificates) {
      test(`openssl s_server, TLS ${version}, ${name}: talks, resumes`, async () => {
        const port = String(await freePort());
        const server = start(
          'openssl',
          's_server',
          '-accept',
          port,
          '-cert',
          `test/fixtures/${name}.crt`,
          '-key',
          `test/fixtures/${name}.key`,
          '-rev',
          theirs,
        );
        await server.printed(/ACCEPT/);
        const session = join(folder(), 'session');
        for (const resumed of [false, true]) {
          const command = await castls(
            'connect',
            `127.0.0.1:${port}`,
            ...trust,
            '--json',
            '--session',
            session,
            ...own,
          );
          command.write('castls\n');
          await command.printed(/sltsac/);
          const { code, stderr } = await command.end().finished();
          assert.is(code, 0, stderr);
          const summary = JSON.parse(stderr);
          assert.is(summary.protocol, `TLSv${version}`);
          assert.is(summary.resumed, resumed);
          assert.is(summary.helloRetried, false);
        }
      });

      test(`openssl s_client, TLS ${version}, ${name}: talks`, async () => {
        const { port } = await serve(...files(name), '--echo', ...own);
        const client = start(
          'openssl',
          's_client',
          '-connect',
          `127.0.0.1:${port}`,
          '-CAfile',
          'test/fixtures/ca.crt',
          '-verify_return_error',
          '-verify_hostname',
          'example.test',
          '-servername',
          'example.test',
          '-brief',
          theirs,
        );
        client.write('hello openssl\n');
        await client.printed(/hello openssl/);
        await client.printed(/Verification: OK/, 'stderr');
        assert.is((await client.end().finished()).code, 0);
      });
    }

    test(`openssl s_client, TLS ${version}: a client certificate`, async () => {
      const { server, port } = await serve(
        ...files('server_p256'),
        '--echo',
        '--client-ca',
        'test/fixtures/ca.crt',
        '--require-client-cert',
        ...own,
      );
      const client = start(
        'openssl',
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        '-CAfile',
        'test/fixtures/ca.crt',
        '-brief',
        theirs,
        '-cert',
        'test/fixtures/client_rsa.crt',
        '-key',
        'test/fixtures/client_rsa.key',
      );
      client.write('hello\n');
      await client.printed(/hello/);
      await server.printed(/peer: verified/, 'stderr');
      client.end();
      await client.finished();
    });

    test(`openssl s_server, TLS ${version}: asks for a client certificate`, async () => {
      const port = String(await freePort());
      const server = start(
        'openssl',
        's_server',
        '-accept',
        port,
        '-cert',
        'test/fixtures/server_p256.crt',
        '-key',
        'test/fixtures/server_p256.key',
        '-rev',
        theirs,
        '-Verify',
        '1',
        '-CAfile',
        'test/fixtures/ca.crt',
        '-verify_return_error',
      );
      await server.printed(/ACCEPT/);
      for (const name of ['client_p256', 'client_rsa']) {
        const command = await castls('connect', `127.0.0.1:${port}`, ...trust, ...files(name), ...own);
        command.write('castls\n');
        await command.printed(/sltsac/);
        assert.is((await command.end().finished()).code, 0);
      }
    });
  }
}

if (hasPeer('gnutls-serv', 'gnutls-serv') && hasPeer('gnutls-cli', 'gnutls-cli')) {
  for (const [version, priority] of [
    ['1.3', 'NORMAL:-VERS-ALL:+VERS-TLS1.3'],
    ['1.2', 'NORMAL:-VERS-ALL:+VERS-TLS1.2'],
  ]) {
    for (const name of certificates) {
      test(`gnutls-serv, TLS ${version}, ${name}: talks`, async () => {
        const port = String(await freePort());
        start(
          'gnutls-serv',
          '--echo',
          '-p',
          port,
          '--priority',
          priority,
          '--x509certfile',
          `test/fixtures/${name}.crt`,
          '--x509keyfile',
          `test/fixtures/${name}.key`,
        );
        await accepting(port);
        const command = await castls('connect', `127.0.0.1:${port}`, ...trust, '--json');
        command.write('hello gnutls\n');
        await command.printed(/hello gnutls/);
        const { code, stderr } = await command.end().finished();
        assert.is(code, 0, stderr);
        assert.is(JSON.parse(stderr).protocol, `TLSv${version}`);
        assert.is(JSON.parse(stderr).helloRetried, false);
      });

      test(`gnutls-cli, TLS ${version}, ${name}: talks`, async () => {
        const { port } = await serve(...files(name), '--echo');
        const client = start(
          'gnutls-cli',
          '--x509cafile=test/fixtures/ca.crt',
          '--sni-hostname=example.test',
          '--verify-hostname=example.test',
          '--priority',
          priority,
          '-p',
          port,
          '127.0.0.1',
        );
        client.write('hello castls\n');
        await client.printed(/The certificate is trusted/);
        await client.printed(/^hello castls/m);
        client.end();
        assert.is((await client.finished()).code, 0);
      });
    }
  }
}

if (hasPeer('curl', 'curl')) {
  test('curl gets the page of --www over TLS 1.3 and 1.2', async () => {
    const { port } = await serve(...files('server_p256'), ...files('server_rsa'), '--www', '--alpn', 'http/1.1');
    for (const flags of [
      ['--tlsv1.3'],
      ['--tls-max', '1.2'],
      ['--tls-max', '1.2', '--ciphers', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ]) {
      const url = `https://example.test:${port}/`;
      const curl = start(
        'curl',
        '-sS',
        '--cacert',
        'test/fixtures/ca.crt',
        '--resolve',
        `example.test:${port}:127.0.0.1`,
        ...flags,
        url,
      );
      const { code, stdout, stderr } = await curl.end().finished();
      assert.is(code, 0, stderr);
      assert.match(stdout, flags.includes('1.2') ? /TLSv1\.2/ : /TLSv1\.3/);
      assert.match(stdout, /http\/1\.1/);
    }
  });
}

test('a server survives garbage, silence and half a handshake', async () => {
  const { connect } = await import('node:net');
  const { server, port } = await serve(...files('server_p256'), '--echo');
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x40\x00\x01',
    '\0'.repeat(70_000),
    '\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff',
  ]) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    later(() => socket.destroy());
    socket.end(Buffer.from(bytes, 'latin1')).resume();
    await within('close', new Promise(done => socket.once('close', done)));
  }
  const { code, stdout } = await (await castls('connect', `127.0.0.1:${port}`, ...trust)).end('alive').finished();
  assert.is(stdout, 'alive');
  assert.is(code, 0);
  assert.match(server.stderr, /castls: 127\.0\.0\.1: ERR_/);
});

test.run();
