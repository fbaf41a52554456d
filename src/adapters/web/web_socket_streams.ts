// A WebSocket as byte streams. It has no halves: to `castls bridge` the text message "fin" stands for the end of a direction,
// elsewhere that is left to close_notify, and the socket itself closes when reading is given up. It has no back-pressure
// inwards, so what waits is capped; outwards bufferedAmount is watched.

import { TlsError } from '../../base/errors.ts';
import type { ByteStreams } from './byte_streams.ts';

/** What is used of a WebSocket: those of browsers, workerd, Deno, Bun, Node and the package ws have it. */
export interface WebSocketLike {
  binaryType?: string;
  readonly readyState: number;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  readonly bufferedAmount?: number;
  send(data: Uint8Array | string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: never) => void): void;
}

/** The subprotocol of castls bridge, and its message for the end of a direction. */
export const bridgeProtocol = 'castls.bridge';
const FIN = 'fin';

const OPEN = 1;
/** Bytes that may wait to be read: more than any flight, and what a fast sender has under way while a reader is slow. */
const MAX_WAITING = 16 * 1024 * 1024;
/** Bytes that may wait to be sent before a write waits, and how often that is looked at: there is no event for it. */
const MAX_BUFFERED = 1024 * 1024;
const LOOK_EVERY_MS = 5;

/** Close codes (RFC 6455 §7.4.1, IANA's registry) that say more than that it is over. */
const refusals: Readonly<Record<number, string>> = {
  1002: 'a protocol error of the WebSocket',
  1006: 'the WebSocket broke, or was refused',
  1007: 'data of a wrong kind',
  1008: 'the bridge refuses: its policy does not allow this',
  1009: 'a message that is too large',
  1011: 'the bridge failed',
  1012: 'the bridge restarts',
  1013: 'the bridge has no room, try again later',
  1015: 'the TLS of the WebSocket itself failed',
};

/** @param socket connecting or open; belongs to the streams */
export function webSocketStreams(socket: WebSocketLike): ByteStreams {
  socket.binaryType = 'arraybuffer';
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let over = false;
  let leave!: (why: TlsError) => void;
  /** Why the socket closed, once it has. */
  const left = new Promise<TlsError>(resolve => (leave = resolve));
  const opened = new Promise<void>((resolve, reject) => {
    if (socket.readyState === OPEN) resolve();
    socket.addEventListener('open', () => resolve());
    // "error" says nothing of why; "close" comes behind it with a code. The package ws throws it where nobody listens.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }: CloseEvent) => {
      const why = refusals[code];
      const failure = why === undefined ? null : closedError(code, why, reason);
      if (!over && failure === null) controller.close();
      else if (!over) controller.error(failure);
      over = true;
      const said = failure ?? closedError(code, 'the WebSocket is closed', reason);
      leave(said);
      reject(said);
    });
  });
  opened.catch(() => {});
  const end = (code: number, reason: string): void => {
    if (!over) over = true;
    socket.close(code, reason);
  };
  const readable = new ReadableStream<Uint8Array>(
    {
      start: given => {
        controller = given;
      },
      cancel: () => end(1000, ''),
    },
    { highWaterMark: MAX_WAITING, size: chunk => chunk?.byteLength ?? 0 },
  );
  socket.addEventListener('message', ({ data }: MessageEvent) => {
    if (over) return;
    if (data === FIN && socket.protocol === bridgeProtocol) {
      over = true;
      controller.close();
      return;
    }
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
      controller.error(new TlsError('ERR_DECODE_ERROR', 'a text message where TLS records belong'));
      end(1003, 'binary messages only');
      return;
    }
    const bytes =
      data instanceof ArrayBuffer
        ? new Uint8Array(data)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length > 0) controller.enqueue(bytes);
    if ((controller.desiredSize ?? 0) < 0) {
      controller.error(new TlsError('ERR_TOO_MUCH_INPUT', `more than ${MAX_WAITING} bytes came that nobody reads`));
      end(1009, 'too much data');
    }
  });
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      await opened;
      while ((socket.bufferedAmount ?? 0) > MAX_BUFFERED && socket.readyState === OPEN) {
        await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
      }
      // A socket that is closing tells why only when it has closed.
      if (socket.readyState !== OPEN) throw await left;
      socket.send(chunk);
    },
    close() {
      if (socket.protocol === bridgeProtocol && socket.readyState === OPEN) socket.send(FIN);
    },
    abort: () => end(1000, ''),
  });
  return { readable, writable };
}

function closedError(code: number, why: string, reason: string): TlsError {
  const said = reason === '' || reason === undefined ? '' : `: ${reason.slice(0, 123)}`;
  return new TlsError('ERR_CONNECTION_CLOSED', `${why} (WebSocket close code ${code}${said})`);
}
