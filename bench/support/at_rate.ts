// Requests at a rate that is kept whatever the answers take, and how long these take. Time counts from when a request was due: one that
// waits because others are slow is slow, too, as for a user. What this client's own pauses spoil (its collector, its compiler) is not counted.

import { connect, type TLSSocket } from 'node:tls';
import * as hdr from 'hdr-histogram-js';
import { median } from '../statistics.ts';

/** Microseconds that the histogram tells apart from all above. */
const LONGEST = 60_000_000;
/** Seconds of each run that are not counted: caches are cold, and the first time code is new. */
const WARM = 0.3;
/** Milliseconds that a turn of this client's loop takes at most: after a longer one it was late itself. */
const LONGEST_TURN = 0.3;
/** Milliseconds of the windows that have a percentile of their own. */
const WINDOW = 100;

export interface Latencies {
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The median of the 99th percentiles of tenths of a second: a pause of the machine is in few of them, what the server does always in all. */
  readonly p99Window: number;
}

/** Which requests say nothing of the server: those of a pause of this client, until all that waited for its end is answered. */
class OwnPauses {
  #last = Number.POSITIVE_INFINITY;
  #spoiltUntil = 0;

  /** The loop goes round at `now`. @param idle no request waits for anything */
  turn(now: number, idle: boolean): void {
    if (now - this.#last > LONGEST_TURN) this.#spoiltUntil = Number.POSITIVE_INFINITY;
    else if (idle && this.#spoiltUntil === Number.POSITIVE_INFINITY) this.#spoiltUntil = now;
    this.#last = now;
  }

  /** Whether an answer says nothing that is read at `now`: also behind a pause within the present turn, which that one does not know of yet. */
  spoilt(due: number, now: number): boolean {
    return due < this.#spoiltUntil || now - this.#last > LONGEST_TURN;
  }
}

/** What one run measured. */
export class RateRun {
  readonly whole = emptyHistogram();
  readonly windows: hdr.Histogram[] = [];
  readonly #begin: number;
  readonly seconds: number;
  /** Requests that were not counted. */
  spoilt = 0;

  constructor(begin: number, seconds: number) {
    this.#begin = begin;
    this.seconds = seconds;
  }

  /** Answers a second. */
  get rate(): number {
    return (this.whole.totalCount + this.spoilt) / this.seconds;
  }

  add(due: number, now: number): void {
    const microseconds = Math.min(LONGEST, Math.max(1, Math.round((now - due) * 1e3)));
    const window = Math.floor((due - this.#begin) / WINDOW);
    this.whole.recordValue(microseconds);
    (this.windows[window] ??= emptyHistogram()).recordValue(microseconds);
  }
}

/** Of several runs together. @throws if more than half of the requests were late by this client's doing */
export function latenciesOf(runs: readonly RateRun[]): Latencies {
  const whole = emptyHistogram();
  for (const run of runs) whole.add(run.whole);
  const sum = (of: (run: RateRun) => number): number => runs.reduce((all, run) => all + of(run), 0);
  const [counted, spoilt, seconds] = [whole.totalCount, sum(run => run.spoilt), sum(run => run.seconds)];
  if (counted < spoilt)
    throw new Error(`${spoilt} of ${counted + spoilt} requests were late by the client's own doing`);
  const at = (of: hdr.Histogram, percentile: number): number => of.getValueAtPercentile(percentile) / 1e3;
  // A window of a pause has few requests.
  const enough = (counted * WINDOW) / (seconds * 2e3);
  const windows = runs
    .flatMap(run => run.windows)
    .filter(window => window !== undefined && window.totalCount >= enough);
  return {
    rate: (counted + spoilt) / seconds,
    p50: at(whole, 50),
    p99: at(whole, 99),
    p99Window: median(windows.map(window => at(window, 99))),
  };
}

function emptyHistogram(): hdr.Histogram {
  return hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: 3,
  });
}

/** One kept connection: a request at a time. */
class Requester {
  readonly #socket: TLSSocket;
  readonly #request: string;
  readonly #answered: (requester: Requester, due: number) => void;
  #due = 0;
  /** Bytes of the answer that lack; null before its head is there. */
  #left: number | null = null;
  #head = '';

  constructor(socket: TLSSocket, request: string, answered: (requester: Requester, due: number) => void) {
    this.#socket = socket;
    this.#request = request;
    this.#answered = answered;
    socket.on('data', data => this.#take(data));
  }

  ask(due: number): void {
    this.#due = due;
    this.#left = null;
    this.#head = '';
    this.#socket.write(this.#request);
  }

  #take(data: Buffer): void {
    if (this.#left === null) {
      this.#head += data.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = /^HTTP\/1\.1 200 [\s\S]*\r\ncontent-length: (\d+)/i.exec(this.#head);
      if (length === null) throw new Error(`an answer of another kind: ${this.#head.slice(0, end)}`);
      this.#left = Number(length[1]) - (this.#head.length - end - 4);
    } else this.#left -= data.length;
    if (this.#left < 0) throw new Error('an answer is longer than it says');
    if (this.#left === 0) this.#answered(this, this.#due);
  }
}

function open(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket));
    socket.setNoDelay().once('error', reject);
  });
}

