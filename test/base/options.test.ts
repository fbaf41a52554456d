// Options by table: unknown names, kinds, nearest names, null, inherited names, and what messages may show.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bytes,
  callable,
  either,
  flag,
  instant,
  integer,
  listOf,
  nearestName,
  objectWith,
  oneOf,
  orNull,
  readHostOptions,
  readOptions,
  refuseBeside,
  required,
  text,
  withDefault,
} from '../../src/base/options.ts';

const table = {
  serverName: text,
  minVersion: withDefault(oneOf('TLSv1.2', 'TLSv1.3'), 'TLSv1.2'),
  time: instant,
  limit: integer(1, 7),
  rejectUnauthorized: withDefault(flag, true),
  key: bytes,
  names: listOf(text),
  verifier: orNull(objectWith<object>('a PeerVerifier', 'verify')),
  hook: callable<() => void>(),
  either: either(text, integer(0, 1)),
};

function refuses(given: unknown, pattern: RegExp): void {
  assert.throws(
    () => readOptions('f', table, given),
    (error: { code?: string; message: string }) => error.code === 'ERR_INVALID_ARGUMENT' && pattern.test(error.message),
  );
}

test('absent options have their defaults, given ones their values', () => {
  const values = readOptions('f', table, { serverName: 'a', rejectUnauthorized: false, limit: undefined });
  assert.is(values.serverName, 'a');
  assert.is(values.rejectUnauthorized, false);
  assert.is(values.minVersion, 'TLSv1.2');
  assert.is(values.limit, undefined);
});

test('an unknown name is refused with the nearest known one', () => {
  refuses({ servername: 'a' }, /servername: did you mean serverName/);
  refuses({ server_name: 'a' }, /did you mean serverName/);
  refuses({ rejectUnauthorised: false }, /did you mean rejectUnauthorized/);
  refuses({ rejectUnathorized: false }, /did you mean rejectUnauthorized/);
  refuses({ tiem: 1 }, /did you mean time/);
  refuses({ quite: 1 }, /f has no option quite: it has serverName, minVersion/);
  refuses(Object.create({ servername: 'inherited' }), /did you mean serverName/);
  refuses(JSON.parse('{"__proto__": 1}'), /has no option __proto__/);
});

test('values of another kind are refused, whatever they are', () => {
  const wrong: Record<string, unknown[]> = {
    serverName: [null, 1, {}, [], true],
    minVersion: [null, 'TLSv1.1', 3, ''],
    time: [null, Number.NaN, Number.POSITIVE_INFINITY, '2026-01-01', new Date(Number.NaN), {}],
    limit: [null, 0, 8, 1.5, Number.NaN, '3', 3n],
    rejectUnauthorized: [null, 0, 'false', 'true'],
    key: [null, 'text', [1], new Uint16Array(1), new DataView(new ArrayBuffer(1))],
    names: [null, 'a', [1], ['a', null]],
    verifier: [{}, [], 'x', 1],
    hook: [null, {}, 'x'],
    either: [null, 2, {}],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) refuses({ [name]: value }, new RegExp(`^f: ${name} is .*, not `));
  }
});

test('options that are no object are refused', () => {
  for (const given of [null, undefined, 1, 'a', []]) refuses(given, /the options are .*, not an object/);
});

test('a message shows no long text and no bytes', () => {
  const secret = 'correct horse battery staple';
  for (const given of [{ limit: secret }, { limit: new TextEncoder().encode(secret) }, { limit: [secret] }]) {
    assert.throws(
      () => readOptions('f', table, given),
      (error: Error) => !error.message.includes('horse'),
    );
  }
});

test('an option that is missing is named with what it has to be', () => {
  assert.throws(() => readOptions('f', { key: required(bytes) }, {}), /f: the option key is missing: a Uint8Array/);
});

test('an option is read once', () => {
  let reads = 0;
  const given = {
    get limit() {
      reads++;
      return reads === 1 ? 3 : Number.NaN;
    },
  };
  assert.is(readOptions('f', table, given).limit, 3);
  assert.is(reads, 1);
});

test('in the shape of a host unknown names pass, near ones warn, null is absent, wrong values are refused', () => {
  const warnings: string[] = [];
  const read = (given: unknown) =>
    readHostOptions('connect', table, given, text => warnings.push(text), new Set(['host']));
  const values = read({ agent: 1, _agentKey: 'k', host: 'x', rejectUnauthorised: false, ServerName: 'a', limit: null });
  assert.is(values.rejectUnauthorized, true);
  assert.is(values.limit, undefined);
  assert.equal(warnings, [
    'connect: the option rejectUnauthorised is not known and has no effect; is rejectUnauthorized meant?',
    'connect: the option ServerName is not known and has no effect; is serverName meant?',
  ]);
  assert.throws(() => read({ limit: 9 }), /limit is 9/);
  assert.is(read(undefined).limit, undefined);
});

test('short names have no near ones but in another case', () => {
  assert.is(nearestName('cb', ['ca']), undefined);
  assert.is(nearestName('CA', ['ca']), 'ca');
  assert.is(nearestName('certs', ['cert']), 'cert');
  assert.is(nearestName('path', ['port', 'paths2']), undefined);
});

test('options of which one would be ignored are refused', () => {
  assert.throws(() => refuseBeside('f', { secureContext: {}, ca: 'x' }, 'secureContext', ['ca']), /ca has no effect/);
  refuseBeside('f', { secureContext: {}, ca: undefined }, 'secureContext', ['ca']);
  refuseBeside('f', { ca: 'x' }, 'secureContext', ['ca']);
});

test.run();
