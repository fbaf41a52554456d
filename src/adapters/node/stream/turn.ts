// What one turn of the event loop produces leaves in one write: tickets with the first answer, an answer in pieces as
// one. Small segments one after the other would wait for each other's acknowledgement (RFC 896).

export interface Flushable {
  flushTurn(): void;
}

let waiting: Flushable[] = [];
let scheduled = false;
let watchesExit = false;
let time: number | undefined;

/** Calls `stream.flushTurn()` when this turn is over, or the process ends: one immediate for all streams. */
export function atEndOfTurn(stream: Flushable): void {
  waiting.push(stream);
  schedule();
  if (watchesExit) return;
  watchesExit = true;
  // As with node:tls, what was written before process.exit() has left.
  process.on('exit', flushAll);
}

/** Milliseconds as performance.now() gives them, asked for once a turn. */
export function turnTime(): number {
  if (time === undefined) {
    time = performance.now();
    schedule();
  }
  return time;
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(flushAll);
}

function flushAll(): void {
  scheduled = false;
  time = undefined;
  const streams = waiting;
  waiting = [];
  for (const stream of streams) stream.flushTurn();
}
