// Keys that wear out (RFC 9846 §5.5): one's own are changed, the peer's are asked for.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { nodeProvider } from '../support/node_provider.ts';
import { dataOf, makePair, move, type Pair, type PairOptions, pump } from '../support/pair.ts';

const text = (value: string) => new TextEncoder().encode(value);

function established(options: PairOptions): Pair {
  const pair = makePair(options);
  pump(pair);
  assert.is(pair.client.state, 'established');
  assert.is(pair.server.state, 'established');
  return pair;
}

/** A provider whose TLS 1.3 keys have so many records in them. */
function wearing(records: number): CryptoProvider {
  const provider = nodeProvider();
  const cipherSuites13 = provider.cipherSuites13.map(suite => ({
    ...suite,
    protect: (secret: Parameters<typeof suite.protect>[0]) => {
      const protection = suite.protect(secret);
      return new Proxy(protection, {
        get: (target, name) => {
          if (name === 'remaining') return Math.max(0, records - target.sequence);
          const value = target[name as keyof typeof target];
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  }));
  return { ...provider, cipherSuites13 };
}

test('keys that are worn out are changed before more is written (§5.5)', () => {
  const pair = established({ client: { provider: wearing(100) } });
  for (let i = 0; i < 100; i++) {
    assert.is(pair.client.write(text('x')), 1);
    move(pair.client, pair.server);
  }
  pump(pair);
  assert.is(pair.server.error, null);
  assert.is(dataOf(pair.serverEvents).length, 100);
});

test('a peer whose keys wear out is asked for others, once until it changes them (§4.6.3, §5.5)', () => {
  const left = 2 ** 20 + 10;
  const pair = established({ client: { provider: wearing(left) } });
  const requests = () => pair.client.takeOutput().map(bytes => bytes.length);
  const send = (count: number) => {
    for (let i = 0; i < count; i++) {
      pair.server.write(text('x'));
      move(pair.server, pair.client);
    }
  };
  send(5);
  assert.equal(requests(), []);
  send(10);
  const asked = pair.client.takeOutput();
  assert.is(asked.length, 1);
  assert.is(asked[0].length, 5 + 5 + 1 + 16);
  send(10);
  assert.equal(requests(), []);
  pair.server.receive(asked[0]); // it answers with a KeyUpdate of its own
  send(5);
  assert.equal(requests(), []);
  assert.is(pair.client.error, null);
});

test.run();
