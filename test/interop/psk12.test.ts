// The PSK suites of TLS 1.2 with OpenSSL and GnuTLS, both roles.

import type { TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanUp, connected, own, readBytes } from '../support/node_tls.ts';
import { write } from '../support/openssl.ts';
import { answers, castlsServer, freePort, infoOf, nextSocket, run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

const psk = Buffer.alloc(32, 7);
const hex = psk.toString('hex');
const pskCallback = (_socket: unknown, name: string) => (name === 'me' ? psk : null);
const asMe = () => ({ psk, identity: 'me' });
const client = { pskCallback: asMe, checkServerIdentity: () => undefined, maxVersion: 'TLSv1.2' } as const;

withPeer('OpenSSL', ['openssl'], () => {
  for (const suite of [
    'PSK-AES128-GCM-SHA256',
    'PSK-AES256-CCM8',
    'PSK-AES128-CBC-SHA256',
    'PSK-CHACHA20-POLY1305',
    'ECDHE-PSK-CHACHA20-POLY1305',
    'ECDHE-PSK-AES128-CBC-SHA',
    'DHE-PSK-AES256-GCM-SHA384',
  ]) {
    test(`openssl to castls: ${suite}`, async () => {
      const dhparam = suite.startsWith('DHE') ? { dhparam: 'auto' } : {};
      const running = await castlsServer({ ciphers: suite, pskCallback, ...dhparam } as TlsOptions);
      const accepted = nextSocket(running);
      const peer = run('openssl', [
        ...['s_client', '-connect', `127.0.0.1:${running.port}`, '-tls1_2', '-cipher', suite],
        ...['-psk_identity', 'me', '-psk', hex],
      ]);
      const info = infoOf(await accepted);
      assert.equal([info.externalPsk, info.protocolVersion], [true, 'TLSv1.2']);
      await peer.says(new RegExp(`Cipher is ${suite}|Cipher *: ${suite}`));
    });

    test(`castls to openssl: ${suite}, with a hint`, async () => {
      const peer = run('openssl', [
        ...['s_server', '-accept', '127.0.0.1:0', '-rev', '-nocert', '-tls1_2', '-cipher', suite],
        ...['-psk', hex, '-psk_identity', 'me', '-psk_hint', 'which'],
      ]);
      const [, port] = await peer.says(/^ACCEPT 127\.0\.0\.1:(\d+)$/m);
      const hints: (string | null)[] = [];
      const minDHSize = suite.startsWith('DHE') ? { minDHSize: 1024 } : {};
      const hear = (hint: string | null) => {
        hints.push(hint);
        return asMe();
      };
      const socket = await connected(own, Number(port), { ...client, ...minDHSize, ciphers: suite, pskCallback: hear });
      socket.write('sltsac\n');
      assert.is(String(await readBytes(socket, 7)), 'castls\n');
      assert.equal(hints, ['which']);
    });
  }
});

withPeer('GnuTLS', ['gnutls-cli', 'gnutls-serv'], () => {
  const only = 'NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL';
  const priority = (exchange: string, cipher: string, mac: string) =>
    `${only}:+${exchange}:-CIPHER-ALL:+${cipher}:-MAC-ALL:+${mac}`;
  for (const [suite, exchange, cipher, mac] of [
    ['PSK-AES128-GCM-SHA256', 'PSK', 'AES-128-GCM', 'AEAD'],
    ['PSK-AES128-CCM', 'PSK', 'AES-128-CCM', 'AEAD'],
    ['ECDHE-PSK-CHACHA20-POLY1305', 'ECDHE-PSK', 'CHACHA20-POLY1305', 'AEAD'],
    ['ECDHE-PSK-AES256-CBC-SHA384', 'ECDHE-PSK', 'AES-256-CBC', 'SHA384'],
    ['DHE-PSK-AES128-GCM-SHA256', 'DHE-PSK', 'AES-128-GCM', 'AEAD'],
  ] as const) {
    test(`gnutls to castls: ${suite}`, async () => {
      const dhparam = suite.startsWith('DHE') ? { dhparam: 'auto' } : {};
      const running = await castlsServer({ ciphers: suite, pskCallback, ...dhparam } as TlsOptions);
      const accepted = nextSocket(running);
      run('gnutls-cli', [
        ...['--port', `${running.port}`, '--priority', priority(exchange, cipher, mac), '127.0.0.1'],
        ...['--pskusername', 'me', '--pskkey', hex],
      ]);
      assert.is(infoOf(await accepted).externalPsk, true);
    });
  }

  test('castls to gnutls: ECDHE-PSK', async () => {
    const file = write('psk.txt', `me:${hex}\n`);
    const port = await freePort();
    run('gnutls-serv', [
      ...['--echo', '--port', `${port}`, '--pskpasswd', file],
      ...['--priority', priority('ECDHE-PSK', 'CHACHA20-POLY1305', 'AEAD')],
    ]);
    await answers(port);
    const socket = await connected(own, port, { ...client, ciphers: 'ECDHE-PSK-CHACHA20-POLY1305' });
    socket.write('castls\n');
    assert.is(String(await readBytes(socket, 7)), 'castls\n');
  });
});

test.run();
