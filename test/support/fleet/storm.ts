// A storm of early data over a fault: begins when all is well, ends when all is well again, and is audited.

import * as assert from 'uvu/assert';
import { pause, within } from '../node_tls.ts';
import type { FleetUnderTest, Storming } from './fleet.ts';

/** Milliseconds between two tickets: what a machine that is shared with others can do. */
const PACE = 60;

/** Tickets for so many seconds. */
const LONGEST = 60;
/** Of the last so many tickets nearly all are taken: all is well. */
const RECENT = 30;

/**
 * A storm that begins before a fault and ends when all is well again.
 * @returns milliseconds from the end of the fault until then
 */
export async function stormOver(fleet: FleetUnderTest, fault: () => Promise<void>): Promise<number> {
  const pool = await fleet.tickets(Math.ceil((LONGEST * 1000) / PACE), 4);
  await pause(fleet.window);
  const sent: Storming[] = [];
  const wellSince = (from: number): boolean => {
    // What was sent just now is not on the books yet.
    const recent = sent.filter(({ at }) => at > from && at < Date.now() - 700).slice(-RECENT);
    return recent.length === RECENT && fleet.audit(recent.map(({ text }) => text)).once >= 0.9 * RECENT;
  };
  const until = async (what: string, from: number): Promise<void> => {
    for (const end = Date.now() + 45_000; !wellSince(from); await pause(100)) assert.ok(Date.now() < end, what);
  };
  let over = false;
  const storm = fleet.storm(pool, PACE, () => over, sent);
  try {
    await until('early data is taken before the fault', 0);
    await fault();
    const mended = Date.now();
    await until('early data is taken again after the fault', mended);
    return Date.now() - mended;
  } finally {
    over = true;
    await within('the storm ends', storm, 60_000);
    for (const session of pool) session.secret.dispose();
    const texts = sent.map(({ text }) => text);
    assert.equal(fleet.audit(texts).twice, [], 'early data that was taken twice');
    console.log(`${fleet.audit(texts).once} of ${texts.length} taken, none twice`);
  }
}
