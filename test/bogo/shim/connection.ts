// One connection to the runner, read the way a program with blocking calls reads: nothing is taken from the socket until
// the last event was dealt with, one record at a time (with -async one byte), so that what the shim answers goes out
// before what follows is looked at.

import { connect, type Socket } from 'node:net';
import { Connection, type ConnectionEvent, type ConnectionOptions } from '../../../src/index.ts';
import type { Flags } from './flags.ts';
import type { MessageTrace } from './message_trace.ts';

type Settings = ConstructorParameters<typeof Connection>[0];

/** All that waits is a KeyUpdate. */
const KEY_UPDATE_RECORD = 27;
const RECORD_HEADER = 5;

export class Line {
  readonly tls: Connection;
  readonly #socket: Socket;
  readonly #byteByByte: boolean;
  #received = Buffer.alloc(0);
  #ended = false;
  readonly #putBack: ConnectionEvent[] = [];
  #wake: () => void = () => {};
  /** Called after each piece that was read. */
  onPiece: () => void = () => {};
  /** Output that is kept back, but for its first byte (-read-with-unfinished-write). */
  #held: Uint8Array[] | null = null;
  readonly #trace: MessageTrace | null;

  private constructor(
    socket: Socket,
    settings: Settings,
    options: ConnectionOptions,
    byteByByte: boolean,
    trace: MessageTrace | null,
  ) {
    this.#socket = socket;
    this.#trace = trace;
    this.#byteByByte = byteByByte;
    this.tls = new Connection(settings, { ...options, onProgress: () => this.#wake() });
    socket.on('data', chunk => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    for (const name of ['end', 'error', 'close'] as const) {
      socket.on(name, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  /** Connects to the runner, says which shim this is, and begins. */
  static async open(
    flags: Flags,
    settings: Settings,
    options: ConnectionOptions,
    signal: AbortSignal,
    trace: MessageTrace | null,
  ): Promise<Line> {
    const socket = connect({ port: flags.port ?? 0, host: flags.ipv6 ? '::1' : '127.0.0.1', allowHalfOpen: true });
    signal.addEventListener('abort', () => socket.destroy());
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.setNoDelay(true);
    const id = Buffer.alloc(8);
    id.writeBigUInt64LE(BigInt(flags['shim-id'] ?? '0'));
    socket.write(id);
    return new Line(socket, settings, options, flags.async === true, trace);
  }

  /** The next event; waits for bytes only when there is none. */
  async next(): Promise<ConnectionEvent> {
    for (;;) {
      const event = this.queued();
      if (event !== null) return event;
      if (this.tls.state === 'closed') return { kind: 'closed', error: this.tls.error, closeNotify: false };
      if (this.#feed()) continue;
      // As BoringSSL's: the answer to a KeyUpdate waits for data, so that it does not matter how TCP cuts the requests.
      if (this.tls.pendingOutput !== KEY_UPDATE_RECORD) this.flush();
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** The next event that came already. */
  queued(): ConnectionEvent | null {
    return this.#putBack.shift() ?? this.tls.nextEvent();
  }

  putBack(event: ConnectionEvent): void {
    this.#putBack.unshift(event);
  }

  /** All of `data`, however often the queue is full. */
  write(data: Uint8Array): void {
    for (let rest = data; rest.length > 0; ) {
      const accepted = this.tls.write(rest);
      this.flush();
      if (accepted === 0) return;
      rest = rest.subarray(accepted);
    }
  }

  flush(): void {
    for (const chunk of this.tls.takeOutput()) {
      this.#trace?.sent(chunk);
      if (this.#held === null) this.#socket.write(chunk);
      else this.#held.push(chunk);
    }
  }

  /** Lets one byte of what is written from now on out, the rest after `release`. */
  hold(): void {
    this.flush();
    this.#held = [];
  }

  release(): void {
    const [first, ...others] = this.#held ?? [];
    this.#held = null;
    if (first === undefined) return;
    this.#socket.write(first.subarray(1));
    for (const chunk of others) this.#socket.write(chunk);
  }

  /** Sends the one byte that `hold` lets out. */
  letOneByteOut(): void {
    const first = this.#held?.[0];
    if (first !== undefined) this.#socket.write(first.subarray(0, 1));
  }

  /** Ends this direction and reads the other to its end, so that nothing the runner still writes is refused. */
  async end(): Promise<void> {
    this.flush();
    this.tls.dispose();
    this.#socket.end();
    while (!this.#ended) await new Promise<void>(resolve => (this.#wake = resolve));
    this.#socket.destroy();
  }

  /** @returns false if there was nothing to feed, or nothing is wanted now */
  #feed(): boolean {
    if (!this.tls.wantsInput) return false;
    const length = this.#byteByByte ? 1 : this.#recordLength();
    if (this.#received.length >= length && length > 0) {
      const piece = this.#received.subarray(0, length);
      this.#received = this.#received.subarray(length);
      this.#trace?.received(piece);
      this.tls.receive(piece);
      this.onPiece();
      return true;
    }
    if (!this.#ended) return false;
    if (this.#received.length > 0) {
      const rest = this.#received;
      this.#received = Buffer.alloc(0);
      this.#trace?.received(rest);
      this.tls.receive(rest);
      return true;
    }
    this.tls.endOfInput();
    return true;
  }

  /** Of the record at the front. What is no record is handed on as soon as it can be told. */
  #recordLength(): number {
    const bytes = this.#received;
    if (bytes.length < RECORD_HEADER) return RECORD_HEADER;
    const looksRight = bytes[0] >= 20 && bytes[0] <= 23 && bytes[1] === 3;
    const length = bytes.readUInt16BE(3);
    return looksRight && length <= 16384 + 2048 ? RECORD_HEADER + length : bytes.length;
  }
}
