// The arena through its owner, WasmCore: handles, generations, exhaustion, wiping.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { WasmCore, WasmSecret } from '../../src/wasm/core.ts';
import { hostRandom } from '../support/core.ts';

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TlsError) return error.code;
    throw error;
  }
  return 'no error';
}

test('a secret comes out as it went in', () => {
  const core = new WasmCore(hostRandom);
  for (const length of [0, 1, 32, 40, 41, 48, 56, 57, 64, 72, 73, 136, 137, 3168, 100_000]) {
    const bytes = new Uint8Array(length);
    hostRandom(bytes);
    const secret = core.importSecret(bytes);
    assert.equal(core.dangerousReveal(secret), bytes);
    secret.dispose();
  }
  assert.is(core.liveSlots, 0);
});

test('a stale handle and a foreign one throw', () => {
  const core = new WasmCore(hostRandom);
  const other = new WasmCore(hostRandom);
  const secret = core.importSecret(new Uint8Array(32));
  assert.is(
    code(() => other.dangerousReveal(secret)),
    'ERR_FOREIGN_HANDLE',
  );
  secret.dispose();
  secret.dispose();
  assert.is(
    code(() => core.dangerousReveal(secret)),
    'ERR_STALE_HANDLE',
  );
  const again = core.importSecret(new Uint8Array(32));
  assert.is(
    code(() => core.dangerousReveal(secret)),
    'ERR_STALE_HANDLE',
  );
  assert.is(core.abi.arenaFree(again.pointer(), core.abi.arenaGeneration(again.pointer()) - 1), 0);
  assert.is(core.liveSlots, 1);
});

test('a freed slot holds no byte of the secret', () => {
  const core = new WasmCore(hostRandom);
  const secret = core.importSecret(new Uint8Array(64).fill(0xa5));
  const at = secret.pointer();
  secret.dispose();
  assert.not.ok(core.bytes.subarray(at, at + 64).includes(0xa5));
  const next = core.createSecret(64);
  assert.is(next.pointer(), at);
  assert.equal(core.dangerousReveal(next), new Uint8Array(64));
});

test('a slot that had every generation is retired: no handle of long ago comes to life', () => {
  const core = new WasmCore(hostRandom);
  const at = core.allocate(64);
  const header = new DataView(core.bytes.buffer, at - 8);
  header.setUint32(0, 0xffff_ffff, true);
  const last = new WasmSecret(core, at, 64);
  core.bytes.fill(0xa5, at, at + 64);
  assert.is(core.liveSlots, 1);
  last.dispose();
  assert.is(core.liveSlots, 0);
  assert.not.ok(core.bytes.subarray(at, at + 64).includes(0xa5));
  const others = Array.from({ length: 1000 }, () => core.createSecret(64));
  assert.not.ok(others.some(other => other.pointer() === at));
  for (const generation of [0, 1, 0xffff_ffff]) assert.is(core.abi.arenaFree(at, generation), 0);
  for (const other of others) other.dispose();
  // One before the last goes on.
  const next = core.allocate(64);
  new DataView(core.bytes.buffer, next - 8).setUint32(0, 0xffff_fffe, true);
  core.free(next);
  assert.is(core.allocate(64), next);
  core.free(next);
});

test('at the maximum: a typed error, all others unharmed, and on it goes after a free', () => {
  const core = new WasmCore(hostRandom, { maximumBytes: 3 * 1024 * 1024 });
  const secrets = [];
  const fill = (n: number) => new Uint8Array(64).map((_, i) => (n * 7 + i) & 0xff);
  let failure = '';
  for (let n = 0; failure === ''; n++) {
    failure = '';
    try {
      secrets.push(core.importSecret(fill(n)));
    } catch (error) {
      failure = (error as TlsError).code;
    }
  }
  assert.is(failure, 'ERR_OUT_OF_MEMORY');
  assert.ok(secrets.length > 1000);
  secrets.forEach((secret, n) => assert.equal(core.dangerousReveal(secret), fill(n)));
  secrets[5].dispose();
  secrets[5] = core.importSecret(fill(5));
  assert.is(
    code(() => core.importSecret(fill(0))),
    'ERR_OUT_OF_MEMORY',
  );
  secrets.forEach((secret, n) => assert.equal(core.dangerousReveal(secret), fill(n)));
});

test('120,000 secrets of 64 bytes live at once in less than 12 MB', () => {
  const core = new WasmCore(hostRandom);
  const before = core.bytes.length;
  const secrets = Array.from({ length: 120_000 }, (_, n) => core.importSecret(new Uint8Array(64).fill(n & 0xff)));
  assert.is(core.liveSlots, 120_000);
  assert.ok(core.bytes.length - before < 12_000_000);
  assert.equal(core.dangerousReveal(secrets[70_000]), new Uint8Array(64).fill(70_000 & 0xff));
  for (const secret of secrets) secret.dispose();
  assert.is(core.liveSlots, 0);
  assert.is(core.abandonedSlots, 0);
});

test.run();
