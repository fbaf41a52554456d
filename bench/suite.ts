// What a benchmark is: a group of rows, each an operation of one implementation, checked before it is timed.

/** One operation of one implementation. */
export interface Candidate {
  /** What is measured, the same text for all implementations that are compared: "ChaCha20-Poly1305 record". */
  readonly name: string;
  /** "castls", "node:crypto", "@noble/ciphers", ... */
  readonly implementation: string;
  readonly version: string;
  /** Size of the input in bytes; 0 where an operation has none. */
  readonly bytes: number;
  /** Throws unless the implementation gives the right result. Called once, before any timing. */
  check(): void | Promise<void>;
  /** The operation. A promise is awaited before the next one starts. */
  run(): unknown;
  /** What one call of `run` counts for: 32 for a run that moves 32 MiB when the row is per MiB. Default 1. */
  readonly operations?: number;
  /** run returns promises. */
  readonly asynchronous?: boolean;
  /** Runs before the first round, where engines go on compiling for longer than a round takes. Default 0. */
  readonly warmUp?: number;
}

/** What a group that makes its rows itself is told. */
export interface RowOptions {
  readonly rounds: number;
  /** Seconds for one turn of one candidate. */
  readonly seconds: number;
  /** Only rows whose name has this in it, where a group can leave rows out. */
  readonly row?: string;
  readonly runtime: string;
  progress(text: string): void;
}

/** A row before measure() says when it was taken. */
export type UndatedRow = Omit<Row, 'date'>;

/** A group of candidates; made lazily, because peers are loaded for the groups that are asked for alone. */
export interface Group {
  readonly name: string;
  candidates(): Promise<readonly Candidate[]>;
  /** Rows of another kind than operations a second: memory, with `bytes` as the result and opsPerSecond 0. */
  rows?(options: RowOptions): Promise<UndatedRow[]>;
}

/** A goal of PERFORMANCE: castls at least `must` times `against`, `aim` times if all goes well. */
export interface Goal {
  readonly name: string;
  readonly bytes: number;
  readonly against: string;
  /** By major version of Node where they differ. */
  readonly must: number | Readonly<Record<string, number>>;
  readonly aim?: number;
}

/** A measured row, as build/bench/results.json has it. */
export interface Row {
  readonly group: string;
  readonly name: string;
  readonly implementation: string;
  readonly version: string;
  readonly runtime: string;
  readonly bytes: number;
  /** Median of the rounds. */
  readonly opsPerSecond: number;
  /** All rounds, for the spread. */
  readonly rounds: readonly number[];
  /** Protocol and cipher suite that were negotiated, where the implementations chose. */
  readonly suite?: string;
  /** Medians of the rounds' percentiles, in milliseconds. */
  readonly latency?: {
    readonly p50: number;
    readonly p99: number;
    readonly p99Window?: number;
    /** p99 of each round. */
    readonly p99Rounds?: readonly number[];
  };
  /** When the run began that took the row, ISO 8601 to the minute; the same for all rows of a run. */
  readonly date: string;
}

/** What stands behind the name of an operation whose calls all have the key of the one before. */
export const sameKey = ', same key as before';

/** Gives out `list` from its start, again and again. */
export function inTurn<T>(list: readonly T[]): () => T {
  let at = -1;
  return () => list[(at = (at + 1) % list.length)];
}

export function equal(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (Buffer.compare(actual, expected) !== 0) throw new Error(`${what}: wrong result`);
}

/** A rate for people: 1,234 or 12.3. */
export function rate(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
