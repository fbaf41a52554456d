// What the tests of the record layer share: both ends of a connection, records, messages, and what comes out of a reader.

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { type Incoming, RecordReader } from '../../src/record/record_reader.ts';
import { RecordWriter } from '../../src/record/record_writer.ts';
import { bytes } from '../wire/malformed.ts';

export const limits = { maxCertificateMessage: 100_000, maxHandshakeMessage: 70_000 };
export const TLS12 = 0x0303;
export const TLS13 = 0x0304;

/** Who protects: the two ends of a connection may be different providers. */
export interface Protectors {
  readonly sealer: CryptoProvider;
  readonly opener: CryptoProvider;
  /** IANA names of the suites for either version. */
  readonly suite13: string;
  readonly suite12: string;
}

export interface Ends {
  readonly writer: RecordWriter;
  readonly reader: RecordReader;
  readonly seal: RecordProtection;
}

/** Protection of one end, from secret number `which`. */
function protection(
  provider: CryptoProvider,
  { suite12, suite13 }: Protectors,
  version: number,
  which: number,
): RecordProtection {
  if (version === TLS13) {
    const suite = provider.cipherSuites13.find(s => s.name === suite13)!;
    const secret = provider.importSecret(bytes(suite.keyDerivation.hash.outputLength, which));
    const made = suite.protect(secret);
    secret.dispose();
    return made;
  }
  const suite = provider.cipherSuites12.find(s => s.name === suite12)!;
  const block = provider.importSecret(bytes(suite.keyBlockLength, which));
  const made = suite.protect(block, 'client', false);
  block.dispose();
  return made;
}

/** Protections of both ends of one direction, TLS 1.3 or 1.2. */
export function keys(by: Protectors, version: number, which = 1): { seal: RecordProtection; open: RecordProtection } {
  return { seal: protection(by.sealer, by, version, which), open: protection(by.opener, by, version, which) };
}

/** A writer and a reader under the same keys, after the handshake. */
export function joined(by: Protectors, version = TLS13): Ends {
  const writer = new RecordWriter(TLS12);
  const reader = new RecordReader(limits);
  const { seal, open } = keys(by, version);
  reader.useVersion(version);
  reader.allowApplicationData(true);
  writer.changeProtection(seal);
  reader.changeProtection(open);
  return { writer, reader, seal };
}

export function readAll(reader: RecordReader): Incoming[] {
  const all: Incoming[] = [];
  for (let incoming = reader.next(); incoming !== null; incoming = reader.next()) all.push(incoming);
  return all;
}

export function feed(reader: RecordReader, data: Uint8Array): Incoming[] {
  reader.push(data);
  const all = readAll(reader);
  reader.retain();
  return all;
}

export function record(type: number, content: ArrayLike<number>, version = TLS12): Uint8Array {
  return Uint8Array.of(
    type,
    version >> 8,
    version & 255,
    content.length >> 8,
    content.length & 255,
    ...Array.from(content),
  );
}

export const message = (type: number, body: ArrayLike<number>) =>
  Uint8Array.of(type, body.length >> 16, (body.length >> 8) & 255, body.length & 255, ...Array.from(body));

export const join = (chunks: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(chunks));
export const dataOf = (all: readonly Incoming[]) =>
  join(all.flatMap(item => (item.kind === 'data' ? [item.data] : [])));
export const rawOf = (all: readonly Incoming[]) =>
  all.flatMap(item => (item.kind === 'message' ? [item.message.raw] : []));
