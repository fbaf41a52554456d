// A core whose memory is full of record contexts and secrets: what has no room is a typed error, every other context goes on.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import { codeOf } from '../support/code_of.ts';
import { hostRandom } from '../support/core.ts';

const APPLICATION_DATA = 23;
const LIMIT = 16384;

/** Contexts in pairs, one of which opens what the other seals. */
interface Crowd {
  readonly pairs: [RecordProtection, RecordProtection][];
  readonly secrets: Secret[];
}

const numbered = (n: number) => new Uint8Array(48).map((_, i) => (n * 31 + i) & 0xff);

/** Every context of the crowd seals and opens the next record, every secret is what it was. */
function checkCrowd(owner: WasmCore, { pairs, secrets }: Crowd): void {
  pairs.forEach(([seal, open], n) => {
    const content = Uint8Array.of(n & 0xff, n >> 8, 3);
    const opened = open.openNext(seal.sealNext(APPLICATION_DATA, content, LIMIT), LIMIT);
    if (opened.failure !== null || Buffer.compare(opened.plaintext, content) !== 0) assert.unreachable(`context ${n}`);
  });
  secrets.forEach((held, n) => {
    if (Buffer.compare(owner.dangerousReveal(held), numbered(n)) !== 0) assert.unreachable(`secret ${n}`);
  });
}

function disposeCrowd({ pairs, secrets }: Crowd): void {
  for (const each of [...pairs.flat(), ...secrets]) each.dispose();
}

for (const suiteName of ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']) {
  test(`${suiteName}: no room for one more context is a typed error, all others go on, and so does it after a free`, () => {
    const small = new WasmCore(hostRandom, { maximumBytes: 3 * 1024 * 1024 });
    const provider = wasmProvider(small);
    const suite = provider.cipherSuites13.find(each => each.name === suiteName)!;
    const { outputLength } = suite.keyDerivation.hash;
    const crowd: Crowd = { pairs: [], secrets: [] };
    const bytes = new Uint8Array(outputLength);
    let traffic = small.createSecret(outputLength);
    const newPair = (n: number): [RecordProtection, RecordProtection] => {
      traffic.dispose();
      bytes.fill(n & 0xff).fill(n >> 8, 3);
      traffic = small.importSecret(bytes);
      const first = suite.protect(traffic);
      try {
        return [first, suite.protect(traffic)];
      } catch (error) {
        first.dispose();
        throw error;
      }
    };
    crowd.secrets.push(...Array.from({ length: 100 }, (_, n) => small.importSecret(numbered(n))));
    const hash = suite.keyDerivation.hash.start();
    hash.update(numbered(1));
    const fill = () =>
      codeOf(() => {
        for (;;) crowd.pairs.push(newPair(crowd.pairs.length));
      });
    assert.is(fill(), 'ERR_OUT_OF_MEMORY');
    assert.ok(crowd.pairs.length > 1000, `${crowd.pairs.length} pairs`);
    const full = small.liveSlots;
    for (let round = 0; round < 3; round++) {
      checkCrowd(small, crowd);
      assert.is(
        codeOf(() => newPair(0)),
        'ERR_OUT_OF_MEMORY',
      );
      // One pair goes, another takes its place, and then it is full again.
      const at = (round * 997) % crowd.pairs.length;
      for (const context of crowd.pairs[at]) context.dispose();
      checkCrowd(small, { pairs: crowd.pairs.filter((_, n) => n !== at), secrets: crowd.secrets });
      crowd.pairs[at] = newPair(at);
      assert.is(small.liveSlots, full);
    }
    // What needs no slot goes on: a hash of a piece, the end of a running one.
    assert.is(suite.keyDerivation.hash.digest(numbered(2)).length, outputLength);
    assert.equal(hash.digest(), suite.keyDerivation.hash.digest(numbered(1)));
    hash.dispose();
    traffic.dispose();
    disposeCrowd(crowd);
    assert.is(small.liveSlots, 0);
    assert.is(small.abandonedSlots, 0);
  });
}

test('40,000 record contexts and 120,000 secrets fill a core, are unharmed by each other and by what has no more room', () => {
  // 40,000 slots of 144 bytes, 120,000 of 64, and what a slab needs: nothing is left for twice as many.
  const large = new WasmCore(hostRandom, { maximumBytes: 2_752_512 + 13_600_000 });
  const provider = wasmProvider(large);
  const suite = provider.cipherSuites13[0];
  const traffic = large.importSecret(numbered(7).subarray(0, 32));
  const crowd: Crowd = { pairs: [], secrets: [] };
  for (let n = 0; n < 20_000; n++) crowd.pairs.push([suite.protect(traffic), suite.protect(traffic)]);
  for (let n = 0; n < 120_000; n++) crowd.secrets.push(large.importSecret(numbered(n)));
  assert.is(large.liveSlots, 160_001);
  checkCrowd(large, crowd);
  const more: RecordProtection[] = [];
  const failure = codeOf(() => {
    for (;;) more.push(suite.protect(traffic));
  });
  assert.is(failure, 'ERR_OUT_OF_MEMORY');
  assert.ok(more.length < 2000, `${more.length} more`);
  checkCrowd(large, crowd);
  for (const context of more) context.dispose();
  const again = suite.protect(traffic);
  checkCrowd(large, crowd);
  for (const each of [again, traffic]) each.dispose();
  disposeCrowd(crowd);
  assert.is(large.liveSlots, 0);
});

test.run();
