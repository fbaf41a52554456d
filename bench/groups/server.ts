// What people measure: one process that serves HTTPS on castls or on node, driven from the other core by wrk and openssl
// s_time; and the same for clients that download. Each stack at its own defaults, and both pinned to one suite. Beside each
// rate stands that of a second of the process' CPU time, which the rest of the machine disturbs less.

import { castls, prototype } from '../core.ts';
import { PER_CPU } from '../server_table.ts';
import { median } from '../statistics.ts';
import type { Group, RowOptions, UndatedRow } from '../suite.ts';
import { latenciesOf } from '../support/at_rate.ts';
import { type IssuedChain, issueChain } from '../support/chain.ts';
import { missingPrograms } from '../support/load.ts';
import { type Entrant, type Task, type Turn, tasks } from './server_tasks.ts';

const openssl = `OpenSSL ${process.versions.openssl}`;
const implementations = [castls, { implementation: 'node:tls', version: openssl }];
/** Beside them where it is of interest. */
const native = { implementation: 'castls/native', version: openssl };

/** Both implementations of one task, turn about. */
async function measureTask(task: Task, chain: IssuedChain, options: RowOptions): Promise<UndatedRow[]> {
  const of = [...implementations, ...(task.native ? [native] : []), ...(task.prototype ? [prototype] : [])];
  const enter = async (): Promise<Entrant[]> => {
    const entrants: Entrant[] = [];
    try {
      for (const { implementation } of of) entrants.push(await task.enter(kindOf(task, implementation), chain));
      for (const entrant of entrants) await entrant.warm();
      return entrants;
    } catch (error) {
      for (const entrant of entrants) entrant.stop();
      throw error;
    }
  };
  let entrants = await enter();
  try {
    const turns: Turn[][] = entrants.map(() => []);
    for (let round = 1; round <= options.rounds; round++) {
      if (task.fresh && round > 1) {
        for (const entrant of entrants.splice(0)) entrant.stop();
        entrants = await enter();
      }
      const parts: Turn[][] = entrants.map(() => []);
      for (let part = 0; part < (task.parts ?? 1); part++) {
        for (const [i, entrant] of entrants.entries()) {
          const what = `${task.name} ${task.bytes} B ${of[i].implementation}`;
          options.progress(`server round ${round}/${options.rounds}: ${what}`);
          parts[i].push(await entrant.turn(Math.max(1, Math.round(options.seconds * 4))));
        }
      }
      for (const [i, own] of parts.entries()) turns[i].push(joined(own));
    }
    return entrants.flatMap(({ suite }, i) => rowsOf(task, of[i], suite, turns[i], options));
  } finally {
    for (const entrant of entrants) entrant.stop();
  }
}

const kindOf = (task: Task, implementation: string): string =>
  implementation === prototype.implementation ? `${implementation}: ${task.prototype}` : implementation;

/** A turn of its parts. */
function joined(parts: readonly Turn[]): Turn {
  if (parts.length === 1 && parts[0].run === undefined) return parts[0];
  const mean = (of: (part: Turn) => number): number => parts.reduce((sum, part) => sum + of(part), 0) / parts.length;
  const runs = parts.flatMap(({ run }) => run ?? []);
  return {
    ...(runs.length > 0 && latenciesOf(runs)),
    rate: mean(part => part.rate),
    perCpu: mean(part => part.perCpu),
  };
}

function rowsOf(
  task: Task,
  who: { readonly implementation: string; readonly version: string },
  suite: string,
  turns: readonly Turn[],
  { runtime }: RowOptions,
): UndatedRow[] {
  const common = { group: 'server', ...who, runtime, bytes: task.bytes, suite };
  const rates = turns.map(({ rate }) => rate);
  const perCpu = turns.map(turn => turn.perCpu);
  const of = (name: 'p50' | 'p99' | 'p99Window') => turns.map(turn => turn[name] ?? 0);
  const windows = turns[0].p99Window === undefined ? {} : { p99Window: median(of('p99Window')), p99Rounds: of('p99') };
  const latency = { latency: { p50: median(of('p50')), p99: median(of('p99')), ...windows } };
  return [
    {
      ...common,
      name: task.name,
      opsPerSecond: median(rates),
      rounds: rates,
      ...(turns[0].p50 !== undefined && latency),
    },
    { ...common, name: `${task.name}${PER_CPU}`, opsPerSecond: median(perCpu), rounds: perCpu },
  ];
}

export const serverGroup: Group = {
  name: 'server',
  candidates: async () => [],
  async rows(options) {
    const missing = missingPrograms();
    if (missing.length > 0)
      throw new Error(`the group "server" needs ${missing.join(' and ')}, which the system lacks`);
    const chain = await issueChain(1);
    const rows: UndatedRow[] = [];
    const wanted = tasks.filter(
      ({ name, bytes }) => options.row === undefined || `${name}, ${bytes} B`.includes(options.row),
    );
    for (const task of wanted) rows.push(...(await measureTask(task, chain, options)));
    return rows;
  },
};
