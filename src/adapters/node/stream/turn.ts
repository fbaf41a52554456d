// What one turn of the event loop produces leaves in one write: tickets with the first answer, an answer in pieces as
// one. Small segments one after the other would wait for each other's acknowledgement (RFC 896).

export interface Flushable {
  flushTurn(): void;
}

/** Milliseconds that an answer waits for those to other sockets: some fifty short ones. */
const LONGEST_WAIT = 1;
/** Answers of one turn, where several ask at once. */
const MANY = 2;
/** Never added to. */
const none: Flushable[] = [];
let waiting = none;
/** When the first of them began to wait. */
let since = 0;
let scheduled = false;
/** Streams that had something to send: in this turn, and in the last one that had any. */
let answers = 0;
let answersBefore = 0;
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
 * A read of the kernel begins. What was made before in this turn waits for its end where several ask at once, as they did in the turn before:
 * to send each answer before the next socket is read would cost a twentieth of the rate and more, as whoever gets it is woken for it alone.
 * But none waits for long; and where one asks at a time, several sockets to read at once are behind a pause of the process, and late already.
 */
export function beforeRead(): void {
  if (waiting.length === 0) return;
  if (answersBefore < MANY || performance.now() - since >= LONGEST_WAIT) flushWaiting();
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
  if (answers > 0) answersBefore = answers;
  answers = 0;
}

function flushWaiting(): void {
  const streams = waiting;
  waiting = none;
  answers += streams.length;
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
