// What a runtime gives the list of tests: a client of its own adapter, servers to talk to, and nothing else.

import type { ConnectionInfo } from 'castls';

/** A connection of the runtime's own adapter, whatever its shape. */
export interface Client {
  /** Resolves when the handshake is over, rejects with why it failed. */
  readonly opened: Promise<ConnectionInfo>;
  write(bytes: Uint8Array): Promise<void>;
  /** Ends our direction; the peer may go on. */
  end(): Promise<void>;
  /** null when the peer sends no more. */
  read(): Promise<Uint8Array | null>;
  /** Ends everything and waits for it. */
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly port: number;
  readonly serverName?: string;
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly alpn?: readonly string[];
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** Servers on loopback, started by whoever runs the list. */
export interface Servers {
  /** castls serve --echo; with ALPN "echo". */
  readonly echo: number;
  /** castls serve --echo that requires a client certificate. */
  readonly mutual: number;
  /** openssl s_server -rev: sends lines back reversed; 0 where there is no openssl. */
  readonly openssl: number;
}

/** Certificates and keys of test/fixtures, as text: a runtime may have no files. */
export interface Fixtures {
  readonly ca: string;
  /** An authority that issued nothing here. */
  readonly otherCa: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly rsaCert: string;
  readonly rsaKey: string;
}

export interface Host {
  readonly name: string;
  readonly servers: Servers;
  readonly fixtures: Fixtures;
  connect(options: ClientOptions): Promise<Client>;
}

export interface RuntimeTest {
  readonly name: string;
  run(host: Host): Promise<void>;
}

/** Fails with a name instead of never ending. */
export function within<T>(what: string, promise: Promise<T>, milliseconds = 20_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a?.slice(0, 200)}, not ${b?.slice(0, 200)}`);
}

/** castls' code of what a promise rejects with: errors of castls/node have node's, and castls' as the cause. @throws if it resolves */
export async function codeOf(what: string, promise: Promise<unknown>): Promise<string> {
  try {
    await within(what, promise);
  } catch (error) {
    const { cause, code } = error as { cause?: { code?: string }; code?: string };
    return (cause?.code?.startsWith('ERR_') ? cause.code : code) ?? String(error);
  }
  throw new Error(`${what}: it was not refused`);
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

/** Bytes that tell where they belong: no piece is like another. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Throws unless both are the same bytes; says where they part. */
export function equalBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const at = expected.findIndex((byte, i) => byte !== actual[i]);
  if (actual.length !== expected.length || at >= 0)
    throw new Error(`${what}: ${actual.length} bytes, not ${expected.length}; they part at ${at}`);
}

/** All that comes until the end. */
export async function readAll(client: Client): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await client.read(); chunk !== null; chunk = await client.read()) chunks.push(chunk);
  return concat(chunks);
}
