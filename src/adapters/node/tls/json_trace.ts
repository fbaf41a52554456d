// A connection as a trace (src/inspect/trace.ts): what went over the wire and what was inside, a line of JSON for each record.
// A bystander of its own connection: it hears the key log that the handshake would write, and opens the records once more.

import { TlsError } from '../../../base/errors.ts';
import { callable, flag, oneOf, readOptions, required, withDefault } from '../../../base/options.ts';
import type { ConnectionInfo } from '../../../connection/info.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { ConnectionDecoder, type Sender } from '../../../inspect/decoder.ts';
import { type TraceNote, traceHeaderLine, traceNoteLine, traceRecordLine } from '../../../inspect/trace.ts';

/** How a connection is traced. */
export interface TraceOptions {
  /** "text": a line for people about each record. "json": the trace format of docs/explorer.md. Default "text". */
  readonly format?: 'text' | 'json';
  /** With "json": the secrets of the connection and its data, too. Whoever has the trace reads the connection. */
  readonly dangerousSecrets?: boolean;
}

/** Where traces go, and how. */
export interface TraceTarget extends TraceOptions {
  /** Gets lines without their end. */
  readonly write: (line: string) => void;
}

const table = {
  write: required(callable<(line: string) => void>()),
  format: withDefault(oneOf('text', 'json'), 'text'),
  dangerousSecrets: withDefault(flag, false),
} as const;

/** @throws ERR_INVALID_ARGUMENT for options that it does not know, of another kind, or without effect */
export function traceOptions(given: TraceTarget): Required<TraceTarget> {
  const options = readOptions('traceTo', table, given);
  if (options.dangerousSecrets && options.format === 'text')
    throw new TlsError('ERR_INVALID_ARGUMENT', 'traceTo: dangerousSecrets has a meaning with the format json alone');
  return { ...options, write: heardApart(options.write) };
}

/** What a trace's function throws is the program's to hear of, as of a listener that nobody waits for: no byte is lost by it. */
function heardApart(write: (line: string) => void): (line: string) => void {
  return line => {
    try {
      write(line);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
}

let traced = 0;

export class JsonTrace {
  readonly #write: (line: string) => void;
  readonly #role: Sender;
  readonly #dangerousSecrets: boolean;
  readonly #decoder: ConnectionDecoder;
  readonly #started = performance.now();
  readonly #id = ++traced;
  #over = false;

  constructor(
    write: (line: string) => void,
    role: Sender,
    provider: CryptoProvider,
    about: { readonly peer?: string; readonly serverName?: string; readonly dangerousSecrets: boolean },
  ) {
    this.#write = write;
    this.#role = role;
    this.#dangerousSecrets = about.dangerousSecrets;
    this.#decoder = new ConnectionDecoder({ provider });
    write(traceHeaderLine({ id: this.#id, started: new Date().toISOString(), role, ...about }));
  }

  readonly bytes = (direction: 'sent' | 'received', bytes: Uint8Array): void => {
    if (this.#over) return;
    const peer = this.#role === 'client' ? 'server' : 'client';
    this.#decoder.push(direction === 'sent' ? this.#role : peer, bytes, this.#now());
    this.#take(false);
  };

  established(info: ConnectionInfo): void {
    const { protocolVersion, cipherSuite, group, signatureScheme, alpn, serverName, resumed, helloRetried } = info;
    this.#note({
      event: 'established',
      info: {
        protocol: protocolVersion,
        cipher: cipherSuite?.name ?? null,
        group: group?.name ?? null,
        signatureAlgorithm: signatureScheme,
        alpn,
        serverName,
        resumed,
        helloRetried,
        earlyData: info.earlyData,
      },
    });
  }

  closed(error: (Error & { code?: unknown; cause?: unknown }) | null): void {
    if (this.#over) return;
    this.#take(true);
    this.#decoder.dispose();
    const found = castlsError(error);
    this.#note({ event: 'closed', from: this.#role, error: found });
    this.#over = true;
  }

  /** A line of the connection's key log. */
  secret(line: string): void {
    if (this.#over) return;
    this.#decoder.secret(line);
    if (this.#dangerousSecrets) this.#note({ event: 'secret', line });
    this.#take(false);
  }

  #take(last: boolean): void {
    for (const record of this.#decoder.take(last))
      this.#write(traceRecordLine(record, this.#dangerousSecrets, this.#id));
  }

  #note(note: TraceNote extends infer Note ? (Note extends TraceNote ? Omit<Note, 't'> : never) : never): void {
    this.#write(traceNoteLine({ t: this.#now(), ...note } as TraceNote, this.#id));
  }

  #now(): number {
    return performance.now() - this.#started;
  }
}

/** What castls found, where a socket shows it under node's name for it. */
function castlsError(error: (Error & { code?: unknown; cause?: unknown }) | null) {
  if (error === null) return null;
  const { cause } = error;
  const found = (cause instanceof Error && 'code' in cause ? cause : error) as Error & { code?: unknown };
  return { code: `${found.code ?? 'ERR_INTERNAL'}`, message: found.message };
}
