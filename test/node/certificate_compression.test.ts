// certificateCompression in castls/node (RFC 8879): what travels, what is refused, what bombs come to.

import { connect } from 'node:net';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compressionsOf,
  getCertificateCompressionAlgorithms,
} from '../../src/adapters/node/tls/certificate_compression.ts';
import { hostCertificateCompression } from '../../src/adapters/web/certificate_compression.ts';
import * as castls from '../../src/node.ts';
import { codeOf } from '../support/code_of.ts';
import { ca, cleanUp, client, event, keyPair, listen, node, own } from '../support/node_tls.ts';

test.after.each(cleanUp);

const names = getCertificateCompressionAlgorithms();

test('what this Node.js has is told', () => {
  assert.equal(names.slice(0, 2), ['zlib', 'brotli']);
  assert.equal(castls.getCertificateCompressionAlgorithms(), names);
});

for (const name of names) {
  test(`${name}: the certificates of both sides travel compressed, and fewer bytes with them`, async () => {
    const received: number[] = [];
    for (const certificateCompression of [[], [name]]) {
      const server = { ...keyPair('server_rsa'), ca, requestCert: true, certificateCompression } as TlsOptions;
      const { port } = await listen(own, server, socket => socket.resume());
      const mine = { ...keyPair('client_rsa'), certificateCompression, maxVersion: 'TLSv1.3' } as ConnectionOptions;
      const below = connect(port, '127.0.0.1');
      const socket = client(own, port, { ...mine, socket: below });
      await event(socket, 'secureConnect');
      assert.is(socket.authorized, true);
      received.push(below.bytesRead);
    }
    assert.ok(received[1] < received[0], `${received}`);
  });

  test(`${name}: what is undone stops at the length that the peer told`, () => {
    const [method] = compressionsOf([name])!;
    const body = new Uint8Array(50_000).fill(7);
    const small = method.compress!(body, new AbortController().signal) as Uint8Array;
    assert.ok(small.length < 1000);
    assert.equal(method.decompress(small, body.length, new AbortController().signal), body);
    assert.throws(() => method.decompress(small, 49_999, new AbortController().signal));
    assert.throws(() =>
      method.decompress(small.subarray(0, small.length - 5), body.length, new AbortController().signal),
    );
  });
}

test('a node:tls of old, which compresses nothing, is served all the same', async () => {
  const server = { ...keyPair('server_p256'), certificateCompression: names } as TlsOptions;
  const { port } = await listen(own, server, socket => socket.resume());
  await event(client(node, port, {}), 'secureConnect');
});

test('names are checked: unknown ones, other kinds, zstd where there is none', () => {
  for (const certificateCompression of ['zlib', ['gzip'], [1], {}]) {
    const code = codeOf(() => castls.createSecureContext({ certificateCompression } as never));
    assert.is(code, 'ERR_INVALID_ARGUMENT');
  }
  const code = codeOf(() => castls.createSecureContext({ certificateCompression: ['zstd'] }));
  assert.is(code, (names as string[]).includes('zstd') ? 'no error' : 'ERR_UNSUPPORTED_ALGORITHM');
});

test("the host's streams: zlib always, brotli and zstd where there are such, each bounded", async () => {
  const methods = hostCertificateCompression();
  assert.is(methods.at(-1)?.id, 1);
  const signal = new AbortController().signal;
  for (const method of methods) {
    const body = new Uint8Array(20_000).fill(1);
    const small = (await method.compress?.(body, signal)) as Uint8Array;
    assert.equal(await method.decompress(small, body.length, signal), body);
    const failure = await Promise.resolve(method.decompress(small, 100, signal)).then(
      () => null,
      error => error,
    );
    assert.instance(failure, RangeError);
  }
});

test.run();
