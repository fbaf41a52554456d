// The options of both fleets: misspelt names, null, and values that only look right.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openProcessFleet } from '../../src/stores/process/fleet.ts';
import { checkedRedisOptions } from '../../src/stores/redis/options.ts';
import { localWrapper } from '../../src/stores/wrapper.ts';
import { defaultProvider } from '../../src/wasm/default_provider.ts';
import { codeOf } from '../support/code_of.ts';

const provider = defaultProvider();
const wrapper = localWrapper(provider, new Uint8Array(32).fill(7));
const fleets: readonly [string, string, (given: object) => unknown][] = [
  ['processFleet', 'name', given => openProcessFleet({ provider, ...given })],
  ['redisFleet', 'prefix', given => checkedRedisOptions({ provider, url: 'redis://127.0.0.1', wrapper, ...given })],
];

for (const [what, name, open] of fleets) {
  test(`${what}: refuses what it does not know and what is of another kind`, () => {
    const wrong = [null, '', 'a b', 'a\n', 'x'.repeat(65), 7, ['castls'], { toString: () => 'castls' }];
    for (const value of wrong)
      assert.is(
        codeOf(() => open({ [name]: value })),
        'ERR_INVALID_ARGUMENT',
        String(value),
      );
    for (const given of [
      { lifetim: 1 },
      { lifetime: Number.NaN },
      { lifetime: null },
      { freshness: 99 },
      { deadline: 0.5 },
    ]) {
      assert.is(
        codeOf(() => open(given)),
        'ERR_INVALID_ARGUMENT',
        JSON.stringify(given),
      );
    }
  });
}

test.run();
