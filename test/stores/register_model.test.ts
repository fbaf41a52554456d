// The register of a fleet, as a model: no order of claims, crashes, failovers, pauses and clock steps takes a ticket's early data
// twice. The model's script is held equal to the one that Redis runs.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseRedisUrl } from '../../src/stores/redis/address.ts';
import { connectRedis } from '../../src/stores/redis/connection.ts';
import { claimScript } from '../../src/stores/redis/scripts.ts';
import { redisServer } from '../support/fleet/redis.ts';
import {
  type Claim,
  claimStep,
  type ModelNode,
  type ModelServer,
  newNode,
  newRun,
  promote,
  type RedisState,
  serverClaims,
  windowOf,
} from '../support/fleet/register_model.ts';
import { cleanUp, later, pause } from '../support/node_tls.ts';
import { withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

/** xorshift32: the same interleavings in every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed | 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const FRESHNESS = 3000;
const BEGIN = 1_700_000_000_000;

interface World {
  time: number;
  readonly nodes: ModelNode[];
  readonly servers: ModelServer[];
  primary: number;
  /** The primary's state of some moments: what a replica may have. */
  past: { readonly at: number; readonly state: RedisState }[];
  /** Id -> when it was sent. */
  readonly flights: Map<string, number>;
  readonly accepted: Map<string, string[]>;
  readonly story: string[];
}

function copyOf({ run, evicted, replicas, epoch, ids }: RedisState): RedisState {
  return { run, evicted, replicas, epoch, ids: new Map(ids) };
}

function newWorld(): World {
  return {
    time: BEGIN,
    nodes: [newNode(1), newNode(0)],
    servers: [0, 1, 2].map(() => ({ node: 0, run: null, from: BEGIN })),
    primary: 0,
    past: [],
    flights: new Map(),
    accepted: new Map(),
    story: [],
  };
}

/** One copy of a flight at one server. */
function claims(world: World, server: number, id: string): void {
  const sent = world.flights.get(id) as number;
  const claim: Claim = { freshness: FRESHNESS, sent, wanted: 0, id };
  const outcome = serverClaims(world.servers[server], world.nodes, world.time, claim);
  if (outcome !== 'accepted') return;
  const by = world.accepted.get(id) ?? [];
  by.push(`server ${server} at ${world.time - BEGIN}`);
  world.accepted.set(id, by);
  world.story.push(`${id} accepted by ${by.at(-1)}`);
  assert.is(by.length, 1, `${id} was taken twice:\n${world.story.join('\n')}`);
}

function touches(world: World): void {
  for (const server of world.servers) {
    serverClaims(server, world.nodes, world.time, { freshness: FRESHNESS, sent: 0, wanted: 0, id: null });
  }
  const state = copyOf(world.nodes[world.primary]);
  world.past.push({ at: world.time, state });
  if (world.past.length > 8) world.past.shift();
}

/** The other node takes over. What the old one took in its last second may be lost; the old one is dead, paused or cut off. */
function failOver(world: World, random: (below: number) => number): void {
  const old = world.nodes[world.primary];
  const lag = world.past.filter(({ at }) => at >= world.time - 1000);
  const state = lag.length === 0 ? copyOf(old) : lag[random(lag.length)].state;
  const next = 1 - world.primary;
  // Its process may have been there for long, or be a new one; its clock may be minutes off.
  if (random(2) === 0) world.nodes[next].run = newRun();
  world.nodes[next].skew = (random(9) - 4) * 60_000;
  world.nodes[next].replicas = random(2);
  promote(world.nodes[next], state);
  // Who is cut off with the old one goes on there. It notices that its replica went within three seconds.
  const kind = random(3);
  if (kind === 0) old.alive = false;
  else old.replicasSoon = { at: world.time + random(3000), count: 0 };
  for (const server of world.servers) if (kind === 0 || random(2) === 0) server.node = next;
  world.primary = next;
  world.past = [];
  world.story.push(`failover at ${world.time - BEGIN}: ${kind === 0 ? 'the old one is dead' : 'the old one goes on'}`);
}

/** The sentinels have said it to all: nobody takes the old one for the primary any more. */
function heal(world: World): void {
  for (const server of world.servers) server.node = world.primary;
  world.nodes[1 - world.primary].alive = false;
}

