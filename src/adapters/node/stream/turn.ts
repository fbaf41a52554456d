// What one turn of the event loop produces leaves in one write: tickets with the first answer, an answer in pieces as
// one. Small segments one after the other would wait for each other's acknowledgement (RFC 896).

export interface Flushable {
  flushTurn(): void;
}

/** Milliseconds that an answer waits for those to other sockets: some fifty short ones. */
const LONGEST_WAIT = 1;
/** Never added to. */
const none: Flushable[] = [];
let waiting = none;
/** When the first of them began to wait. */
let since = 0;
let scheduled = false;
let watchesExit = false;
let time: number | undefined;

/** Calls `stream.flushTurn()` when this turn is over, or the process ends: one immediate for all streams. */
export function atEndOfTurn(stream: Flushable): void {
  // Nearly always the only one of its turn: an array that grows would take room for 16 more.
  if (waiting.length === 0) {
    waiting = [stream];
    since = performance.now();
  } else waiting.push(stream);
  schedule();
  if (watchesExit) return;
  watchesExit = true;
  // As with node:tls, what was written before process.exit() has left.
  process.on('exit', flushAll);
}

/**
 * A read of the kernel begins: what was made before in this turn leaves now if it has waited for long. Else the answer to the first of
 * many sockets that can be read at once would wait until all are answered. To send each before the next is read would cost a twentieth of
 * the rate and more: whoever asks gets the answer at once and asks again, and the loop goes round for fewer of them each time.
 */
export function beforeRead(): void {
  if (waiting.length > 0 && performance.now() - since >= LONGEST_WAIT) flushWaiting();
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
  flushWaiting();
}

function flushWaiting(): void {
  const streams = waiting;
  waiting = none;
  for (const stream of streams) {
    try {
      stream.flushTurn();
    } catch (error) {
      // A stream of the program's below one of ours threw: the program hears of it, and the other connections go on.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
