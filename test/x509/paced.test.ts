// Verification that gives way wherever it can (maxBlockMs), on all chains that the tests below verify: the result, the error and
// where it points are the same as at once.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pacedToo } from '../support/x509_verify.ts';
import './chain.test.ts';
import './doubt.test.ts';
import './judgement.test.ts';
import './names.test.ts';
import './revocation.test.ts';
import './transparency.test.ts';

pacedToo.comparisons = [];

test('the verifications of the tests above end the same in slices', async () => {
  const turns = await Promise.all(pacedToo.comparisons ?? []);
  assert.ok(turns.length > 100, `${turns.length} verifications`);
  assert.ok(turns.filter(each => each > 1).length > 50);
});

test.run();
