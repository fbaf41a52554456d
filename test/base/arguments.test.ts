// Checks of arguments: what passes, and that nothing else does.

import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  entryOf,
  requireBytes,
  requireFunction,
  requireInteger,
  requireObject,
  requireString,
} from '../../src/base/arguments.ts';
import { codeOf } from '../support/code_of.ts';
import { wrongValues } from '../support/wrong_values.ts';

test('bytes: Uint8Arrays of every realm and subclass, empty ones too', () => {
  const foreign = runInNewContext('new Uint8Array(3)');
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(3),
    Buffer.from('abc'),
    foreign,
    new Uint8Array(8).subarray(8),
  ]) {
    requireBytes(bytes, 'it');
  }
});

test('anything else is no bytes, nor is a view of a detached buffer (ERR_INVALID_ARGUMENT)', () => {
  const others = [new Int8Array(1), new Uint8ClampedArray(1), new Uint16Array(1), new DataView(new ArrayBuffer(1))];
  const dressed = { length: 1, [Symbol.toStringTag]: 'Uint8Array' };
  for (const value of [...wrongValues().map(([, wrong]) => wrong), ...others, dressed]) {
    assert.is(
      codeOf(() => requireBytes(value, 'it')),
      'ERR_INVALID_ARGUMENT',
      String(Object.prototype.toString.call(value)),
    );
  }
});

test('integers in a range, and no other number', () => {
  for (const value of [1, 2, 3]) requireInteger(value, 1, 3, 'it');
  for (const value of [0, 4, 1.5, NaN, Infinity, -1, 2n, '2', [2], null, undefined, Symbol('2')]) {
    assert.is(
      codeOf(() => requireInteger(value, 1, 3, 'it')),
      'ERR_INVALID_ARGUMENT',
    );
  }
  assert.is(
    codeOf(() => requireInteger(0, 1, 3, 'it', 'ERR_BAD_LENGTH')),
    'ERR_BAD_LENGTH',
  );
});

test('strings, functions, objects', () => {
  requireString('', 'it');
  requireFunction(() => 0, 'it');
  requireObject([], 'it');
  for (const value of [undefined, null, 1, Symbol('x')]) {
    for (const check of [requireString, requireFunction, requireObject]) {
      assert.is(
        codeOf(() => check(value, 'it')),
        'ERR_INVALID_ARGUMENT',
      );
    }
  }
});

test('a table has the entries of its own alone', () => {
  const table = { one: 1 };
  assert.is(entryOf(table, 'one'), 1);
  for (const name of ['two', '__proto__', 'toString', 'constructor', 1, null, undefined, Symbol('one'), ['one']]) {
    assert.is(entryOf(table, name), undefined);
  }
});

test.run();
