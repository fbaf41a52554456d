// Flags are read as node reads them: NODE_OPTIONS, then the command line, and the last one wins.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hasFlag, valueOfFlag } from '../../src/adapters/node/tls/host_flags.ts';

const { execArgv } = process;
const options = process.env['NODE_OPTIONS'];

test.after.each(() => {
  process.execArgv = execArgv;
  if (options === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = options;
});

const rows: readonly (readonly [string, string[], string | null])[] = [
  ['', [], null],
  ['--tls-keylog=a', [], 'a'],
  ['--tls-keylog=a', ['--tls-keylog=b'], 'b'],
  ['', ['--tls-keylog=a', '--tls-keylog', 'b'], 'b'],
  ['--tls_keylog "a b"', [], 'a b'],
  ['--tls-keylog="a \\"b\\""', [], 'a "b"'],
  ['', ['--tls-keylog'], null],
  ['', ['--tls-keylogs=a'], null],
];

for (const [environment, line, expected] of rows) {
  test(`${environment || 'no NODE_OPTIONS'}, ${line.join(' ') || 'no flags'}`, () => {
    process.env['NODE_OPTIONS'] = environment;
    process.execArgv = line;
    assert.is(valueOfFlag('--tls-keylog'), expected);
  });
}

test('a flag without a value, by either spelling', () => {
  process.env['NODE_OPTIONS'] = '--use_openssl_ca';
  process.execArgv = [];
  assert.ok(hasFlag('--use-openssl-ca'));
  assert.not(hasFlag('--use-system-ca'));
});

test.run();
