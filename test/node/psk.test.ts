// pskCallback and pskIdentityHint in castls/node against node:tls and against itself.

import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ca,
  cleanUp,
  client,
  event,
  keyPair,
  listen,
  nameOf,
  node,
  own,
  readBytes,
  type Tls,
} from '../support/node_tls.ts';

test.after.each(cleanUp);

const psk = Buffer.alloc(32, 7);
const pairs: [Tls, Tls][] = [
  [own, node],
  [node, own],
  [own, own],
];
const between = ([from, to]: [Tls, Tls]) => `${nameOf(from)} to ${nameOf(to)}`;
const noCheck = () => undefined;

for (const pair of pairs) {
  const [clientTls, serverTls] = pair;
  for (const ciphers of [
    'PSK-AES128-GCM-SHA256',
    'PSK-AES256-CBC-SHA',
    'PSK-CHACHA20-POLY1305',
    'ECDHE-PSK-CHACHA20-POLY1305',
    'ECDHE-PSK-AES256-CBC-SHA384',
    'PSK+HIGH',
    'kECDHEPSK',
  ]) {
    test(`${between(pair)}: TLS 1.2 with ${ciphers}, hint and identity`, async () => {
      const [identities, hints]: [string[], (string | null)[]] = [[], []];
      const pskCallback = (_socket: unknown, identity: string) => {
        identities.push(identity);
        return identity === 'me' ? psk : null;
      };
      const { port, sockets } = await listen(
        serverTls,
        { ciphers, pskCallback, pskIdentityHint: 'which', maxVersion: 'TLSv1.2' } as TlsOptions,
        socket => socket.pipe(socket),
      );
      const socket = client(clientTls, port, {
        ciphers,
        pskCallback: hint => {
          hints.push(hint);
          return { psk, identity: 'me' };
        },
        checkServerIdentity: noCheck,
        maxVersion: 'TLSv1.2',
      });
      await event(socket, 'secureConnect');
      socket.write('ping');
      assert.is(String(await readBytes(socket, 4)), 'ping');
      assert.equal([identities, hints], [['me'], ['which']]);
      assert.match(socket.getCipher().name, /PSK/);
      assert.equal(socket.getCipher(), sockets[0].getCipher());
    });
  }

  test(`${between(pair)}: an unknown identity in TLS 1.2`, async () => {
    const options = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
    const { port } = await listen(serverTls, { ...options, pskCallback: () => null } as TlsOptions, () => {});
    const socket = client(clientTls, port, {
      ...options,
      pskCallback: () => ({ psk, identity: 'you' }),
      checkServerIdentity: noCheck,
    });
    const error = await event<NodeJS.ErrnoException>(socket, 'error');
    assert.match(error.code ?? '', /UNKNOWN_PSK_IDENTITY/);
  });
}

test('keys may come as psk of an object, and as any view', async () => {
  for (const answer of [{ psk }, new DataView(psk.buffer, psk.byteOffset, psk.length)]) {
    const options = { ciphers: 'PSK-AES128-GCM-SHA256' } as const;
    const { port } = await listen(own, { ...options, pskCallback: () => answer } as unknown as TlsOptions, () => {});
    const pskCallback = () => ({ psk, identity: 'me' });
    await event(client(own, port, { ...options, pskCallback, checkServerIdentity: noCheck }), 'secureConnect');
  }
});

test('what a callback gives is checked, and what it throws is shown, at either side', async () => {
  const thrown = new Error('of the callback');
  const throws = () => {
    throw thrown;
  };
  const bad: [() => unknown, string | Error][] = [
    [() => 'text', 'ERR_INVALID_ARG_TYPE'],
    [() => ({ psk: 'text', identity: 'me' }), 'ERR_INVALID_ARG_TYPE'],
    [() => ({ psk: Buffer.alloc(513), identity: 'me' }), 'ERR_INVALID_ARG_VALUE'],
    [throws, thrown],
  ];
  const good = () => ({ psk, identity: 'me' });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const options = { ciphers: 'PSK+HIGH:TLS_AES_128_GCM_SHA256', maxVersion: version };
    const look = (error: NodeJS.ErrnoException, expected: string | Error) => {
      if (typeof expected === 'string') assert.is(error.code, expected);
      else assert.is(error, expected);
    };
    for (const [callback, expected] of bad) {
      const serverOptions = { ...options, pskCallback: callback } as unknown as TlsOptions;
      const { port, server } = await listen(own, serverOptions, () => {});
      const failed = event<NodeJS.ErrnoException>(server, 'tlsClientError');
      client(own, port, { ...options, pskCallback: good, checkServerIdentity: noCheck }).on('error', () => {});
      look(await failed, expected);
      const running = await listen(own, { ...options, pskCallback: () => psk } as TlsOptions, () => {});
      const ofClient = {
        ...options,
        pskCallback: callback,
        checkServerIdentity: noCheck,
      } as unknown as ConnectionOptions;
      look(await event(client(own, running.port, ofClient), 'error'), expected);
    }
  }
});

test('a hint that is too long: tlsClientError for each client, as node:tls', async () => {
  const options = { ciphers: 'PSK+HIGH', pskIdentityHint: 'a'.repeat(512), pskCallback: () => psk };
  const { port, server } = await listen(own, options as TlsOptions, () => {});
  const failed = event<NodeJS.ErrnoException>(server, 'tlsClientError');
  const pskCallback = () => ({ psk, identity: 'me' });
  const socket = client(own, port, { ciphers: 'PSK+HIGH', pskCallback, checkServerIdentity: noCheck });
  const error = event<NodeJS.ErrnoException>(socket, 'error');
  assert.is((await failed).code, 'ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED');
  assert.is((await error).code, 'ECONNRESET');
});

test('PSK suites are named or not spoken: HIGH stands for none of them, and a server with a callback has its certificates', async () => {
  const options = { ...keyPair('server_p256'), ciphers: 'HIGH', maxVersion: 'TLSv1.2' } as const;
  const { port } = await listen(own, { ...options, pskCallback: () => psk } as TlsOptions, () => {});
  const pskCallback = () => ({ psk, identity: 'me' });
  const named = { ciphers: 'PSK', pskCallback, checkServerIdentity: noCheck, maxVersion: 'TLSv1.2' } as const;
  assert.match((await event<NodeJS.ErrnoException>(client(own, port, named), 'error')).code ?? '', /HANDSHAKE_FAILURE/);
  const socket = client(own, port, { ca, ciphers: 'PSK:HIGH', pskCallback, maxVersion: 'TLSv1.2' });
  await event(socket, 'secureConnect');
  assert.not.match(socket.getCipher().name, /PSK/);
});

test.run();
