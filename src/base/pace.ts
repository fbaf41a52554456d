// Long work in slices, so that a handshake with large keys does not hold the loop of the host: whoever does such work gets
// a Pace, asks it between two pieces whether the slice is over, and then goes on in another turn of the loop.
//
// All connections of a process share the slice that is under way, because what they do in one turn adds up; and of those
// that wait one goes on in each turn, because a host runs all tasks that are due before it looks at its sockets again.

/** Asked between the pieces of long work. */
export interface Pace {
  /** True when the slice that is under way lasted as long as it may. */
  readonly due: boolean;
  /** Another turn of the loop, which begins another slice. */
  turn(): Promise<void>;
}

/** The pace of a connection. */
export interface LoopPace {
  /** Begins a slice, unless one is under way in this turn of the loop. */
  begin(): void;
  /** True when the slice that is under way lasted as long as it may. */
  readonly due: boolean;
  /** Calls `go` in another turn of the loop, which begins another slice. */
  later(go: () => void): void;
  /** The same, for a job that `signal` gives up: then its next turn throws the reason. */
  forJob(signal: AbortSignal): Pace | undefined;
}

/** Milliseconds that only go forward. Where the host has none such, those that it has. */
const clock = (): number => (globalThis.performance ?? Date).now();

/** When the slice under way began. */
let since = 0;
/** A task is on its way that ends the slice, and begins that of the first who waits. */
let ticking = false;
const waiting: (() => void)[] = [];

function tick(): void {
  const first = waiting.shift();
  ticking = first !== undefined;
  if (first === undefined) return;
  since = clock();
  nextTask(tick);
  first();
}

function begin(): void {
  if (ticking) return;
  ticking = true;
  since = clock();
  nextTask(tick);
}

function later(go: () => void): void {
  waiting.push(go);
  begin();
}

/** A pace whose slices last `milliseconds`, and as much longer as the piece that is under way then. */
export function loopPace(milliseconds: number): LoopPace {
  const due = () => clock() - since >= milliseconds;
  return {
    begin,
    later,
    get due() {
      return due();
    },
    forJob: signal => ({
      get due() {
        return due();
      },
      async turn() {
        await new Promise<void>(later);
        signal.throwIfAborted();
      },
    }),
  };
}

/** The next turn of the loop, after what is due in this one. */
export function nextTurn(): Promise<void> {
  return new Promise(nextTask);
}

/** What hosts have of these; none of them is in the library that the core is written to. */
interface Host {
  readonly setImmediate?: (task: () => void) => unknown;
  readonly MessageChannel?: typeof MessageChannel;
}

/** Runs `task` in a turn of its own. Timers come last: pages make them wait 4 ms, and a minute where nobody looks. */
function nextTask(task: () => void): void {
  const { setImmediate, MessageChannel } = globalThis as Host;
  if (setImmediate !== undefined) setImmediate(task);
  else if (MessageChannel !== undefined) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close(); // an open one keeps processes alive
      task();
    };
    port2.postMessage(null);
  } else setTimeout(task, 0);
}
