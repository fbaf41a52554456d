// A random source that lies is caught, whoever asks it: each operation that draws is run with a source that is honest up to
// the n-th draw and lies there, for every n and every lie.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { fillRandom, randomBytes } from '../../src/crypto/random.ts';
import type { RandomSource } from '../../src/crypto/secret.ts';
import { ServerSessionCache } from '../../src/handshake/sessions/session_cache.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { encryptPbes2 } from '../../src/x509/keys/pbes2_write.ts';
import { randomSerial } from '../../src/x509/write/issue.ts';
import { codeOf } from '../support/code_of.ts';
import { hostRandom } from '../support/core.ts';
import { makeRun, type Operation, operations, saltedOperations } from '../support/core_operations.ts';
import { testKeyProvider } from '../support/key_provider.ts';
import { lyingSources } from '../support/lying_sources.ts';
import { makePair, pump } from '../support/pair.ts';
import { randomFrom } from '../support/random.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function assertRefused(error: unknown, words: RegExp, what: string): void {
  assert.instance(error, TlsError, what);
  assert.is((error as TlsError).code, 'ERR_INVALID_STATE', what);
  assert.match((error as TlsError).message, /random source/, what);
  assert.match((error as TlsError).message, words, what);
}

for (const [name, { source, words }] of Object.entries(lyingSources)) {
  test(`drawing from ${name} is ERR_INVALID_STATE and leaves zeros, for every length`, () => {
    for (const length of [1, 4, 15, 16, 32, 65_537]) {
      const target = new Uint8Array(length).fill(9);
      try {
        fillRandom(source, target);
        assert.unreachable(`${length} bytes were drawn`);
      } catch (error) {
        assertRefused(error, words, `${length} bytes`);
      }
      assert.ok(target.every(byte => byte === 0));
    }
  });
}

test('a source that throws is the cause; a TlsError of its own passes', () => {
  const own = new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'no crypto here');
  for (const thrown of [own, new RangeError('too long')]) {
    const failing: RandomSource = () => {
      throw thrown;
    };
    try {
      randomBytes(failing, 32);
      assert.unreachable();
    } catch (error) {
      assert.is(thrown === own ? error : (error as Error).cause, thrown);
    }
  }
  for (const none of [undefined, null, 7, {}] as unknown as RandomSource[]) {
    assert.is(
      codeOf(() => randomBytes(none, 0)),
      'ERR_INVALID_ARGUMENT',
    );
  }
});

test('TypeScript refuses sources that return something', () => {
  // @ts-expect-error a promise
  const late: RandomSource = async target => hostRandom(target);
  // @ts-expect-error an array
  const returning: RandomSource = target => crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
  for (const source of [late, returning]) {
    assert.is(
      codeOf(() => randomBytes(source, 32)),
      'ERR_INVALID_STATE',
    );
  }
});

test('an honest source is asked for 16 to 65,536 bytes; short draws are cut from 32, and none is made for nothing', () => {
  const asked: number[] = [];
  const source: RandomSource = target => {
    asked.push(target.length);
    hostRandom(target);
  };
  for (const length of [0, 1, 15, 16, 65_536, 65_537, 131_080]) randomBytes(source, length);
  assert.equal(asked, [32, 32, 16, 65_536, 65_536, 32, 65_536, 65_536, 32]);
});

/** A core that draws from the run at hand, as whoever gives one source for everything has it. */
let current: RandomSource = hostRandom;
const core = new WasmCore(target => current(target));

async function run(operation: Operation, source: RandomSource): Promise<unknown> {
  const made = makeRun(core, 1, source);
  current = source;
  try {
    await operation(made);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    current = hostRandom;
    made.end();
  }
}

for (const [name, operation] of Object.entries({ ...operations, ...saltedOperations })) {
  test(`${name}: a lie at any draw is refused and leaves no slot`, async () => {
    // The same bytes in every run: the padding of RSA draws again for each zero.
    const honest = (): RandomSource => {
      const random = randomFrom(77);
      return target => target.set(random.bytes(target.length));
    };
    let draws = 0;
    const counted = honest();
    assert.is(
      await run(operation, target => {
        draws++;
        counted(target);
      }),
      undefined,
    );
    for (let lie = 0; lie < draws; lie++) {
      for (const [kind, { source, words }] of Object.entries(lyingSources)) {
        let left = lie;
        const before = core.liveSlots;
        const truth = honest();
        const error = await run(operation, target => (left-- === 0 ? source(target) : truth(target)));
        assertRefused(error, words, `${kind}, draw ${lie}`);
        assert.is(core.liveSlots, before, `slots after ${kind}, draw ${lie}`);
      }
    }
  });
}

for (const [name, { source, words }] of Object.entries(lyingSources)) {
  test(`hellos, tickets, sessions, serial numbers and key files refuse ${name}`, () => {
    for (const side of ['client', 'server'] as const) {
      const provider = testKeyProvider();
      const pair = makePair({ client: { provider }, server: { provider }, [side]: { provider, random: source } });
      pump(pair);
      assertRefused(pair[side].error, words, side);
      assert.not(pair.clientEvents.some(event => event.kind === 'established'));
    }
    const provider = testKeyProvider();
    const keys = new TicketKeys({ provider, random: source });
    const good = new TicketKeys({ provider });
    const entries: Record<string, () => unknown> = {
      'ticket keys': () => keys.seal(new Uint8Array(40)),
      sessions: () => new ServerSessionCache({ keys: good, random: source }).seal(new Uint8Array(40)),
      'serial numbers': () => randomSerial(source),
      'key files': () =>
        encryptPbes2({ ...provider, random: source }, new Uint8Array(40), { passphrase: 'x', iterations: 1000 }),
    };
    keys.replace([randomFrom(1).bytes(48)]);
    for (const [what, entry] of Object.entries(entries)) {
      try {
        entry();
        assert.unreachable(`${what}: not refused`);
      } catch (error) {
        assertRefused(error, words, what);
      }
    }
    keys.dispose();
    good.dispose();
  });
}

test('no other file calls a random source, and none uses Math.random', () => {
  const calls: string[] = [];
  for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file === join('crypto', 'random.ts')) continue;
    const lines = readFileSync(join(root, 'src', file), 'utf8').split('\n');
    for (const [i, line] of lines.entries()) {
      if (/^\s*(\/\/|\*|\/\*)/.test(line) || /^ {2}random\(length: number\)/.test(line)) continue;
      // The seed of a hash table is no secret of the protocol.
      if (file === join('x509', 'crl_index.ts') && line.includes('#seed')) continue;
      // Nor is when the machines of a fleet look at their store, so that they do not all look at once.
      if (file.startsWith('stores') && line.includes('Math.random()')) continue;
      // `hs.random(n)` is the method of Handshake that draws by randomBytes.
      const text = line.replaceAll('hs.random(', '');
      if (/(?<!\w)random\(|\.random\?\.\(/.test(text)) calls.push(`${file}:${i + 1}: ${line.trim()}`);
    }
  }
  assert.equal(calls, []);
});

test.run();