const faults: readonly ((world: World, random: (below: number) => number) => void)[] = [
  function killAndRestartEmpty({ nodes, primary, story, time }) {
    Object.assign(nodes[primary], { run: newRun(), epoch: null, ids: new Map(), evicted: 0 });
    story.push(`restarted empty at ${time - BEGIN}`);
  },
  function restartFromSnapshot({ nodes, primary, past, story, time }, random) {
    const state = past.length === 0 ? copyOf(nodes[primary]) : past[random(past.length)].state;
    Object.assign(nodes[primary], { run: newRun(), epoch: state.epoch, ids: new Map(state.ids), evicted: 0 });
    story.push(`restarted from a snapshot at ${time - BEGIN}`);
  },
  function clockStep({ nodes, primary, story, time }, random) {
    const step = (random(2_000) - 1_000) * [1, 10, 100][random(3)];
    nodes[primary].skew += step;
    story.push(`the clock steps by ${step} at ${time - BEGIN}`);
  },
  function evict({ nodes, primary, story, time }, random) {
    const ids = [...nodes[primary].ids.keys()];
    if (ids.length === 0) return;
    nodes[primary].ids.delete(ids[random(ids.length)]);
    nodes[primary].evicted++;
    story.push(`an eviction at ${time - BEGIN}`);
  },
  function serverRestart({ servers, time, story, primary }, random) {
    const which = random(servers.length);
    servers[which] = { node: primary, run: null, from: time + windowOf(FRESHNESS) };
    story.push(`server ${which} restarts at ${time - BEGIN}`);
  },
  failOver,
];

function randomRun(seed: number): { taken: number; fresh: number } {
  const random = seeded(seed);
  const world = newWorld();
  let healAt = Number.POSITIVE_INFINITY;
  let flights = 0;
  for (let step = 0; step < 400; step++) {
    world.time += random(300);
    if (world.time >= healAt) {
      heal(world);
      healAt = Number.POSITIVE_INFINITY;
    }
    if (random(3) === 0) touches(world);
    if (random(2) === 0) {
      // A new one, by a clock of the fleet that may be off by as much as freshness allows.
      const skewed = world.time + world.nodes[world.primary].skew + random(2 * FRESHNESS) - FRESHNESS;
      world.flights.set(`flight ${flights++}`, skewed);
    }
    for (const id of world.flights.keys()) if (random(4) === 0) claims(world, random(world.servers.length), id);
    if (world.flights.size > 24) world.flights.delete(world.flights.keys().next().value as string);
    // Quiet times, too: a register that is never well takes nothing twice, either.
    if (random(60) === 0 && healAt === Number.POSITIVE_INFINITY) {
      const fault = faults[random(faults.length)];
      fault(world, random);
      // Within a window all know the new primary.
      if (fault === failOver) healAt = world.time + random(windowOf(FRESHNESS));
    }
    if (random(150) === 0) world.time += random(40_000);
  }
  return { taken: world.accepted.size, fresh: flights };
}

test('random interleavings: nothing is taken twice', () => {
  let taken = 0;
  let fresh = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const run = randomRun(seed * 7919);
    taken += run.taken;
    fresh += run.fresh;
  }
  console.log(`3000 runs of 400 steps: ${taken} of ${fresh} taken, none twice`);
  assert.ok(taken > 0.05 * fresh, 'early data is taken at all');
});

test('every order of few events: nothing is taken twice', () => {
  const events: readonly ((world: World) => void)[] = [
    world => claims(world, 0, 'a'),
    world => claims(world, 1, 'a'),
    world => {
      for (let i = 0; i < 3; i++, world.time += FRESHNESS / 3) touches(world);
    },
    world => (world.time += FRESHNESS),
    world => faults[0](world, () => 0),
    world => (world.nodes[world.primary].skew -= 2 * FRESHNESS),
    world => failOver(world, () => 0),
  ];
  const DEPTH = 7;
  let orders = 0;
  let taken = 0;
  for (let order = 0; order < events.length ** DEPTH; order++) {
    const world = newWorld();
    // Well to begin with.
    for (let waited = 0; waited < windowOf(FRESHNESS) + 2000; waited += 1000, world.time += 1000) touches(world);
    world.flights.set('a', world.time + world.nodes[0].skew);
    for (let rest = order, i = 0; i < DEPTH; i++, rest = Math.floor(rest / events.length))
      events[rest % events.length](world);
    orders++;
    taken += world.accepted.size;
  }
  console.log(`${orders} orders of ${DEPTH} events: taken in ${taken}, twice in none`);
  assert.ok(taken > orders / 10);
});

