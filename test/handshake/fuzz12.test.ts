// TLS 1.2 connections whose bytes are changed, lost, doubled or swapped on their way, with a fixed seed: both ends come to
// an end with a typed error or not at all harmed, and nothing stays behind.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { Connection } from '../../src/connection/connection.ts';
import { seededRandom } from '../support/node_provider.ts';
import { concatAll, drain, makePair, type PairOptions } from '../support/pair.ts';
import { credential, testVerifier } from '../support/pki.ts';

const random = seededRandom(0xf22);
function number(below: number): number {
  const four = new Uint8Array(4);
  random(four);
  return new DataView(four.buffer).getUint32(0) % below;
}

function change(bytes: Uint8Array): Uint8Array {
  const at = number(bytes.length);
  const length = 1 + number(20);
  switch (number(5)) {
    case 0:
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << number(8)) : byte));
    case 1:
      return concatAll([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return concatAll([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 3:
      return concatAll([bytes.subarray(0, at), Uint8Array.from({ length }, () => number(256)), bytes.subarray(at)]);
    default:
      return concatAll([bytes.subarray(at), bytes.subarray(0, at)]);
  }
}

/** Runs a handshake; the flight with this number is changed. */
function run(options: PairOptions, target: number): void {
  const pair = makePair(options);
  let flight = 0;
  const move = (from: Connection, to: Connection): number => {
    let output = concatAll(from.takeOutput());
    if (output.length > 0 && flight++ === target) output = change(output);
    for (let at = 0; at < output.length; ) {
      const size = 1 + number(700);
      to.receive(output.subarray(at, at + size));
      at += size;
    }
    return output.length;
  };
  for (let i = 0; i < 20; i++) if (move(pair.client, pair.server) + move(pair.server, pair.client) === 0) break;
  for (const [end, events] of [
    [pair.client, pair.clientEvents],
    [pair.server, pair.serverEvents],
  ] as const) {
    if (end.state === 'established') end.close();
    end.destroy();
    drain(end, events);
    assert.is(end.state, 'closed');
    assert.ok(end.error === null || end.error instanceof TlsError);
    assert.is.not(end.error?.code, 'ERR_INTERNAL', `${(end.error as { cause?: Error } | null)?.cause?.stack}`);
    for (const event of events) if (event.kind === 'session') event.session.secret.dispose();
  }
  assert.is(pair.clientProvider.ledger.alive.size, 0);
  assert.is(pair.serverProvider.ledger.alive.size, 0);
}

const tls12 = { maxVersion: 'TLSv1.2' } as const;
for (const [name, options] of [
  ['a plain handshake', { client: tls12 }],
  [
    'client certificates',
    {
      client: { ...tls12, credential: credential('client_p256') },
      server: { clientAuth: 'require', verifier: testVerifier() },
    },
  ],
  ['a TLS 1.3 client and a TLS 1.2 server', { server: tls12 }],
] as [string, PairOptions][]) {
  test(`${name}: 150 changed handshakes`, () => {
    for (let i = 0; i < 150; i++) run(options, i % 4);
  });
}

test.run();
