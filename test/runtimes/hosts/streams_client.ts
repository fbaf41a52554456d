// A client of the list over TlsStreams, the shape that startTls, castls/workerd and castls/browser share.

import type { ConnectionInfo } from 'castls';
import type { Client } from '../list/host.ts';

interface Streams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  close(): Promise<unknown>;
}

export function clientOf(streams: Streams, opened: Promise<ConnectionInfo>): Client {
  const reader = streams.readable.getReader();
  const writer = streams.writable.getWriter();
  opened.catch(() => {});
  writer.closed.catch(() => {});
  return {
    opened,
    write: bytes => writer.write(bytes),
    end: () => writer.close(),
    read: async () => {
      const { done, value } = await reader.read();
      return done ? null : value;
    },
    close: async () => {
      await writer.close().catch(() => {}); // ended before
      await reader.cancel().catch(() => {});
    },
  };
}
