// The hostile families of scripts/cost/x509_families.mjs: each ends with an answer or a typed error. What they take is not
// measured here; were one of them quadratic again, its test would not end in time.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { x509Families } from '../../scripts/cost/x509_families.mjs';
import * as x509 from '../../src/x509.ts';

/** Files that ask for as much as the limits allow take seconds: the script runs them. */
const families = x509Families.filter(
  ({ kind, name }) => kind !== 'file' || /: (many keys|many cheap|octets)/.test(name),
);

for (const { name, kind, make } of families) {
  test(`${name}: ends with an answer or a typed error`, async () => {
    const { bytes, run } = make(kind === 'message' ? 100 * 1024 : 200_000, x509);
    assert.ok(bytes > 50_000, `${bytes} bytes`);
    assert.match(await run(), /^(accepted|read|ERR_[A-Z_]+)$/);
  });
}

test.run();
