// The ends that are tested: sockets in the shape of node:tls, streams in that of the Web.

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type * as nodeTls from 'node:tls';
import type * as castls from '../../../src/index.ts';
import { pause } from '../node_tls.ts';
import { type Cell, defer, type Plant, rests } from './cell.ts';

/** What the table does with a tested end, whatever it is made of. */
export interface Tested {
  readonly established: Promise<void>;
  /** The peer's end was seen, or nothing more comes. */
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;
  readonly received: Buffer[];
  readonly events: string[];
  /** @returns false if it takes no more */
  write(data: Uint8Array): boolean;
  end(): void;
  destroy(): void;
}

export function testedSocket(socket: nodeTls.TLSSocket, secure: string, cell: Cell, plant: Plant): Tested {
  const established = defer();
  const ended = defer();
  const closed = defer();
  const received: Buffer[] = [];
  const events: string[] = [];
  if (socket.getCipher()?.name !== undefined && secure === 'secureConnection') established.resolve();
  else socket.once(secure, () => established.resolve());
  let planted = plant;
  const less = (chunk: Buffer): Buffer => chunk.subarray(0, -1);
  socket.on('data', (chunk: Buffer) => {
    received.push(planted === 'to tested' ? less(chunk) : chunk);
    if (planted === 'to tested') planted = 'none';
    if (!rests(cell, received.length)) return;
    socket.pause();
    setTimeout(() => socket.resume(), 1);
  });
  socket.on('end', () => {
    events.push('end');
    ended.resolve();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    events.push(`error ${error.code}`);
    established.resolve();
    ended.resolve();
  });
  socket.on('close', () => {
    events.push('close');
    ended.resolve();
    closed.resolve();
  });
  return {
    established: established.promise,
    ended: ended.promise,
    closed: closed.promise,
    received,
    events,
    write: data => {
      if (!socket.writable) return false;
      socket.write(planted === 'to peer' ? less(Buffer.from(data)) : data);
      if (planted === 'to peer') planted = 'none';
      return true;
    },
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}

export function testedStreams(tls: castls.TlsStreams, cell: Cell): Tested {
  const received: Buffer[] = [];
  const events: string[] = [];
  const ended = defer();
  const closed = defer();
  const writer = tls.writable.getWriter();
  writer.closed.catch(() => {});
  const read = async (): Promise<void> => {
    for await (const chunk of tls.readable as unknown as AsyncIterable<Uint8Array>) {
      received.push(Buffer.from(chunk));
      if (rests(cell, received.length)) await pause(1);
    }
  };
  const over = read().then(
    () => events.push('end'),
    error => events.push(`error ${error.code}`),
  );
  over.then(() => ended.resolve());
  Promise.allSettled([tls.closed, over]).then(() => {
    events.push('close');
    closed.resolve();
  });
  return {
    established: tls.opened.then(
      () => {},
      () => {},
    ),
    ended: ended.promise,
    closed: closed.promise,
    received,
    events,
    write: data => {
      writer.write(data).catch(() => {});
      return true;
    },
    end: () => void writer.close().catch(() => {}),
    destroy: () => void writer.abort().catch(() => {}),
  };
}

/** A Duplex that is no net.Socket. */
export class Tunnel extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket, allowHalfOpen: boolean) {
    super({ allowHalfOpen });
    this.#socket = socket;
    socket.on('data', chunk => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', error => this.destroy(error));
    socket.on('close', () => {
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    });
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

/** Web Streams whose directions end apart. */
export function webStreams(socket: Socket): castls.ByteStreams {
  socket.pause();
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      socket.on('data', chunk => {
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) socket.pause();
      });
      socket.once('end', () => {
        try {
          controller.close();
        } catch {}
      });
      socket.on('error', error => {
        try {
          controller.error(error);
        } catch {}
      });
    },
    pull() {
      socket.resume();
    },
    cancel() {
      socket.destroy();
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write: chunk => new Promise((resolve, reject) => socket.write(chunk, error => (error ? reject(error) : resolve()))),
    close: () => new Promise(resolve => socket.end(() => resolve())),
    abort: () => {
      socket.destroy();
    },
  });
  return { readable, writable };
}
