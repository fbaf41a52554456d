// What every implementation of a SessionStore, a TicketKeyStore and a SingleUseRegister does, whoever asks.

import { randomBytes } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimedTicketKey } from '../../src/handshake/sessions/stores.ts';
import { redisCluster, redisServer, redisWithSentinels } from '../support/fleet/redis.ts';
import { type Implementation, inMemory, inProcesses, onRedis, type Stores } from '../support/fleet/stores.ts';
import { cleanUp, pause, within } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

const FRESHNESS = 400;
const removals: (() => void)[] = [];

test.after(() => {
  cleanUp();
  for (const remove of removals) remove();
});

const name = () => new Uint8Array(randomBytes(32));
const signal = new AbortController().signal;
const namesOf = (keys: readonly TimedTicketKey[]) =>
  keys.map(({ key }) => Buffer.from(key.subarray(0, 16)).toString('hex'));

function contract(what: string, implementation: Implementation): void {
  let stores: Promise<readonly [Stores, Stores]> | undefined;
  const views = () => {
    stores ??= implementation({ schedule: { rotation: 1, lifetime: 2 }, freshness: FRESHNESS });
    return within(`${what} is there`, stores, 30_000);
  };
  /** What `register.claim` gets for early data of now. */
  const expires = (sent = Date.now()) => sent + 2 * FRESHNESS + 1;

  test(`${what}: a session is found by all, as often as they look, until its time is over`, async () => {
    const [a, b] = await views();
    const [key, state] = [name(), Uint8Array.of(1, 0, 255, 10, 13)];
    assert.is(await a.sessions.set(key, state, 1), true);
    state.fill(9);
    for (const { sessions } of [a, b, a]) {
      assert.equal([...((await sessions.get(key)) as Uint8Array)], [1, 0, 255, 10, 13]);
    }
    assert.is(await b.sessions.get(name()), null);
    await pause(1100);
    assert.is(await a.sessions.get(key), null);
    assert.is(await b.sessions.take(key), null);
  });

  test(`${what}: a session that is taken is gone, whoever of all takes it at once (RFC 9846 §C.4)`, async () => {
    const [a, b] = await views();
    for (let round = 0; round < 20; round++) {
      const key = name();
      assert.is(await b.sessions.set(key, Uint8Array.of(round), 60), true);
      const taken = await Promise.all([a, b, a, b].map(({ sessions }) => sessions.take(key)));
      const found = taken.filter(state => state !== null);
      assert.equal(
        found.map(state => [...state]),
        [[round]],
      );
      assert.is(await a.sessions.get(key), null);
    }
  });

  test(`${what}: what is set again stands for itself`, async () => {
    const [a, b] = await views();
    const key = name();
    await a.sessions.set(key, Uint8Array.of(1), 60);
    await b.sessions.set(key, Uint8Array.of(2), 60);
    assert.equal([...((await a.sessions.get(key)) as Uint8Array)], [2]);
  });

  test(`${what}: all have the same ticket keys: one that seals, and the next`, async () => {
    const [a, b] = await views();
    let before = Date.now();
    let [first, second] = [await a.keys.load(signal), await b.keys.load(signal)];
    // They may change between the two.
    for (let i = 0; i < 10 && namesOf(first).join() !== namesOf(second).join(); i++) {
      before = Date.now();
      [first, second] = [await a.keys.load(signal), await b.keys.load(signal)];
    }
    assert.equal(namesOf(first), namesOf(second));
    assert.ok(first.some(({ from, until }) => from <= Date.now() && before < until - 2000));
    assert.ok(first.some(({ from }) => from > before));
    for (const { key, from, until } of first) {
      assert.is(key.length, 48);
      assert.is(until - from, 3000);
    }
    first[0].key.fill(0);
    assert.equal(namesOf(await a.keys.load(signal)).length, second.length);
  });

  test(`${what}: keys change by themselves, and old ones go`, async () => {
    const [a, b] = await views();
    const before = namesOf(await a.keys.load(signal));
    for (let i = 0; i < 8; i++) {
      await pause(500);
      await b.keys.load(signal);
    }
    const after = await a.keys.load(signal);
    assert.not.ok(namesOf(after).some(each => before.includes(each)));
    const now = Date.now();
    assert.ok(after.every(({ until }) => until > now));
    assert.ok(after.length <= 6, `${after.length} keys`);
  });

  test(`${what}: replaceAll leaves none of the keys, and who watches hears of it`, async () => {
    const [a, b] = await views();
    const before = namesOf(await a.keys.load(signal));
    let heard = 0;
    const unwatch = b.keys.watch?.(() => heard++);
    await a.keys.replaceAll();
    for (let i = 0; i < 100 && heard === 0; i++) await pause(10);
    unwatch?.();
    assert.ok(heard > 0);
    assert.not.ok(namesOf(await b.keys.load(signal)).some(each => before.includes(each)));
  });

  test(`${what}: of all claims for an id one is the first, wherever they are made`, async () => {
    const [a, b] = await views();
    for (let round = 0; round < 50; round++) {
      const id = name();
      const sent = expires();
      const answers = await Promise.all([a, b, b, a, a, b].map(({ register }) => register.claim(id, sent, signal)));
      assert.is(answers.filter(answer => answer).length, 1);
    }
  });

  test(`${what}: an id is remembered for as long as its early data is fresh`, async () => {
    const [a, b] = await views();
    const id = name();
    const sent = expires();
    assert.is(await a.register.claim(id, sent, signal), true);
    for (let i = 0; i < 2 * FRESHNESS; i += 100) {
      await pause(100);
      assert.is(await b.register.claim(id, sent, signal), false);
    }
  });
}

contract('in memory', inMemory);
contract('in processes', inProcesses);

withPeer('stores on Redis', ['redis-server'], () => {
  // Begun when the first test of them asks.
  const begun = <T extends { readonly url: string; remove(): void }>(start: () => Promise<T>): Implementation => {
    return async options => {
      const redis = await start();
      removals.push(() => redis.remove());
      return await onRedis(redis.url)(options);
    };
  };
  contract('on Redis', begun(redisServer));
  contract('on Redis behind sentinels', begun(redisWithSentinels));
  contract('on a cluster of Redis', begun(redisCluster));
});

test.run();
