// TCP streams out of segments: in order, without what was sent again. What is missing ends a direction, and is said.

import type { Segment } from './capture.ts';
import type { Sender } from './decoder.ts';

/** Bytes of one direction, as they came. */
export interface Chunk {
  readonly time: number;
  readonly from: Sender;
  readonly data: Uint8Array;
}

export interface TcpStream {
  /** "address:port" of who opened the connection, or of who began to speak TLS. */
  readonly client: string;
  readonly server: string;
  readonly chunks: readonly Chunk[];
  /** Directions in which segments are missing: nothing behind the gap is in `chunks`. */
  readonly gaps: readonly Sender[];
}

/** Most streams, and bytes that wait for a segment that is missing. */
const MAX_STREAMS = 4096;
const MAX_WAITING = 8 * 1024 * 1024;
/** Segments of one direction that wait: each new one is compared with them. */
const MAX_HELD = 256;

class Half {
  next: number | null = null;
  readonly waiting = new Map<number, Segment>();
  waitingBytes = 0;

  /** The new bytes of a segment, and of those behind it that waited. */
  push(segment: Segment, emit: (data: Uint8Array, time: number) => void): void {
    if (segment.syn) this.next = (segment.sequence + 1) >>> 0;
    if (segment.data.length === 0) return;
    const start = segment.syn ? (segment.sequence + 1) >>> 0 : segment.sequence;
    this.next ??= start;
    this.#hold({ ...segment, sequence: start });
    for (let ready = this.#ready(); ready !== null; ready = this.#ready()) {
      this.next = ((this.next as number) + ready.data.length) >>> 0;
      emit(ready.data, segment.time);
    }
  }

  #hold(segment: Segment): void {
    const before = this.waiting.get(segment.sequence);
    if (before !== undefined && before.data.length >= segment.data.length) return;
    if (this.waitingBytes + segment.data.length > MAX_WAITING || this.waiting.size >= MAX_HELD) return;
    this.waitingBytes += segment.data.length - (before?.data.length ?? 0);
    this.waiting.set(segment.sequence, segment);
  }

  /** What continues the stream, its first bytes cut off where they came before. */
  #ready(): { data: Uint8Array } | null {
    const next = this.next as number;
    // Segments that come in order are found at once; only what overlaps has to be looked for.
    const exact = this.waiting.get(next);
    if (exact !== undefined) return this.#cut(exact, 0);
    for (const segment of this.waiting.values()) {
      const ahead = (next - segment.sequence) | 0;
      if (ahead < 0) continue;
      if (ahead >= segment.data.length) this.#drop(segment);
      else return this.#cut(segment, ahead);
    }
    return null;
  }

  #cut(segment: Segment, skip: number): { data: Uint8Array } {
    this.#drop(segment);
    return { data: segment.data.subarray(skip) };
  }

  #drop(segment: Segment): void {
    this.waiting.delete(segment.sequence);
    this.waitingBytes -= segment.data.length;
  }
}

class Building {
  readonly #halves = new Map<string, Half>();
  readonly #first: string;
  readonly #second: string;
  #opener: string | null = null;
  readonly chunks: { time: number; source: string; data: Uint8Array }[] = [];
  closed = false;

  constructor({ source, target }: Segment) {
    this.#first = source;
    this.#second = target;
    this.#halves.set(source, new Half());
    this.#halves.set(target, new Half());
  }

  push(segment: Segment): void {
    if (segment.syn && !segment.ack) this.#opener = segment.source;
    this.#halves.get(segment.source)?.push(segment, (data, time) => {
      this.chunks.push({ time, source: segment.source, data });
    });
    if (segment.reset) this.closed = true;
  }

  finish(): TcpStream {
    const hello = this.chunks.find(({ data }) => data[0] === 0x16 && data[5] === 1)?.source;
    const client = this.#opener ?? hello ?? this.#first;
    const server = client === this.#first ? this.#second : this.#first;
    const from = (source: string): Sender => (source === client ? 'client' : 'server');
    const gaps = [...this.#halves].filter(([, { waiting }]) => waiting.size > 0).map(([source]) => from(source));
    const chunks = this.chunks.map(({ time, source, data }) => ({ time, from: from(source), data }));
    return { client, server, chunks, gaps };
  }
}

/** The streams of a capture, in the order in which they begin. Those without data are left out. */
export function tcpStreams(segments: readonly Segment[]): TcpStream[] {
  const all: Building[] = [];
  const open = new Map<string, Building>();
  for (const segment of segments) {
    const key = [segment.source, segment.target].sort().join(' ');
    let stream = open.get(key);
    // A port that is used again.
    if (stream === undefined || (segment.syn && !segment.ack && stream.chunks.length > 0)) {
      if (all.length >= MAX_STREAMS) continue;
      stream = new Building(segment);
      all.push(stream);
      open.set(key, stream);
    }
    stream.push(segment);
  }
  return all.filter(({ chunks }) => chunks.length > 0).map(stream => stream.finish());
}
