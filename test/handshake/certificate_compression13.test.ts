// Certificates that travel compressed (RFC 8879): both roles, unknown algorithms, bombs, lengths that lie.

import { deflateSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { zlibCertificateCompression as zlib } from '../../src/adapters/web/certificate_compression.ts';
import type { CertificateCompression } from '../../src/handshake/flow/settings.ts';
import { makePair, type Pair, type PairOptions, pumpLater } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

async function handshake(
  client: readonly CertificateCompression[],
  server: readonly CertificateCompression[],
  options: PairOptions = {},
): Promise<Pair> {
  const pair = makePair({
    client: { certificateCompression: client, ...options.client },
    server: { certificateCompression: server, ...options.server },
  });
  const over = () => [pair.client, pair.server].every(({ state }) => state !== 'handshake');
  for (let turns = 0; turns < 200 && !over(); turns++) {
    await pumpLater(pair);
    await new Promise(resolve => setTimeout(resolve, 5)); // the host's streams take turns of their own
  }
  await pumpLater(pair);
  return pair;
}

/** As zlib, with the calls counted. */
function counted(calls: string[]): CertificateCompression {
  return {
    id: zlib.id,
    compress: (body, signal) => {
      calls.push('compress');
      return zlib.compress?.(body, signal) ?? null;
    },
    decompress: (compressed, length, signal) => {
      calls.push('decompress');
      return zlib.decompress(compressed, length, signal);
    },
  };
}

test('a server and a client compress their certificates where the other side can undo it', async () => {
  const [calls, others]: string[][] = [[], []];
  const pair = await handshake([counted(calls)], [counted(others)], {
    client: { credential: credential('client_p256') },
    server: { clientAuth: 'require', verifier: testVerifier() },
  });
  assert.is(pair.client.error ?? pair.server.error, null);
  assert.is(pair.client.info.peer?.kind, 'verified-chain');
  assert.is(pair.server.info.peer?.kind, 'verified-chain');
  assert.equal(calls, ['decompress', 'compress']);
  assert.equal(others, ['compress', 'decompress']);
});

test('nothing is compressed unless both sides say so', async () => {
  const calls: string[] = [];
  for (const [client, server] of [
    [[], [counted(calls)]],
    [[counted(calls)], []],
    [[counted(calls)], [{ ...counted(calls), id: 2 }]],
  ]) {
    const pair = await handshake(client, server);
    assert.is(pair.client.error ?? pair.server.error, null);
  }
  assert.equal(calls, []);
});

/** A server that sends this in the place of its compressed certificate. */
async function lying(answer: (body: Uint8Array) => Uint8Array, id: number = zlib.id): Promise<Pair> {
  return handshake([zlib, { ...zlib, id: 7 }], [{ ...zlib, id, compress: answer }]);
}

test('what comes out at another length, or not at all, is refused (bad_certificate, §4)', async () => {
  const answers: ((body: Uint8Array) => Uint8Array)[] = [
    body => deflateSync(body.subarray(1)),
    body => deflateSync(Buffer.concat([body, body])),
    () => Uint8Array.of(1, 2, 3),
    body => deflateSync(body).subarray(0, -6),
  ];
  for (const answer of answers) {
    const pair = await lying(answer);
    assert.is(pair.client.error?.code, 'ERR_BAD_CERTIFICATE');
    assert.is(pair.server.error?.alert, 42);
  }
});

test('hooks that give nothing usable: an empty form is not sent, what is no bytes is a fault of the hook', async () => {
  assert.is((await lying(() => new Uint8Array(0))).client.error, null);
  const odd = (answer: unknown) => () => answer as Uint8Array;
  for (const answer of [undefined, 'text', 7]) {
    const pair = await lying(odd(answer));
    assert.is(pair.server.error?.code, 'ERR_HOOK_FAILED', String(answer));
  }
  for (const answer of [undefined, null, 'text', { length: 3 }]) {
    const pair = await handshake([{ ...zlib, decompress: odd(answer) }], [zlib]);
    assert.is(pair.client.error?.code, 'ERR_BAD_CERTIFICATE', String(answer));
    assert.is(pair.server.error?.alert, 42);
  }
});

test('a bomb stops at the length that was told (bad_certificate)', async () => {
  const bomb = deflateSync(new Uint8Array(50_000_000));
  assert.ok(bomb.length < 60_000);
  const before = process.memoryUsage().arrayBuffers;
  const pair = await lying(() => bomb);
  assert.is(pair.client.error?.code, 'ERR_BAD_CERTIFICATE');
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000, 'it was not blown up');
});

test('zlib gives back what it took, and no more than it may', async () => {
  const signal = new AbortController().signal;
  const body = new Uint8Array(10_000).map((_, i) => i % 7);
  const small = (await zlib.compress?.(body, signal)) as Uint8Array;
  assert.ok(small.length < body.length);
  assert.equal(await zlib.decompress(small, body.length, signal), body);
  await Promise.resolve(zlib.decompress(small, body.length - 1, signal)).then(
    () => assert.unreachable(),
    (error: Error) => assert.instance(error, RangeError),
  );
});

test.run();
