// A model of the register: the script of a Redis and what a server adds, as plain functions over a world in which processes are
// killed, restarted, failed over, cut off and paused, and clocks are wrong. `claimStep` is the twin of claimScript: the
// tests hold the two equal on a real Redis.

import type { ClaimOutcome } from '../../../src/stores/events.ts';

export interface Epoch {
  readonly run: string;
  readonly since: number;
  readonly last: number;
  readonly kept: number;
  readonly evicted: number;
  readonly replicas: number;
}

/** What one Redis is at a moment. */
export interface RedisState {
  run: string;
  evicted: number;
  /** Replicas that are in touch. */
  replicas: number;
  epoch: Epoch | null;
  /** Id -> when it is forgotten, by the clock of this Redis. */
  ids: Map<string, number>;
}

export interface Claim {
  /** Milliseconds. */
  readonly freshness: number;
  readonly sent: number;
  readonly wanted: number;
  /** Null to touch. */
  readonly id: string | null;
}

/** One run of the script. @param now milliseconds since the epoch, by this Redis */
export function claimStep(
  redis: RedisState,
  time: number,
  { freshness, sent, wanted, id }: Claim,
): ClaimOutcome | 'touched' {
  const { epoch, run, evicted, replicas } = redis;
  const last = epoch?.last ?? 0;
  const kept = Math.max(freshness, epoch?.kept ?? 0);
  const known =
    epoch !== null &&
    epoch.run === run &&
    epoch.evicted === evicted &&
    freshness <= epoch.kept &&
    replicas >= epoch.replicas &&
    time >= last - 500 &&
    time - last <= 4000;
  const now = known ? Math.max(time, last) : time;
  const since = known ? epoch.since : Math.max(now, last + 1000) + 2 * kept + 4000;
  if (!known || now - last >= 250 || replicas > epoch.replicas) {
    redis.epoch = { run, since, last: Math.max(now, last), kept, evicted, replicas };
  }
  if (id === null) return 'touched';
  if (now < since) return 'warming';
  if (Math.abs(now - sent) > freshness) return 'stale';
  if (replicas < wanted) return 'unavailable';
  // Keys expire by the clock as it is.
  if ((redis.ids.get(id) ?? 0) > time) return 'replay';
  redis.ids.set(id, time + (sent + kept + 1000 - now));
  return 'accepted';
}

/** Milliseconds that a server refuses after its start, and after it saw another primary. */
export function windowOf(freshness: number): number {
  return 2 * freshness + 4000;
}

/** A Redis with a clock of its own, which others may see as the primary or not. */
export interface ModelNode extends RedisState {
  /** Milliseconds by which its clock is wrong. */
  skew: number;
  alive: boolean;
  /** Replicas in touch change to this at a moment of the world's time: a primary notices late that one went. */
  replicasSoon: { readonly at: number; readonly count: number } | null;
}

export interface ModelServer {
  /** Index of the node that it takes for the primary. */
  node: number;
  run: string | null;
  /** Nothing is taken before, by the world's time. */
  from: number;
}

let runs = 0;

export function newRun(): string {
  return (0xabc0_0000 + runs++).toString(16);
}

export function newNode(replicas: number): ModelNode {
  return {
    run: newRun(),
    evicted: 0,
    replicas,
    epoch: null,
    ids: new Map(),
    skew: 0,
    alive: true,
    replicasSoon: null,
  };
}

/** What a server does with early data: asks its node, unless it refuses by itself. */
export function serverClaims(
  server: ModelServer,
  nodes: readonly ModelNode[],
  time: number,
  claim: Claim,
): ClaimOutcome {
  const node = nodes[server.node];
  if (!node.alive) return 'unavailable';
  if (node.replicasSoon !== null && time >= node.replicasSoon.at) {
    node.replicas = node.replicasSoon.count;
    node.replicasSoon = null;
  }
  if (claim.id !== null && time < server.from) return 'warming';
  const outcome = claimStep(node, time + node.skew, claim);
  const before = server.run;
  server.run = node.run;
  if (before !== null && before !== node.run) {
    server.from = time + windowOf(claim.freshness);
    return 'warming';
  }
  return outcome === 'touched' ? 'warming' : outcome;
}

/** A replica becomes the primary, with what reached it. @param lag the state of the old one, a moment ago */
export function promote(replica: ModelNode, lag: RedisState): void {
  replica.epoch = lag.epoch;
  replica.ids = new Map(lag.ids);
  replica.alive = true;
}
