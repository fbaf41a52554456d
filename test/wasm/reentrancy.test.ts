// A random source is the caller's code: it may call back into castls, fill the exchange area by other operations, make memory
// grow, and dispose of the very keys that the operation is about. No pointer is taken before it runs.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import type { RandomSource } from '../../src/crypto/secret.ts';
import { EXCHANGE_LENGTH, WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { makeRun, type Operation, operations, saltedOperations } from '../support/core_operations.ts';
import { randomFrom } from '../support/random.ts';

let current: RandomSource = () => {};
const core = new WasmCore(target => current(target));
const provider = fullProvider(core);
const p256 = provider.groups.find(group => group.name === 'secp256r1')!;

interface Outcome {
  /** Public results, then the secrets that the caller came to own and that still live. */
  readonly bytes: readonly Uint8Array[];
  /** How many of them are public results. */
  readonly results: number;
  readonly error: unknown;
  readonly draws: number;
}

interface Disposable {
  dispose(): void;
}

/** Runs with the same random bytes each time. @param before what the source does at draw n, with all that is owned by then */
async function run(operation: Operation, before: (draw: number, owned: Disposable[]) => void): Promise<Outcome> {
  const random = randomFrom(9);
  const owned: Disposable[] = [];
  let draws = 0;
  let inside = false;
  current = target => {
    const bytes = random.bytes(target.length);
    if (!inside) {
      inside = true;
      before(draws++, owned);
      inside = false;
    }
    target.set(bytes);
  };
  const made = makeRun(core, 1, target => current(target));
  const own = <T extends Disposable>(thing: T): T => {
    owned.push(thing);
    return made.own(thing);
  };
  const bytes: Uint8Array[] = [];
  let results = 0;
  let error: unknown;
  try {
    bytes.push(...(await operation({ ...made, own })));
    results = bytes.length;
    for (const thing of owned) {
      if (!('length' in thing) || (thing as unknown as { disposed: boolean }).disposed) continue;
      bytes.push(core.dangerousReveal(thing as never));
    }
  } catch (thrown) {
    error = thrown;
  }
  made.end();
  return { bytes, results, error, draws };
}

/** Other operations, which use all of the exchange area and then some. */
function interfere(): void {
  core.bytes.fill(0xa5, core.exchange, core.exchange + EXCHANGE_LENGTH);
  const secret = core.importSecret(new Uint8Array(32).fill(3));
  provider.keyDerivation('sha512').hmac(secret, new Uint8Array(1000).fill(4));
  const protection = provider.cipherSuites13[0].protect(secret);
  protection.sealNext(23, new Uint8Array(40_000).fill(5), 16384);
  protection.dispose();
  const scalar = randomFrom(8).bytes(32);
  const answer = p256.respond(P256_POINT, target => target.set(scalar)) as { sharedSecret: Disposable };
  answer.sharedSecret.dispose();
  secret.dispose();
  // A view of the memory that is kept across this is empty.
  core.free(core.allocate(1024 * 1024 * ++grown));
}
let grown = 0;
// The generator (SP 800-186 §3.2.1.3).
const P256_POINT = Uint8Array.from(
  Buffer.from(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
);

/** What takes the place of a slot that was freed. */
function occupy(): Disposable[] {
  return [40, 64, 120, 136, 400, 1200, 2000, 4000, 6000].flatMap(length =>
    Array.from({ length: 6 }, () => core.importSecret(new Uint8Array(length).fill(0x77))),
  );
}

for (const [name, operation] of Object.entries({ ...operations, ...saltedOperations })) {
  test(`${name}: a source that calls back changes nothing`, async () => {
    const alone = await run(operation, () => {});
    assert.is(alone.error, undefined);
    if (alone.draws === 0) return;
    grown = 0;
    const disturbed = await run(operation, interfere);
    assert.is(disturbed.error, undefined);
    assert.equal(disturbed.bytes, alone.bytes);
    assert.is(core.liveSlots, 0);
  });

  test(`${name}: a source that disposes of what is in use gives ERR_STALE_HANDLE, never a result under other keys`, async () => {
    const alone = await run(operation, () => {});
    for (let at = 0; at < alone.draws; at++) {
      const squatters: Disposable[] = [];
      const outcome = await run(operation, (draw, owned) => {
        if (draw !== at) return;
        for (const thing of owned) thing.dispose();
        squatters.push(...occupy());
      });
      for (const squatter of squatters) squatter.dispose();
      if (outcome.error !== undefined) {
        assert.instance(outcome.error, TlsError, `draw ${at}: ${outcome.error}`);
        const { code } = outcome.error as TlsError;
        assert.ok(code === 'ERR_STALE_HANDLE' || code === 'ERR_INVALID_STATE', `draw ${at}: ${code}`);
      } else {
        assert.equal(outcome.bytes.slice(0, outcome.results), alone.bytes.slice(0, alone.results), `draw ${at}`);
      }
      assert.is(core.liveSlots, 0, `slots after draw ${at}`);
    }
  });
}

/** What takes an address, or puts something where the next operation overwrites it. */
const POINTER = /pointerOf\(|\.pointer\(\)|withExchange\(|\.exchange\b|\ballocate\(/;
/** What runs code of the caller's. */
const CALLBACK =
  /\brandomBytes\(|\bfillRandom\(|\brandomSecret\(|\bgenerateScalar\(random|\bonProgress\b.*\(|\breport\(\)/;

/** Functions of a source text that run a callback behind a pointer: "line: text". */
function suspects(text: string): string[] {
  const found: string[] = [];
  let pointer = false;
  for (const [i, line] of text.split('\n').entries()) {
    // A function of the module or a method of a class begins: two levels of indentation at most.
    if (
      /^(export )?(async )?(function|const) |^ {2}(static |async |get |set )?[#\w]+\(.*\{$|^ {2}constructor\(/.test(
        line,
      )
    ) {
      pointer = false;
    }
    if (/^\s*(\/\/|\*|\/\*|import )/.test(line)) continue;
    if (pointer && CALLBACK.test(line)) found.push(`${i + 1}: ${line.trim()}`);
    // A check of a handle keeps no address.
    if (POINTER.test(line) && !/^\s*(this\.)?#?core\.pointerOf\(\w+\);/.test(line)) pointer = true;
  }
  return found;
}

test('no function of src/wasm takes a pointer before it runs a callback', () => {
  const root = fileURLToPath(new URL('../../src/wasm', import.meta.url));
  const found: string[] = [];
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    found.push(...suspects(readFileSync(join(root, file), 'utf8')).map(where => `${file}:${where}`));
  }
  assert.equal(found, []);
});

test('the search for that finds the pattern', () => {
  const planted = [
    'export function f() {',
    '  const at = slot.pointer();',
    '  const ivs = randomBytes(random, 16);',
    '}',
  ];
  assert.is(suspects(planted.join('\n')).length, 1);
  assert.is(suspects([planted[0], planted[2], planted[1], planted[3]].join('\n')).length, 0);
  const method = [
    '  sign(key) {',
    '    core.bytes.set(key, core.exchange);',
    '    const r = randomBytes(random, 16);',
    '  }',
  ];
  assert.is(suspects(method.join('\n')).length, 1);
});

test.run();
