// Writes down one connection as a trace while it happens: bytes both ways, secrets, what each side says about it.

import type { ConnectionInfo } from 'castls';
import {
  type ConnectionDecoder,
  connectionDecoder,
  type DecodedRecord,
  type Sender,
  type Trace,
  type TraceNote,
} from 'castls/inspect';

export class Recorder {
  readonly #decoder: ConnectionDecoder = connectionDecoder();
  readonly #records: DecodedRecord[] = [];
  readonly #notes: TraceNote[] = [];
  readonly #lines = new Set<string>();
  readonly #role: Trace['header']['role'];
  readonly #started = new Date().toISOString();
  readonly #peer: string;
  readonly #now: () => number;

  /** @param now milliseconds since the connection began */
  constructor(role: Trace['header']['role'], peer: string, now: () => number) {
    this.#role = role;
    this.#peer = peer;
    this.#now = now;
  }

  bytes(from: Sender, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#decoder.push(from, bytes, this.#now());
    this.#records.push(...this.#decoder.take());
  }

  /** A key log line of either side. */
  readonly secret = (line: string): void => {
    if (this.#lines.has(line)) return;
    this.#lines.add(line);
    this.#decoder.secret(line);
    this.#notes.push({ t: this.#now(), event: 'secret', line });
    this.#records.push(...this.#decoder.take());
  };

  note(text: string, from?: Sender): void {
    this.#notes.push({ t: this.#now(), event: 'note', text, from });
  }

  established(info: ConnectionInfo): void {
    const { protocolVersion, cipherSuite, group, signatureScheme, alpn, serverName, resumed, helloRetried, earlyData } =
      info;
    this.#notes.push({
      t: this.#now(),
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
        earlyData,
      },
    });
  }

  closed(from: Sender, error: { readonly code: string; readonly message: string } | null): void {
    this.#notes.push({
      t: this.#now(),
      event: 'closed',
      from,
      error: error && { code: error.code, message: error.message },
    });
  }

  /** What was written down so far. */
  trace(last: boolean): Trace {
    if (last) {
      this.#records.push(...this.#decoder.take(true));
      this.#decoder.dispose();
    }
    const header = {
      castls: 'trace',
      version: 1,
      started: this.#started,
      role: this.#role,
      peer: this.#peer,
      dangerousSecrets: true,
    } as const;
    return { header, records: [...this.#records], notes: [...this.#notes] };
  }
}
