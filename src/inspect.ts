// castls/inspect: what TLS bytes mean, field by field, without keys and without a connection. Messages, extensions and
// certificates of SSL 3.0 to TLS 1.3 as trees of named fields over the bytes; fingerprints of a ClientHello; traces and
// captures, whose records are opened where a key log says how.

import { toHex } from './base/bytes.ts';
import { TlsError } from './base/errors.ts';
import { looksLikeCapture, readCapture } from './inspect/capture.ts';
import { certificateFields, derFields } from './inspect/certificate.ts';
import { ConnectionDecoder } from './inspect/decoder.ts';
import { type Field, FieldBudget, type FieldReader, readFields } from './inspect/field.ts';
import { clientHelloOf, ja3Text, ja4Parts } from './inspect/fingerprints.ts';
import type { RecognizedInput } from './inspect/input.ts';
import { KeyLog } from './inspect/key_log.ts';
import { HandshakeInspector, type MessageContext, readMessage } from './inspect/messages.ts';
import { type Inspection, inspectRecords, readContent } from './inspect/records.ts';
import { tcpStreams } from './inspect/tcp.ts';
import { readTraces, TRACE_VERSION, type Trace } from './inspect/trace.ts';
import { wasmCipherSuites12 } from './wasm/cipher_suites.ts';
import { defaultCore } from './wasm/default_core.ts';
import { wasmHash } from './wasm/hash.ts';
import { wasmMd5 } from './wasm/md5.ts';
import { wasmOlderCryptography } from './wasm/older_cryptography.ts';
import { wasmProvider } from './wasm/provider.ts';

export { type ErrorCode, TlsError } from './base/errors.ts';
export { type AlertExplanation, explainAlert } from './inspect/alerts.ts';
export type { DecodedRecord, RecordEpoch, Sender } from './inspect/decoder.ts';
export { ConnectionDecoder } from './inspect/decoder.ts';
export { type Field, firstProblem, MAX_FIELDS, type Problem } from './inspect/field.ts';
export { type InputKind, type RecognizedInput, recognizeInput } from './inspect/input.ts';
export { KeyLog } from './inspect/key_log.ts';
export { HandshakeInspector, type MessageContext, messageName } from './inspect/messages.ts';
export { type NamedValue, nameOf } from './inspect/names.ts';
export { type Inspection, inspectRecords } from './inspect/records.ts';
export { readTraces, type Trace, type TraceHeader, type TraceNote, writeTrace } from './inspect/trace.ts';

/**
 * One handshake message with its header of four bytes. Messages whose form depends on the version or the suite are read by
 * `context`; for those of one connection in their order use a `HandshakeInspector`, which learns them from the hellos.
 * @returns a tree that may be partial: see `firstProblem`. Never throws over what the bytes are
 */
export function inspectHandshake(message: Uint8Array, context: MessageContext = {}): Field {
  return new HandshakeInspector(context).inspect(bytesOf(message));
}

/** Content of a record that is in the clear, or was opened. @param type ContentType @param messages those of the connection */
export function inspectContent(
  type: number,
  content: Uint8Array,
  messages: HandshakeInspector = new HandshakeInspector(),
): Inspection {
  return readFields(bytesOf(content), 'content', reader => readContent(reader, type, messages));
}

/** A certificate in DER. @returns a tree that may be partial, as `inspectHandshake` does */
export function inspectCertificate(der: Uint8Array): Inspection {
  return whole(der, reader => certificateFields(der, 0, der.length, reader.budget));
}

/** Any DER: elements by their tags. @returns as `inspectCertificate` */
export function inspectDer(der: Uint8Array): Inspection {
  return whole(der, reader => derFields(der, 0, der.length, reader.budget));
}

function whole(der: Uint8Array, fields: (reader: FieldReader) => readonly Field[]): Inspection {
  return readFields(bytesOf(der), 'DER', reader => reader.adopt(der.length, fields(reader)), new FieldBudget());
}

