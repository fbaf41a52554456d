// Bytes that are held once: found by content alone, and in bounds, whatever comes.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sharedBytes } from '../../src/base/shared_bytes.ts';

/** Bytes that nobody else has. */
const distinct = (() => {
  let made = 0;
  return (length: number): Uint8Array => {
    const bytes = new Uint8Array(length).fill(0x5a);
    new DataView(bytes.buffer).setUint32(length - 4, ++made);
    return bytes;
  };
})();

test('the same bytes are one array, which is not that of whoever brought them', () => {
  for (const length of [4, 23, 24, 25, 500, 12 * 1024]) {
    const bytes = distinct(length);
    const shared = sharedBytes(bytes);
    assert.is.not(shared, bytes);
    assert.equal(shared, bytes);
    assert.is(sharedBytes(bytes.slice()), shared);
    assert.is(sharedBytes(Buffer.from(bytes)), shared);
    const before = bytes.slice();
    bytes.fill(0);
    assert.equal(shared, before);
    assert.is(sharedBytes(before), shared);
  }
  assert.equal(sharedBytes(new Uint8Array(0)).length, 0);
});

test('a view shares nothing but its own bytes', () => {
  const whole = distinct(1000);
  const shared = sharedBytes(whole.subarray(200, 600));
  assert.equal([shared.byteOffset, shared.buffer.byteLength], [0, 400]);
  const pooled = Buffer.from('of a pool that other Buffers are in, too');
  assert.is(sharedBytes(pooled).buffer.byteLength, pooled.length);
});

test('what ends alike is told apart: nobody passes one thing for another', () => {
  const one = distinct(600);
  const shared = sharedBytes(one);
  for (const at of [0, 1, 300, 575]) {
    const other = one.slice();
    other[at] ^= 1;
    assert.equal(sharedBytes(other), other);
    assert.is.not(sharedBytes(other), shared);
    // It took the place of the first, which is as it was.
    assert.equal(sharedBytes(one), one);
    assert.equal(shared, one);
  }
  const shorter = one.subarray(1);
  assert.equal(sharedBytes(shorter), shorter);
});

test('what is asked for stays, what is not goes: there is a bound to what peers can have kept', () => {
  const [wanted, forgotten] = [distinct(700), distinct(700)];
  const kept = sharedBytes(wanted);
  const once = sharedBytes(forgotten);
  for (let i = 0; i < 2000; i++) {
    sharedBytes(distinct(500));
    if (i % 50 === 0) assert.is(sharedBytes(wanted), kept);
  }
  assert.is.not(sharedBytes(forgotten), once);
});

test('the bound is one of bytes: some large ones have the effect of many small ones, and what is larger is not kept', () => {
  const [small, large] = [distinct(100), distinct(12 * 1024 + 1)];
  const kept = sharedBytes(small);
  assert.is.not(sharedBytes(large), sharedBytes(large));
  for (let i = 0; i < 1000; i++) sharedBytes(large);
  assert.is(sharedBytes(small), kept);
  for (let i = 0; i < 40; i++) sharedBytes(distinct(12 * 1024));
  assert.is.not(sharedBytes(small), kept);
});

test.run();
