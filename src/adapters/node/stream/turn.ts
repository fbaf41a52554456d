// What one turn of the event loop produces leaves in one write: tickets with the first answer, an answer in pieces as
// one. Small segments one after the other would wait for each other's acknowledgement (RFC 896).

export interface Flushable {
  flushTurn(): void;
}

let waiting: Flushable[] = [];
let scheduled: NodeJS.Immediate | undefined;
let watchesExit = false;

/** Calls `stream.flushTurn()` when this turn is over, or the process ends: one immediate for all streams. */
export function atEndOfTurn(stream: Flushable): void {
  waiting.push(stream);
  if (scheduled !== undefined) return;
  scheduled = setImmediate(flushAll);
  if (watchesExit) return;
  watchesExit = true;
  // As with node:tls, what was written before process.exit() has left.
  process.on('exit', flushAll);
}

function flushAll(): void {
  scheduled = undefined;
  const streams = waiting;
  waiting = [];
  for (const stream of streams) stream.flushTurn();
}
