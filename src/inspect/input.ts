// What people paste and pipe: TLS bytes as they are, in hex, in base64, in PEM, as a dump with offsets. Recognized by what it
// decodes to, never by a name.

import { isDer, trimmedDer } from '../asn1/der.ts';
import { parsePem } from '../asn1/pem.ts';
import { TlsError } from '../base/errors.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { looksLikeCapture } from './capture.ts';
import { looksLikeRecord } from './records.ts';
import { looksLikeTrace } from './trace.ts';

/** What the bytes are. */
export type InputKind = 'records' | 'handshake' | 'certificate' | 'der' | 'capture' | 'trace';

export interface RecognizedInput {
  readonly kind: InputKind;
  readonly bytes: Uint8Array;
  /** Further certificates of the same PEM text. */
  readonly more: readonly Uint8Array[];
}

const handshakeTypes: ReadonlySet<number> = /* @__PURE__ */ new Set(/* @__PURE__ */ Object.values(HandshakeType));

/**
 * @param input bytes of a file, or text
 * @throws ERR_DECODE_ERROR for what is nothing of all that; ERR_MALFORMED_PEM
 */
export function recognizeInput(input: Uint8Array | string): RecognizedInput {
  if (typeof input !== 'string') {
    const kind = kindOf(input);
    if (kind !== null) return recognized(kind, input);
  }
  const text = typeof input === 'string' ? input : textOf(input);
  if (looksLikeTrace(text))
    return { kind: 'trace', bytes: typeof input === 'string' ? new TextEncoder().encode(input) : input, more: [] };
  if (text.includes('-----BEGIN ')) return fromPem(text);
  const bytes = hexOf(text) ?? base64Of(text);
  const kind = bytes === null ? null : kindOf(bytes);
  if (bytes === null || kind === null)
    throw new TlsError(
      'ERR_DECODE_ERROR',
      'neither TLS records, a handshake message, a certificate, a capture nor a trace, and no hex, base64 or PEM of one',
    );
  return recognized(kind, bytes);
}

function recognized(kind: InputKind, bytes: Uint8Array): RecognizedInput {
  return { kind, bytes: kind === 'certificate' ? trimmedDer(bytes) : bytes, more: [] };
}

/** What the bytes begin as. */
function kindOf(bytes: Uint8Array): InputKind | null {
  if (bytes.length === 0) return null;
  if (looksLikeCapture(bytes)) return 'capture';
  if (looksLikeRecord(bytes)) return 'records';
  if (bytes[0] === 0x30 && isDer(bytes)) return looksLikeCertificate(bytes) ? 'certificate' : 'der';
  if (bytes.length < 4 || !handshakeTypes.has(bytes[0])) return null;
  // A message that is cut off is shown up to there, if its length is not out of all proportion.
  const length = 4 + ((bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
  return length <= bytes.length || (bytes[1] === 0 && bytes.length >= 38) ? 'handshake' : null;
}

/** A SEQUENCE of a SEQUENCE that begins with [0] or an INTEGER. */
function looksLikeCertificate(bytes: Uint8Array): boolean {
  const content = (at: number) => at + 2 + (bytes[at + 1] >= 0x80 ? bytes[at + 1] & 0x7f : 0);
  const tbs = content(0);
  const first = bytes[tbs] === 0x30 ? bytes[content(tbs)] : -1;
  return first === 0xa0 || (first === 0x02 && bytes.length > 200 && bytes[content(tbs) + 1] < 0x80);
}

function fromPem(text: string): RecognizedInput {
  const blocks = parsePem(text);
  const certificates = blocks.filter(({ label }) => /^(X509 |TRUSTED )?CERTIFICATE$/.test(label));
  const secret = blocks.find(({ label }) => label.includes('PRIVATE KEY'));
  if (certificates.length === 0 && secret !== undefined)
    throw new TlsError('ERR_DECODE_ERROR', 'a private key: it is not shown');
  const shown = certificates.length > 0 ? certificates : blocks;
  if (shown.length === 0) throw new TlsError('ERR_MALFORMED_PEM', 'no block of PEM');
  const [first, ...more] = shown.map(({ bytes }) => bytes);
  return { kind: certificates.length > 0 ? 'certificate' : 'der', bytes: first, more };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

/** Hex with spaces, colons, commas or "0x" between, or lines of a dump with their offsets; null for other text. */
function hexOf(text: string): Uint8Array | null {
  const lines = text.split(/\r?\n/).map(line => dumpLine(line) ?? line);
  const digits = lines.join('').replace(/0x|\\x|[\s:,;_-]/gi, '');
  if (digits.length < 2 || digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** The octets of "00000010  16 03 01 ...  |text|" (hexdump, xxd, tcpdump, Wireshark). */
function dumpLine(line: string): string | null {
  const match = /^\s*(?:0x)?[0-9a-f]{4,8}:?\s+((?:[0-9a-f]{2,4}(?: {1,2}|$))+)/i.exec(line);
  return match === null ? null : match[1];
}

function base64Of(text: string): Uint8Array | null {
  const plain = text.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/');
  if (plain.length < 4 || !/^[0-9a-z+/]+=*$/i.test(plain)) return null;
  try {
    return Uint8Array.from(atob(plain.replace(/=+$/, '')), character => character.charCodeAt(0));
  } catch {
    return null;
  }
}
