// Fingerprints of a ClientHello: JA3 (salesforce/ja3) and JA4 (FoxIO, BSD-licensed part), as texts before and after hashing.
// The hashes come from outside.

import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { type ClientHello, parseClientHello } from '../wire/client_hello.ts';
import { findExtension } from '../wire/extensions.ts';
import { Reader } from '../wire/reader.ts';
import { isGrease } from './names.ts';

/** Numbers of a list in an extension; empty where it is absent or malformed. */
function listOf(hello: ClientHello, type: number, prefix: 1 | 2, width: 8 | 16): number[] {
  const data = findExtension(hello.extensions, type);
  if (data === undefined) return [];
  try {
    const reader = new Reader(data, 'list');
    return (width === 8 ? reader.list8(prefix) : reader.list16(prefix)).filter(
      value => width === 8 || !isGrease(value),
    );
  } catch {
    return [];
  }
}

const withoutGrease = (values: readonly number[]): number[] => values.filter(value => !isGrease(value));

/** The text whose MD5 is the JA3: decimal numbers, GREASE left out. */
export function ja3Text(hello: ClientHello): string {
  const extensions = withoutGrease(hello.extensions.map(({ type }) => type));
  const groups = listOf(hello, ExtensionType.supported_groups, 2, 16);
  const formats = listOf(hello, ExtensionType.ec_point_formats, 1, 8);
  return [
    hello.legacyVersion,
    withoutGrease(hello.cipherSuites).join('-'),
    extensions.join('-'),
    groups.join('-'),
    formats.join('-'),
  ].join(',');
}

/** The parts of a JA4: what is written as it is, and the lists whose SHA-256 is written. */
export interface Ja4Parts {
  /** Such as "t13d1516h2". */
  readonly a: string;
  /** Cipher suites, sorted. */
  readonly b: string;
  /** Extensions, sorted and without server_name and ALPN, then signature algorithms as they come. */
  readonly c: string;
}

const versionCodes: Readonly<Record<number, string>> = {
  [ProtocolVersion['TLSv1.3']]: '13',
  [ProtocolVersion['TLSv1.2']]: '12',
  [ProtocolVersion['TLSv1.1']]: '11',
  [ProtocolVersion.TLSv1]: '10',
  [ProtocolVersion.SSLv3]: 's3',
};

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');
const count = (values: readonly unknown[]): string => `${Math.min(values.length, 99)}`.padStart(2, '0');

export function ja4Parts(hello: ClientHello): Ja4Parts {
  const suites = withoutGrease(hello.cipherSuites);
  const extensions = withoutGrease(hello.extensions.map(({ type }) => type));
  const version = Math.max(...listOf(hello, ExtensionType.supported_versions, 1, 16), 0) || hello.legacyVersion;
  const sni = extensions.includes(ExtensionType.server_name) ? 'd' : 'i';
  const listed = extensions.filter(
    type => type !== ExtensionType.server_name && type !== ExtensionType.application_layer_protocol_negotiation,
  );
  const algorithms = listOf(hello, ExtensionType.signature_algorithms, 2, 16).map(hex4).join(',');
  const sorted = (values: readonly number[]) => values.map(hex4).sort().join(',');
  return {
    a: `t${versionCodes[version] ?? '00'}${sni}${count(suites)}${count(extensions)}${alpnCode(hello)}`,
    b: sorted(suites),
    c: listed.length === 0 && algorithms === '' ? '' : `${sorted(listed)}${algorithms === '' ? '' : `_${algorithms}`}`,
  };
}

/** The first and the last character of the first protocol, or nibbles of it where they are no letters and digits. */
function alpnCode(hello: ClientHello): string {
  const data = findExtension(hello.extensions, ExtensionType.application_layer_protocol_negotiation);
  const length = data?.[2] ?? 0;
  if (data === undefined || length === 0 || data.length < 3 + length) return '00';
  const [first, last] = [data[3], data[2 + length]];
  const alphanumeric = (byte: number) => /[0-9A-Za-z]/.test(String.fromCharCode(byte));
  if (alphanumeric(first) && alphanumeric(last)) return String.fromCharCode(first, last);
  return `${(first >> 4).toString(16)}${(last & 0xf).toString(16)}`;
}

/**
 * The ClientHello in these bytes: a record or a handshake message, whole.
 * @throws ERR_DECODE_ERROR, ERR_ILLEGAL_PARAMETER as a server would
 */
export function clientHelloOf(bytes: Uint8Array): ClientHello {
  const message = bytes[0] === 0x16 && bytes[1] === 3 ? handshakeContent(bytes) : bytes;
  const reader = new Reader(message, 'ClientHello');
  if (reader.u8() !== HandshakeType.client_hello) throw reader.error('another message');
  const body = reader.vector(3);
  return parseClientHello(body);
}

/** Content of the handshake records at the front: a hello may be longer than one. */
function handshakeContent(bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes, 'record');
  const content: number[] = [];
  while (reader.remaining > 0 && bytes[reader.offset] === 0x16) {
    reader.bytes(3);
    for (const byte of reader.vector(2)) content.push(byte);
  }
  return Uint8Array.from(content);
}
