// A connection to a real server: the page is the client, through castls bridge, which sees ciphertext alone.

import { clientConfig, peerVerifier, startTls, TlsError } from 'castls';
import { type ByteStreams, type WebSocketLike, webSocketStreams } from 'castls/browser';
import type { Sender, Trace } from 'castls/inspect';
import { Recorder } from './recorder.ts';

export interface LiveTarget {
  /** ws: or wss: address of the bridge. */
  readonly bridge: string;
  readonly token: string;
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  /** PEM of whom to trust. */
  readonly ca: string;
  /** Go on with anybody. */
  readonly dangerousNoVerify: boolean;
  readonly version: '1.3' | '1.2' | 'any';
  /** Sent once the handshake is over. */
  readonly request: string;
}

export interface LiveServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
}

/** What `npm start` tells its page; a page that somebody else serves has none. */
export interface LiveOffer {
  readonly bridge: string;
  readonly token: string;
  readonly ca: string;
  readonly servers: readonly LiveServer[];
}

export async function liveOffer(): Promise<LiveOffer | null> {
  try {
    const response = await fetch('live.json');
    return response.ok ? ((await response.json()) as LiveOffer) : null;
  } catch {
    return null;
  }
}

/** How long to listen for an answer. */
const PATIENCE = 8000;
/** Answer bytes after which it is enough. */
const ENOUGH = 256 * 1024;

/** Connects, asks, listens, closes. What goes wrong is in the trace. */
export async function runLive(target: LiveTarget): Promise<Trace> {
  const started = performance.now();
  const recorder = new Recorder('client', `${target.host}:${target.port}`, () => performance.now() - started);
  const versions =
    target.version === 'any' ? {} : { minVersion: `TLSv${target.version}`, maxVersion: `TLSv${target.version}` };
  const config = clientConfig({
    ...(versions as { minVersion?: 'TLSv1.2' | 'TLSv1.3'; maxVersion?: 'TLSv1.2' | 'TLSv1.3' }),
    keyLog: recorder.secret,
    alpn: ['http/1.1'],
    verifier: target.ca.trim() === '' ? undefined : peerVerifier({ ca: target.ca }),
    dangerouslyContinueUnverified: target.dangerousNoVerify,
  });
  const url = new URL(target.bridge);
  url.searchParams.set('host', target.host);
  url.searchParams.set('port', `${target.port}`);
  const protocols = ['castls.bridge', ...(target.token === '' ? [] : [`castls.token.${target.token}`])];
  const streams = tapped(webSocketStreams(new WebSocket(url, protocols) as WebSocketLike), (from, bytes) =>
    recorder.bytes(from, bytes),
  );
  const tls = startTls(streams, { config, serverName: target.serverName || target.host, allowTruncation: true });
  try {
    recorder.established(await tls.opened);
    const writer = tls.writable.getWriter();
    if (target.request !== '') await writer.write(new TextEncoder().encode(target.request));
    await listen(tls.readable);
    await Promise.race([tls.close(), delay(2000)]);
    recorder.closed('client', null);
  } catch (error) {
    recorder.closed('client', faultOf(error));
    // The alert may still be on its way.
    await delay(50);
  }
  return recorder.trace(true);
}

function faultOf(error: unknown): { code: string; message: string } {
  if (error instanceof TlsError) return { code: error.code, message: error.message };
  return { code: 'ERR_CONNECTION_CLOSED', message: error instanceof Error ? error.message : String(error) };
}

async function listen(readable: ReadableStream<Uint8Array>): Promise<void> {
  const reader = readable.getReader();
  const end = performance.now() + PATIENCE;
  let quiet = PATIENCE;
  for (let total = 0; total < ENOUGH && performance.now() < end; ) {
    const next = await Promise.race([reader.read(), delay(quiet)]);
    if (next === undefined || next.done) break;
    total += next.value.length;
    // Whoever has begun to answer goes on without long pauses.
    quiet = 600;
  }
  reader.releaseLock();
}

function delay(milliseconds: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), milliseconds));
}

function tapped({ readable, writable }: ByteStreams, hear: (from: Sender, bytes: Uint8Array) => void): ByteStreams {
  const source = readable.getReader();
  const sink = writable.getWriter();
  return {
    readable: {
      getReader: () => ({
        async read() {
          const result = await source.read();
          if (!result.done && result.value !== undefined) hear('server', result.value);
          return result;
        },
        cancel: reason => source.cancel(reason),
      }),
    },
    writable: {
      getWriter: () => ({
        closed: sink.closed,
        get ready() {
          return sink.ready;
        },
        write(chunk) {
          hear('client', chunk);
          return sink.write(chunk);
        },
        close: () => sink.close(),
        abort: reason => sink.abort(reason),
      }),
    },
  };
}
