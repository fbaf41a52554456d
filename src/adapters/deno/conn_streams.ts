// A Deno.Conn as byte streams whose halves end apart. Its own streams end the whole connection when one of them does
// (denoland/deno#22258), so they are not used: read, write, closeWrite and close are all there is.

import type { ByteStreams } from '../web/byte_streams.ts';

/** What is used of a Deno.TcpConn or a Deno.UnixConn. */
export interface DenoConn {
  read(into: Uint8Array): Promise<number | null>;
  write(data: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  readonly localAddr: DenoAddr;
  readonly remoteAddr: DenoAddr;
  ref?(): void;
  unref?(): void;
}

/** Deno.Addr. */
export type DenoAddr =
  | { readonly transport: 'tcp' | 'udp'; readonly hostname: string; readonly port: number }
  | { readonly transport: 'unix' | 'unixpacket'; readonly path: string };

const READ_SIZE = 64 * 1024;

/** @param conn belongs to the streams from now on: it is closed when both directions are over, or one of them breaks */
export function streamsOfConn(conn: DenoConn): ByteStreams {
  const close = closeOnce(conn);
  const buffer = new Uint8Array(READ_SIZE);
  const readable = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const length = await conn.read(buffer);
        if (length === null) controller.close();
        else controller.enqueue(buffer.slice(0, length));
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      // A write may be short.
      for (let at = 0; at < chunk.length; ) at += await conn.write(chunk.subarray(at));
    },
    close: () => conn.closeWrite(),
    abort: close,
  });
  return { readable, writable };
}

function closeOnce(conn: DenoConn): () => void {
  let closed = false;
  return () => {
    if (closed) return;
    closed = true;
    try {
      conn.close();
    } catch {} // whoever closed it before
  };
}
