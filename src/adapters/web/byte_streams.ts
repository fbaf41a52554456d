// What startTls asks of the streams below it, and what it finds there. Only what is used is asked for, so that the Web
// Streams of every host fit, whatever their types say besides.

/** Gives bytes in order. */
export interface ByteSource {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  /** Also ends the connection below, where that is what its streams do. */
  cancel(reason?: unknown): Promise<unknown>;
}

/** Takes bytes in order. */
export interface ByteSink {
  /** Resolves when there is room. */
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  write(chunk: Uint8Array): Promise<unknown>;
  /** Ends this direction when all is written; the other one goes on. */
  close(): Promise<unknown>;
  /** Ends this direction at once. */
  abort(reason?: unknown): Promise<unknown>;
}

/** Who is at the ends of a connection, as the streams below say; undefined where they do not. */
export interface Addresses {
  readonly remoteAddress: string | undefined;
  readonly localAddress: string | undefined;
}

/**
 * A byte stream both ways: a socket of the WinterTC API, what a TCPSocket's `opened` gives, a WebTransport stream,
 * `Duplex.toWeb(socket)`, a pipe in memory.
 */
export interface ByteStreams {
  readonly readable: { getReader(): ByteSource };
  readonly writable: { getWriter(): ByteSink };
  /** Addresses, where the streams have some: an address, or one with its port. */
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** The addresses of streams, or of what their `opened` gives (WinterTC), as "host:port" where a port is said. */
export async function addressesOf(streams: ByteStreams): Promise<Addresses> {
  const { opened } = streams as { readonly opened?: unknown };
  const told = await Promise.resolve(opened).catch(() => undefined);
  const from = typeof told === 'object' && told !== null ? (told as Partial<ByteStreams>) : {};
  return {
    remoteAddress: joined(streams.remoteAddress ?? from.remoteAddress, streams.remotePort ?? from.remotePort),
    localAddress: joined(streams.localAddress ?? from.localAddress, streams.localPort ?? from.localPort),
  };
}

function joined(address: unknown, port: unknown): string | undefined {
  if (typeof address !== 'string') return undefined;
  if (typeof port !== 'number') return address;
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}
