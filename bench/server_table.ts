// The rows of the group "server" as a Markdown table: what was negotiated, rates, percentiles, and the ratios by the clock and by
// the CPU time of the measured process.

import { judgeLatency, PROTOTYPE } from './judge.ts';
import { ratioOf } from './statistics.ts';
import { type Row, rate } from './suite.ts';

/** What stands behind the name of a row whose seconds are those of the process' CPU time. */
export const PER_CPU = ', a second of CPU';

/** One table for all runtimes; nothing without such rows. */
export function serverTable(rows: readonly Row[]): string[] {
  const own = rows.filter(({ group }) => group === 'server');
  if (own.length === 0) return [];
  const names = [
    ...new Set(own.filter(({ name }) => !name.endsWith(PER_CPU)).map(({ name, bytes }) => `${name}|${bytes}`)),
  ];
  const lines = [
    '',
    '| | Node | castls | node:tls | ratio | by CPU time | castls/native | suites; p50 and p99 in ms |',
    '|---|---|---:|---:|---:|---:|---:|---|',
  ];
  for (const key of names) {
    const [name, bytes] = key.split('|');
    for (const runtime of new Set(own.map(row => row.runtime))) {
      const find = (implementation: string, suffix = '') =>
        own.find(
          row =>
            row.runtime === runtime &&
            row.name === name + suffix &&
            row.bytes === Number(bytes) &&
            row.implementation === implementation,
        );
      const [castls, node, native] = ['castls', 'node:tls', 'castls/native'].map(each => find(each));
      if (castls === undefined || node === undefined) continue;
      const [castlsCpu, nodeCpu] = ['castls', 'node:tls'].map(each => find(each, PER_CPU));
      const byCpu = castlsCpu && nodeCpu ? `${ratioOf(castlsCpu, nodeCpu).toFixed(2)}x` : '';
      const ofNative = native === undefined ? '' : `${ratioOf(native, node).toFixed(2)}x`;
      lines.push(
        `| ${titleOf(name, Number(bytes))} | ${runtime.replace('Node ', '')} | ${rate(castls.opsPerSecond)} | ${rate(node.opsPerSecond)} | ${ratioOf(castls, node).toFixed(2)}x | ${byCpu} | ${ofNative} | ${remarks(castls, node, find(PROTOTYPE))} |`,
      );
    }
  }
  return lines;
}

function titleOf(name: string, bytes: number): string {
  if (bytes === 0) return name;
  return `${name}, ${bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 1024} KiB`}`;
}

/** What differs between the two, and how long answers took. */
function remarks(castls: Row, node: Row, prototype?: Row): string {
  const short = (suite = '') => suite.replace(/^TLSv1\.(\d) TLS_/, '1.$1 ').replace(/_SHA\d+$/, '');
  const suites = castls.suite === node.suite ? short(castls.suite) : `${short(castls.suite)} / ${short(node.suite)}`;
  const of = ({ latency }: Row) => (latency ? `${latency.p50.toFixed(2)}, ${latency.p99.toFixed(2)}` : '');
  if (!castls.latency || !node.latency) return suites;
  const times = `${suites}; ${of(castls)} / ${of(node)}`;
  const judged = judgeLatency(castls, node, prototype);
  if (!castls.name.includes('half of its load') || judged === null) return times;
  const { ratio, most, prototype: least, reached } = judged;
  const beside = least === null ? '' : `; prototype ${least.toFixed(2)}x`;
  const p99 = `${times}; p99 ${ratio.toFixed(2)}x (at most ${most}x${reached ? '' : ', missed'}${beside})`;
  const windows = [castls, node, prototype].flatMap(row => row?.latency?.p99Window?.toFixed(2) ?? []);
  return windows.length < 2 ? p99 : `${p99}; of the median tenth of a second ${windows.join(' / ')}`;
}
