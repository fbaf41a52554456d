// The table of ends: how a connection ends over every transport, in both roles and versions, whoever ends first and however the
// peer leaves. castls' row of a cell is node:tls' own, or a reason below says why not; no reason is good enough for a lost
// byte.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cell, dataOf, digest, nameOfCell, type Outcome, type Plant } from '../support/ends/cell.ts';
import { runCell } from '../support/ends/table.ts';
import { cleanUp, node, own } from '../support/node_tls.ts';

test.after.each(cleanUp);

const LENGTH = 160 * 1024;
/** More than the kernel's buffers for one connection hold. */
const LARGE = 7 * 1024 * 1024;
/** Cells under way at the same time. */
const LANES = 12;

const both = [false, true] as const;

function* cells(transport: Cell['transport'], role: Cell['role']): Generator<Cell> {
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const)
    for (const first of ['tested', 'peer'] as const)
      for (const how of ['notify+FIN', 'notify', 'FIN', 'RST'] as const)
        for (const allowHalfOpen of transport === 'Web Streams' ? [true] : both)
          for (const inFlight of both)
            for (const slowWriter of both)
              for (const slowReader of both)
                yield {
                  version,
                  role,
                  transport,
                  allowHalfOpen,
                  first,
                  how,
                  inFlight,
                  slowWriter,
                  slowReader,
                  length: LENGTH,
                };
}

interface Reason {
  readonly why: string;
  readonly holds: (cell: Cell, mine: Outcome) => boolean;
}

/** Why castls' events are not those of node:tls. Never about bytes. */
const reasons: readonly Reason[] = [
  {
    why: 'over a Duplex node:tls hides a reset at a server, and tells a client of it twice (ECANCELED)',
    holds: ({ transport, how }, mine) =>
      transport === 'Duplex' && how === 'RST' && String(mine.events) === 'error ECONNRESET,close',
  },
  {
    why: 'node:tls over a Duplex closes itself with the Duplex, before a slow reader saw the end or its own close_notify left',
    holds: ({ transport, how }, mine) =>
      transport === 'Duplex' && how !== 'RST' && String(mine.events) === 'end,close' && mine.left === 'notify+FIN',
  },
];

/**
 * Bytes that have to arrive in a cell, at either end: what the peer sent, and what the tested end took. Null where the peer
 * throws away what is on its way to it, and where a FIN alone is fatal (startTls).
 */
function expectedBytes(
  cell: Cell,
  { accepted }: Outcome,
): { readonly atTested: string; readonly atPeer: string | null } {
  const atTested = digest([dataOf(cell.length, 2)]);
  const cutOff = cell.how === 'RST' || (cell.how === 'FIN' && cell.transport === 'Web Streams');
  const atPeer = cutOff && cell.first === 'peer' ? null : digest([dataOf(cell.length, 1).subarray(0, accepted)]);
  return { atTested, atPeer };
}

/** What is wrong with a row of castls. Empty for a good one. */
function faults(cell: Cell, row: Outcome, nodes: Outcome | null): string[] {
  const found: string[] = [];
  const bytes = expectedBytes(cell, row);
  if (row.atTested !== bytes.atTested) found.push(`${row.atTested} arrived, not ${bytes.atTested}`);
  if (bytes.atPeer !== null && row.atPeer !== bytes.atPeer) found.push(`${row.atPeer} left, not ${bytes.atPeer}`);
  const expected = nodes ?? ruleOf(cell);
  for (const what of ['events', 'left'] as const) {
    const [mine, theirs] = [String(row[what]), String(expected[what])];
    // How much of an end a reset overtakes is a matter of time.
    if (mine === theirs || (what === 'left' && cell.how === 'RST')) continue;
    if (nodes !== null && reasons.some(({ holds }) => holds(cell, row))) continue;
    found.push(`${what}: ${mine}; ${nodes === null ? 'the rule' : 'node:tls'}: ${theirs}`);
  }
  return found;
}

/** What startTls does: node:tls has no such thing. */
function ruleOf(cell: Cell): Pick<Outcome, 'events' | 'left'> {
  if (cell.how === 'RST') return { events: ['error ECONNRESET', 'close'], left: '' };
  if (cell.how === 'FIN' && cell.first === 'peer') return { events: ['error ERR_TRUNCATED', 'close'], left: 'FIN' };
  return { events: ['end', 'close'], left: 'notify+FIN' };
}

async function faultsOf(cell: Cell, plant: Plant = 'none'): Promise<string[]> {
  try {
    const nodes = cell.transport === 'Web Streams' ? null : await runCell(node, cell);
    return faults(cell, await runCell(own, cell, plant), nodes);
  } catch (error) {
    return [(error as Error).message];
  }
}

async function check(all: Iterable<Cell>): Promise<void> {
  const queue = [...all];
  const bad: string[] = [];
  const lane = async (): Promise<void> => {
    for (let cell = queue.shift(); cell !== undefined && bad.length < 20; cell = queue.shift())
      for (const fault of await faultsOf(cell)) bad.push(`${nameOfCell(cell)}: ${fault}`);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assert.equal(bad, []);
}

for (const transport of ['net.Socket', 'Duplex', 'Web Streams'] as const)
  for (const role of ['client', 'server'] as const) {
    test(`${transport}, ${role}: every cell of the table of ends`, () => check(cells(transport, role)));
  }

test('more than the kernel holds, to a peer that reads slowly, whoever ends first', () => {
  const large: Cell[] = [];
  for (const version of ['TLSv1.3', 'TLSv1.2'] as const)
    for (const role of ['client', 'server'] as const)
      for (const first of ['tested', 'peer'] as const)
        for (const transport of ['net.Socket', 'Web Streams'] as const)
          large.push({
            version,
            role,
            transport,
            first,
            how: 'notify+FIN',
            allowHalfOpen: transport === 'Web Streams',
            inFlight: true,
            slowWriter: false,
            slowReader: true,
            length: LARGE,
          });
  return check(large);
});

test('a byte that is dropped on the way turns the table red', async () => {
  for (const plant of ['to tested', 'to peer'] as const)
    for (const transport of ['net.Socket', 'Duplex'] as const)
      for (const role of ['client', 'server'] as const) {
        const cell: Cell = {
          version: 'TLSv1.3',
          role,
          transport,
          allowHalfOpen: true,
          first: 'tested',
          how: 'notify+FIN',
          inFlight: false,
          slowWriter: false,
          slowReader: false,
          length: LENGTH,
        };
        assert.equal(await faultsOf(cell), [], nameOfCell(cell));
        assert.is.not((await faultsOf(cell, plant)).length, 0, `${nameOfCell(cell)}: ${plant}`);
      }
});

test.run();
