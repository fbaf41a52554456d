// Clients of a fleet: handshakes that resume, and first flights with early data that are sent in copies, as whoever sees them
// on the wire could.

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  type ClientConfig,
  Connection,
  clientConfig,
  disposeSession,
  peerVerifier,
  type Session,
} from '../../../src/index.ts';

const VISIT_MS = 20_000;

export type Version = 'TLSv1.2' | 'TLSv1.3';

/** Configs of both versions, with one share, which costs least. @param root of the repository */
export function clientConfigs(root: string): Readonly<Record<Version, ClientConfig>> {
  const verifier = peerVerifier({ ca: readFileSync(join(root, 'test/fixtures/ca.crt'), 'utf8') });
  const of = (version: Version) =>
    clientConfig({
      verifier,
      minVersion: version,
      maxVersion: version,
      groups: ['x25519'],
      keyShares: version === 'TLSv1.3' ? ['x25519'] : undefined,
    });
  return { 'TLSv1.2': of('TLSv1.2'), 'TLSv1.3': of('TLSv1.3') };
}

export interface Visit {
  readonly resumed: boolean;
  readonly earlyData: string;
  /** Milliseconds from the connection to the end of the handshake. */
  readonly milliseconds: number;
  /** What the server gave to resume; the caller disposes of them. */
  readonly sessions: readonly Session[];
}

/**
 * One connection, until the server has ended it.
 * @param session to resume; stays the caller's
 * @throws what ended the connection early
 */
export function visit(config: ClientConfig, port: number, session?: Session, early?: Uint8Array): Promise<Visit> {
  const target = { serverName: 'example.test', session, earlyData: early !== undefined };
  const connection = new Connection(config.settings(target), { handshakeTimeout: VISIT_MS });
  const sessions: Session[] = [];
  const started = performance.now();
  let established = 0;
  return new Promise<Visit>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => end(new Error('a visit takes too long')), VISIT_MS);
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      socket.destroy();
      const { resumed, earlyData } = connection.info;
      if (error !== null || established === 0) {
        sessions.forEach(disposeSession);
        reject(error ?? new Error('the connection ended during the handshake'));
      } else resolve({ resumed, earlyData, milliseconds: established - started, sessions });
      connection.dispose();
    };
    const work = (): void => {
      for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) {
        if (event.kind === 'session') sessions.push(event.session);
        else if (event.kind === 'established') established = performance.now();
        else if (event.kind === 'earlyDataOffered' && early !== undefined) connection.writeEarlyData(early);
      }
      flush(connection, socket);
    };
    socket.setNoDelay(true);
    socket.once('connect', work);
    socket.on('data', chunk => {
      connection.receive(chunk);
      work();
      if (connection.error !== null) end(connection.error);
    });
    socket.once('error', end);
    socket.once('close', () => end(null));
    socket.once('end', () => end(null));
  });
}

/** ClientHello and early data, as they go over the wire. */
export function firstFlight(config: ClientConfig, session: Session, early: string): Uint8Array {
  const target = { serverName: 'example.test', session, earlyData: true };
  const connection = new Connection(config.settings(target), { handshakeTimeout: VISIT_MS });
  try {
    for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) {
      if (event.kind === 'earlyDataOffered') connection.writeEarlyData(new TextEncoder().encode(early));
    }
    return new Uint8Array(Buffer.concat(connection.takeOutput()));
  } finally {
    connection.dispose();
  }
}

/** Sends a first flight and goes away once the server has answered, or after a while. @returns false if it was not reached */
export function sendCopy(port: number, flight: Uint8Array): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => over(false), VISIT_MS);
    const over = (reached: boolean): void => {
      clearTimeout(timer);
      // Without TIME_WAIT: there are a hundred thousand of them.
      socket.resetAndDestroy();
      resolve(reached);
    };
    socket.setNoDelay(true);
    socket.once('connect', () => socket.write(flight));
    socket.once('data', () => over(true));
    socket.once('error', () => over(false));
    socket.once('close', () => over(false));
  });
}

function flush(connection: Connection, socket: Socket): void {
  const output = connection.takeOutput();
  if (output.length > 0 && socket.writable) socket.write(Buffer.concat(output));
}

/** Does `job` for each item, so many at once. */
export async function inParallel<T>(width: number, items: Iterable<T>, job: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await job(next.value);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