/** Fields of whatever `recognizeInput` found; of captures and traces use `readConnections`. */
export function inspectInput({ kind, bytes }: RecognizedInput, context: MessageContext = {}): Inspection {
  if (kind === 'records') return inspectRecords(bytes, context);
  if (kind === 'certificate') return inspectCertificate(bytes);
  if (kind === 'der') return inspectDer(bytes);
  if (kind !== 'handshake')
    throw new TlsError('ERR_INVALID_ARGUMENT', `inspectInput: a ${kind} is for readConnections`);
  const messages = new HandshakeInspector(context);
  return readFields(bytes, 'handshake', reader => {
    while (reader.remaining > 0) {
      messages.note(bytes.subarray(reader.offset));
      readMessage(reader, messages.context);
    }
  });
}

/** A fingerprint of a ClientHello. */
export interface Fingerprint {
  readonly hash: string;
  /** What was hashed. */
  readonly text: string;
}

/**
 * JA3 of a ClientHello, a record or a message: the MD5 of versions, suites, extensions, groups and point formats.
 * @throws ERR_DECODE_ERROR, ERR_ILLEGAL_PARAMETER for what is no whole ClientHello
 */
export function ja3(clientHello: Uint8Array): Fingerprint {
  const text = ja3Text(clientHelloOf(bytesOf(clientHello)));
  return { text, hash: toHex(wasmMd5(defaultCore()).digest(new TextEncoder().encode(text))) };
}

/** JA4 of a ClientHello over TCP: `hash` such as "t13d1516h2_8daaf6152771_e5627efa2ab1", `text` as JA4_r. @throws as `ja3` */
export function ja4(clientHello: Uint8Array): Fingerprint {
  const { a, b, c } = ja4Parts(clientHelloOf(bytesOf(clientHello)));
  const hash = wasmHash(defaultCore(), 'sha256');
  const short = (text: string) =>
    text === '' ? '000000000000' : toHex(hash.digest(new TextEncoder().encode(text))).slice(0, 12);
  return { text: [a, b, c].filter(part => part !== '').join('_'), hash: `${a}_${short(b)}_${short(c)}` };
}

/** A decoder that opens the records of every version castls speaks. @param keyLog secrets, RFC 9850 */
export function connectionDecoder(keyLog: KeyLog | string = ''): ConnectionDecoder {
  const core = defaultCore();
  return new ConnectionDecoder({
    provider: wasmProvider(core, { cipherSuites12: wasmCipherSuites12 }),
    older: wasmOlderCryptography(core),
    keyLog: typeof keyLog === 'string' ? new KeyLog(keyLog) : keyLog,
  });
}

/**
 * The connections in a file: a trace, or a capture (pcap, pcapng), whose records are opened where `keyLog`, or the capture
 * itself, has their secrets. Streams of a capture that are no TLS are left out.
 * @throws ERR_DECODE_ERROR for other files; as `readTraces`
 */
export function readConnections(file: Uint8Array, keyLog = ''): Trace[] {
  if (!looksLikeCapture(bytesOf(file))) return readTraces(new TextDecoder().decode(file));
  const { segments, secrets } = readCapture(file);
  const log = new KeyLog(`${keyLog}\n${secrets}`);
  const traces: Trace[] = [];
  for (const stream of tcpStreams(segments)) {
    const decoder = connectionDecoder(log);
    try {
      const started = stream.chunks[0].time;
      for (const { from, data, time } of stream.chunks) decoder.push(from, data, time - started);
      const records = decoder.take(true);
      if (records.length === 0) continue;
      const last = records[records.length - 1].time;
      const lines = log.linesOf(decoder.clientRandom);
      const notes: Trace['notes'][number][] = lines.map(line => ({ t: 0, event: 'secret', line }));
      for (const from of stream.gaps)
        notes.push({ t: last, event: 'note', from, text: `segments of the ${from} are missing in the capture` });
      if (decoder.problem !== undefined) notes.push({ t: last, event: 'note', text: decoder.problem });
      traces.push({
        header: {
          castls: 'trace',
          version: TRACE_VERSION,
          started: new Date(started).toISOString(),
          role: 'capture',
          peer: `${stream.client} to ${stream.server}`,
          dangerousSecrets: true,
        },
        records,
        notes,
      });
    } finally {
      decoder.dispose();
    }
  }
  return traces;
}

/** Whatever is given instead of bytes is a fault of the caller, and said so. */
function bytesOf(value: Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TlsError('ERR_INVALID_ARGUMENT', 'castls/inspect reads a Uint8Array');
  return value;
}