/** Kept connections over which requests are made at a rate. Keeps its core busy while it runs, so that it is never late. */
export class RateClient {
  readonly #sockets: readonly TLSSocket[];
  readonly #free: Requester[];
  readonly #waiting: number[] = [];
  #answered: (due: number) => void = () => {};
  #fail: (error: Error) => void = () => {};
  #failure: Error | null = null;

  private constructor(sockets: readonly TLSSocket[], path: string) {
    this.#sockets = sockets;
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    this.#free = sockets.map(
      socket => new Requester(socket, request, (requester, due) => this.#answer(requester, due)),
    );
    const failed = (error: Error): void => {
      this.#failure ??= error;
      this.#fail(error);
    };
    for (const socket of sockets) socket.on('error', failed).on('close', () => failed(new Error('a connection ended')));
  }

  static async open(port: number, path: string, connections: number): Promise<RateClient> {
    return new RateClient(await Promise.all(Array.from({ length: connections }, () => open(port))), path);
  }

  close(): void {
    for (const socket of this.#sockets) socket.removeAllListeners('close').destroy();
  }

  /** GETs `rate` times a second. @throws if answers do not come, or others */
  async run(rate: number, seconds: number): Promise<RateRun> {
    if (this.#failure !== null) throw this.#failure;
    const started = performance.now();
    const counted = started + WARM * 1e3;
    const end = counted + seconds * 1e3;
    const run = new RateRun(counted, seconds);
    const pauses = new OwnPauses();
    let [sent, answers] = [0, 0];
    this.#answered = due => {
      const now = performance.now();
      answers++;
      if (due < counted) return;
      if (pauses.spoilt(due, now)) run.spoilt++;
      else run.add(due, now);
    };
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      const turn = (): void => {
        const now = performance.now();
        pauses.turn(now, this.#waiting.length === 0 && this.#free.length === this.#sockets.length);
        for (; started + (sent * 1e3) / rate <= Math.min(now, end); sent++) this.#ask(started + (sent * 1e3) / rate);
        if (this.#failure !== null) return;
        if (now < end || answers < sent) setImmediate(turn);
        else resolve();
        if (now > end + 10_000) reject(new Error(`${sent - answers} answers did not come`));
      };
      turn();
    });
    return run;
  }

  #ask(due: number): void {
    const requester = this.#free.pop();
    if (requester === undefined) this.#waiting.push(due);
    else requester.ask(due);
  }

  #answer(requester: Requester, due: number): void {
    this.#answered(due);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(requester);
    else requester.ask(next);
  }
}