test('the model notices a register that forgets: without its epoch the same interleavings take some twice', () => {
  let caught = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed);
    const world = newWorld();
    for (let waited = 0; waited < 2 * windowOf(FRESHNESS); waited += 1000, world.time += 1000) touches(world);
    world.flights.set('a', world.time);
    claims(world, 0, 'a');
    const node = world.nodes[0];
    // As if the process had the same run id after its restart.
    node.ids = new Map();
    world.time += random(FRESHNESS);
    try {
      claims(world, 1, 'a');
    } catch {
      caught++;
    }
  }
  assert.is(caught, 50);
});

withPeer('the script of the register', ['redis-server'], () => {
  test('Redis runs what the model says', async () => {
    const redis = await redisServer();
    later(() => redis.remove());
    const connection = await connectRedis({
      address: parseRedisUrl(redis.url),
      tls: {},
      connect: () => null,
      onError: () => {},
    });
    later(() => connection.close());
    for (let i = 0; i < 200; i++) {
      if ((await connection.command(null, ['PING']).catch(() => null)) === 'PONG') break;
      await pause(20);
    }
    // Time, run id, evictions and replicas are arguments here; ids stay until the model forgets them.
    const replaced: readonly (readonly [string, string])[] = [
      ["redis.call('TIME')", '{math.floor(tonumber(ARGV[4]) / 1000), (tonumber(ARGV[4]) % 1000) * 1000}'],
      ["string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')", 'ARGV[5]'],
      ["string.match(redis.call('INFO', 'stats'), 'evicted_keys:(%d+)')", 'ARGV[6]'],
      ["redis.call('INFO', 'replication')", 'ARGV[7]'],
      ["'NX', 'PX', keep", "'NX', 'PX', 1000000000"],
    ];
    let text = claimScript.text;
    for (const [from, to] of replaced) {
      assert.ok(text.includes(from), from);
      text = text.replace(from, to);
    }
    const random = seeded(4711);
    const state: RedisState = { run: newRun(), evicted: 0, replicas: 0, epoch: null, ids: new Map() };
    let time = BEGIN;
    const seen = new Map<string, number>();
    for (let step = 0; step < 4000; step++) {
      time += random(400);
      if (random(200) === 0) time += random(20_000) - 5_000;
      if (random(150) === 0) state.run = newRun();
      if (random(150) === 0) state.evicted++;
      if (random(100) === 0) state.replicas = random(3);
      const expired = [...state.ids].filter(([, until]) => until <= time).map(([id]) => id);
      for (const id of expired) {
        state.ids.delete(id);
        await connection.command(null, ['DEL', id]);
      }
      const claim: Claim = {
        freshness: [FRESHNESS, FRESHNESS, FRESHNESS, FRESHNESS / 2][random(4)] + (random(400) === 0 ? 1000 : 0),
        sent: time + random(3 * FRESHNESS) - 1.5 * FRESHNESS,
        wanted: random(20) === 0 ? 2 : 0,
        id: random(4) === 0 ? null : `id ${random(12)}`,
      };
      const lines = Array.from({ length: state.replicas }, () => 'state=online,offset=7,lag=1').join('\n');
      const keys = claim.id === null ? ['epoch'] : ['epoch', claim.id];
      const args = [claim.freshness, claim.sent, claim.wanted, time, state.run, state.evicted, lines].map(String);
      const answer = (await connection.command('epoch', ['EVAL', text, String(keys.length), ...keys, ...args])) as [
        string,
      ];
      const expected = claimStep(state, time, claim);
      assert.is(answer[0], expected, `step ${step}`);
      const epoch = String(await connection.command('epoch', ['GET', 'epoch']));
      const { run, since, last, kept, evicted, replicas } = state.epoch as NonNullable<RedisState['epoch']>;
      assert.is(epoch, `${run} ${since} ${last} ${kept} ${evicted} ${replicas}`, `step ${step}`);
      seen.set(expected, (seen.get(expected) ?? 0) + 1);
    }
    console.log(JSON.stringify(Object.fromEntries(seen)));
    for (const outcome of ['accepted', 'replay', 'stale', 'warming', 'touched'])
      assert.ok((seen.get(outcome) ?? 0) > 5, outcome);
  });
});

test.run();
