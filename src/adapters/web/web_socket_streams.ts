// A WebSocket as byte streams. It has no halves: to `castls bridge` the text message "fin" stands for the end of a direction,
// elsewhere that is left to close_notify, and the socket itself closes when reading is given up. It has no back-pressure
// inwards, so what waits is capped; outwards bufferedAmount is watched.

import { type ErrorCode, TlsError } from '../../base/errors.ts';
import type { ByteStreams } from './byte_streams.ts';

/** What is used of a WebSocket: those of browsers, workerd, Deno, Bun, Node and the package ws have it. */
export interface WebSocketLike {
  binaryType?: string;
  readonly readyState: number;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  readonly bufferedAmount?: number;
  send(data: Uint8Array<ArrayBuffer> | string): void;
  close(code?: number, reason?: string): void;
  // biome-ignore lint/suspicious/noExplicitAny: the types of DOM, workerd, Deno, Bun and ws have no other in common
  addEventListener(type: string, listener: (event: any) => void): void;
}

/** The subprotocol of castls bridge, and its message for the end of a direction. */
export const bridgeProtocol = 'castls.bridge';
const FIN = 'fin';

const OPEN = 1;
const CLOSED = 3;
/** The close code of a WebSocket that closed without one (RFC 6455 §7.1.5). */
const BROKEN = 1006;
/** How long "close" may be behind "error". */
const CLOSE_BEHIND_ERROR_MS = 100;
/** Bytes that may wait to be read: more than any flight, and what a fast sender has under way while a reader is slow. */
const MAX_WAITING = 16 * 1024 * 1024;
/** Bytes that may wait to be sent before a write waits, and how often that is looked at: there is no event for it. */
const MAX_BUFFERED = 1024 * 1024;
const LOOK_EVERY_MS = 5;
/** A page may close with 1000 or 3000 to 4999 alone. */
const CLIENT_FAILS = 4400;

/** Close codes (RFC 6455 §7.4.1, IANA's registry) of an end that says no more. */
const ENDS: ReadonlySet<number> = new Set([1000, 1001, 1005]);
/** Those that say why it failed. */
const failures: Readonly<Record<number, string>> = {
  1002: 'a protocol error of the WebSocket',
  1006:
    'the WebSocket broke, or there was none to be had: does somebody listen there, is the page of an https: origin and the ' +
    'relay a ws: one, does connect-src of a Content-Security-Policy name it?',
  1007: 'data of a wrong kind',
  1008: 'the relay refuses: its policy does not allow this',
  1009: 'a message that is too large',
  1011: 'the relay failed',
  1012: 'the relay ends or restarts',
  1013: 'the relay has no room, try again later',
  1015: 'the TLS of the WebSocket itself failed',
};

/** Those of castls bridge (src/cli/bridge_codes.ts), and how to give what is missing. */
const ofBridge: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  4401: ['ERR_BRIDGE_REFUSED', 'the bridge asks for its token: the option token is what its --token-file holds'],
  4403: ['ERR_BRIDGE_REFUSED', 'the bridge takes no page of this origin: its --origin names those that it takes'],
  4404: ['ERR_BRIDGE_REFUSED', 'the bridge connects to no such target: its --allow names those that it connects to'],
  4408: ['ERR_BRIDGE_LIMIT', 'the bridge ended the connection: its --max-seconds and --idle-seconds say when'],
  4413: ['ERR_BRIDGE_LIMIT', 'the bridge ended the connection: its --max-bytes says when'],
  4429: [
    'ERR_BRIDGE_LIMIT',
    'the bridge has no room, try again later: its --max-per-minute and --max-connections say how much',
  ],
  4500: ['ERR_CONNECTION_CLOSED', 'the connection from the bridge to the server broke'],
  4502: ['ERR_TARGET_UNREACHABLE', 'the bridge cannot connect to the server'],
  4504: ['ERR_TARGET_UNREACHABLE', 'the server does not answer the bridge'],
};

/** What came and was not read yet, and how it ended: what came before an end is read before it. */
class Arrived {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #failure: TlsError | null = null;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #wake: (() => void) | null = null;

  /** @param cancelled nobody reads any more */
  constructor(cancelled: () => void) {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller;
        },
        pull: () => this.#next(),
        cancel: () => {
          this.#drop();
          cancelled();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** @returns false when more waits than may */
  add(chunk: Uint8Array): boolean {
    if (this.#ended || chunk.length === 0) return true;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake?.();
    return this.#bytes <= MAX_WAITING;
  }

  /** Nothing more comes. The first end counts. @param failure null for an orderly one */
  end(failure: TlsError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }

  /** An end of this side's making: what waits is dropped. */
  fail(failure: TlsError): void {
    this.#chunks.length = 0;
    this.end(failure);
  }

  #drop(): void {
    this.#chunks.length = 0;
    this.#ended = true;
    this.#wake?.();
  }

  async #next(): Promise<void> {
    if (this.#chunks.length === 0 && !this.#ended) await new Promise<void>(resolve => (this.#wake = resolve));
    this.#wake = null;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      this.#controller.enqueue(chunk);
    } else if (this.#failure !== null) this.#controller.error(this.#failure);
    else {
      try {
        this.#controller.close();
      } catch {} // it was cancelled
    }
  }
}

/** @param socket connecting or open; belongs to the streams */
export function webSocketStreams(socket: WebSocketLike): ByteStreams {
  socket.binaryType = 'arraybuffer';
  const withBridge = () => socket.protocol === bridgeProtocol;
  const arrived = new Arrived(() => socket.close(1000, ''));
  let leave!: (why: TlsError) => void;
  /** Why the socket closed, once it has. */
  const left = new Promise<TlsError>(resolve => (leave = resolve));
  const opened = new Promise<void>((resolve, reject) => {
    if (socket.readyState === OPEN) resolve();
    socket.addEventListener('open', () => resolve());
    const closed = (code: number, reason: string): void => {
      const why = closedError(code, reason, withBridge());
      arrived.end(ENDS.has(code) ? null : why);
      leave(why);
      reject(why);
    };
    socket.addEventListener('close', ({ code, reason }: CloseEvent) => closed(code, reason));
    // "error" says nothing of why; "close" comes behind it with a code, but for a page of Chromium whose policy forbids the
    // connection: nothing comes there.
    socket.addEventListener('error', () => {
      setTimeout(() => {
        if (socket.readyState === CLOSED) closed(BROKEN, '');
      }, CLOSE_BEHIND_ERROR_MS);
    });
  });
  opened.catch(() => {});
  const fail = (failure: TlsError, code: number, reason: string): void => {
    arrived.fail(failure);
    socket.close(code, reason);
  };
  socket.addEventListener('message', ({ data }: MessageEvent) => {
    if (data === FIN && withBridge()) return arrived.end(null);
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
      const failure = new TlsError('ERR_DECODE_ERROR', 'a text message where TLS records belong');
      return fail(failure, CLIENT_FAILS, 'binary messages only');
    }
    const bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (arrived.add(bytes)) return;
    const failure = new TlsError('ERR_TOO_MUCH_INPUT', `more than ${MAX_WAITING} bytes came that nobody reads`);
    fail(failure, CLIENT_FAILS, 'too much data');
  });
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      await opened;
      while ((socket.bufferedAmount ?? 0) > MAX_BUFFERED && socket.readyState === OPEN) {
        await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
      }
      // A socket that is closing tells why only when it has closed.
      if (socket.readyState !== OPEN) throw await left;
      socket.send(chunk as Uint8Array<ArrayBuffer>);
    },
    close() {
      if (withBridge() && socket.readyState === OPEN) socket.send(FIN);
    },
    abort: () => socket.close(1000, ''),
  });
  return { readable: arrived.readable, writable };
}

function closedError(code: number, reason: string, withBridge: boolean): TlsError {
  const [type, why] = (withBridge ? ofBridge[code] : undefined) ?? [
    'ERR_CONNECTION_CLOSED' as const,
    failures[code] ?? 'the WebSocket is closed',
  ];
  const said = reason === '' || reason === undefined ? '' : `: ${reason.slice(0, 123)}`;
  return new TlsError(type, `${why} (WebSocket close code ${code}${said})`);
}
