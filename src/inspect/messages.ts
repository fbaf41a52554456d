// Handshake messages of SSL 3.0 to TLS 1.3 as fields. What a message looks like depends on the version and the cipher suite,
// which the hellos before it say: HandshakeInspector keeps them.

import { ExtensionCarrier } from '../registry/extension_legality.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType as type } from '../registry/handshake_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import * as certificate from '../wire/certificate.ts';
import { parseCompressedCertificate } from '../wire/certificate_compression.ts';
import { parseClientHello } from '../wire/client_hello.ts';
import { helloRetryRequestRandom, parseEncryptedExtensions, parseServerHello } from '../wire/server_hello.ts';
import * as session from '../wire/session_messages.ts';
import { certificateFields } from './certificate.ts';
import { readAuthorities, readCertificateStatus, readExtensions } from './extensions.ts';
import { type Field, type FieldReader, readFields } from './field.ts';
import { nameOf } from './names.ts';

const { CH, SH, HRR, EE, CT, CR, NST, SH12 } = ExtensionCarrier;
const TLS12 = ProtocolVersion['TLSv1.2'];
const TLS13 = ProtocolVersion['TLSv1.3'];

/** What the form of a message depends on. */
export interface MessageContext {
  /** ProtocolVersion that the ServerHello chose. Default: TLS 1.3, or what the message itself shows. */
  readonly version?: number;
  /** Cipher suite that the ServerHello chose. */
  readonly cipherSuite?: number;
}

interface MessageRow {
  readonly name: string;
  readonly section: (version: number) => string;
  readonly read: (reader: FieldReader, context: Known) => void;
  /** Of src/wire. */
  readonly judge?: (body: Uint8Array, context: Known) => unknown;
}

interface Known {
  readonly version: number;
  readonly suiteName: string;
}

const is13 = (version: number): boolean => version >= TLS13;
const in13or12 = (in13: string, in12: string) => (version: number) =>
  is13(version) ? `RFC 9846 ${in13}` : version === ProtocolVersion.SSLv3 ? 'RFC 6101 §5.6' : `RFC 5246 ${in12}`;
const always = (section: string) => () => section;

const rows: ReadonlyMap<number, MessageRow> = /* @__PURE__ */ new Map<number, MessageRow>([
  [type.hello_request, { name: 'HelloRequest', section: always('RFC 5246 §7.4.1.1'), read: () => {} }],
  [
    type.client_hello,
    {
      name: 'ClientHello',
      section: always('RFC 9846 §4.1.2'),
      read: reader => readClientHello(reader),
      judge: body => parseClientHello(body),
    },
  ],
  [
    type.server_hello,
    {
      name: 'ServerHello',
      section: in13or12('§4.1.3', '§7.4.1.3'),
      read: reader => readServerHello(reader),
      judge: body => parseServerHello(body),
    },
  ],
  [
    type.new_session_ticket,
    {
      name: 'NewSessionTicket',
      section: version => (is13(version) ? 'RFC 9846 §4.6.1' : 'RFC 5077 §3.3'),
      read: readTicket,
      judge: (body, { version }) =>
        is13(version) ? session.parseNewSessionTicket13(body) : session.parseNewSessionTicket12(body),
    },
  ],
  [type.end_of_early_data, { name: 'EndOfEarlyData', section: always('RFC 9846 §4.5'), read: () => {} }],
  [
    type.encrypted_extensions,
    {
      name: 'EncryptedExtensions',
      section: always('RFC 9846 §4.3.1'),
      read: reader => readExtensions(reader, EE),
      judge: body => parseEncryptedExtensions(body),
    },
  ],
  [
    type.certificate,
    {
      name: 'Certificate',
      section: in13or12('§4.4.2', '§7.4.2'),
      read: readCertificate,
      judge: (body, { version }) =>
        is13(version) ? certificate.parseCertificate13(body) : certificate.parseCertificate12(body),
    },
  ],
  [
    type.server_key_exchange,
    { name: 'ServerKeyExchange', section: in13or12('', '§7.4.3'), read: readServerKeyExchange },
  ],
  [
    type.certificate_request,
    {
      name: 'CertificateRequest',
      section: in13or12('§4.3.2', '§7.4.4'),
      read: readCertificateRequest,
      judge: (body, { version }) => (is13(version) ? certificate.parseCertificateRequest13(body) : undefined),
    },
  ],
  [type.server_hello_done, { name: 'ServerHelloDone', section: in13or12('', '§7.4.5'), read: () => {} }],
  [
    type.certificate_verify,
    {
      name: 'CertificateVerify',
      section: in13or12('§4.4.3', '§7.4.8'),
      read: (reader, { version }) => readSigned(reader, version),
      judge: (body, { version }) => (version >= TLS12 ? certificate.parseCertificateVerify(body) : undefined),
    },
  ],
  [
    type.client_key_exchange,
    { name: 'ClientKeyExchange', section: in13or12('', '§7.4.7'), read: readClientKeyExchange },
  ],
  [
    type.finished,
    { name: 'Finished', section: in13or12('§4.4.4', '§7.4.9'), read: reader => reader.rest('verify_data') },
  ],
  [
    type.certificate_status,
    {
      name: 'CertificateStatus',
      section: always('RFC 6066 §8'),
      read: readCertificateStatus,
      judge: body => certificate.parseCertificateStatus(body),
    },
  ],
  [
    type.key_update,
    {
      name: 'KeyUpdate',
      section: always('RFC 9846 §4.6.3'),
      read: reader => void reader.u8('request_update', nameOf.keyUpdateRequest),
      judge: body => session.parseKeyUpdate(body),
    },
  ],
  [
    type.compressed_certificate,
    {
      name: 'CompressedCertificate',
      section: always('RFC 8879 §4'),
      read: reader => {
        reader.u16('algorithm', nameOf.certificateCompression);
        reader.u24('uncompressed_length');
        reader.vector(3, 'compressed_certificate_message');
      },
      judge: body => parseCompressedCertificate(body),
    },
  ],
]);

/** Name of a message by its type, such as "ClientHello". */
export function messageName(handshakeType: number): string {
  return rows.get(handshakeType)?.name ?? `handshake message ${handshakeType}`;
}

/** The next message, from a reader over messages. */
export function readMessage(reader: FieldReader, { version, cipherSuite }: MessageContext): void {
  const { bytes, offset } = reader;
  const handshakeType = bytes[offset];
  const length = (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
  const row = rows.get(handshakeType);
  const known: Known = { version: version ?? TLS13, suiteName: nameOf.cipherSuite(cipherSuite ?? -1) ?? '' };
  const section = row?.section(known.version) ?? 'RFC 9846 §4';
  reader.group(row?.name ?? 'Handshake', section, message => {
    message.u8('msg_type', nameOf.handshakeType, 'RFC 9846 §4');
    message.u24('length', undefined, 'RFC 9846 §4');
    const present = Math.min(length, message.remaining);
    const body = bytes.subarray(message.offset, message.offset + present);
    const field = message.bounded('body', present, section, inner =>
      row === undefined ? inner.rest('(not understood)') : row.read(inner, known),
    );
    const cut = present < length;
    if (cut) message.opaque('(cut off)', length);
    else if (field.problem === undefined) message.judge(() => row?.judge?.(body, known));
  });
}

/** Reads the messages of one connection, in their order, whoever sends them. */
export class HandshakeInspector {
  #version: number | undefined;
  #cipherSuite: number | undefined;

  constructor(context: MessageContext = {}) {
    this.#version = context.version;
    this.#cipherSuite = context.cipherSuite;
  }

  /** What the hellos so far say. */
  get context(): MessageContext {
    return { version: this.#version, cipherSuite: this.#cipherSuite };
  }

  /** One message with its header of four bytes. Never throws: see `problem` of the fields. */
  inspect(message: Uint8Array): Field {
    this.note(message);
    const { fields, problem } = readFields(message, 'handshake', reader => readMessage(reader, this.context));
    const [field] = fields;
    if (field === undefined) return { name: 'Handshake', offset: 0, length: message.length, problem };
    return field.problem === undefined && problem !== undefined ? { ...field, problem } : field;
  }

  /** Takes from a ServerHello what the messages behind it look like. */
  note(message: Uint8Array): void {
    if (message[0] !== type.server_hello) return;
    try {
      const hello = parseServerHello(message.subarray(4));
      const selected = hello.extensions.find(({ type: each }) => each === ExtensionType.supported_versions);
      this.#version = selected?.data.length === 2 ? (selected.data[0] << 8) | selected.data[1] : hello.legacyVersion;
      this.#cipherSuite = hello.cipherSuite;
    } catch {} // what cannot be read says nothing; the fields say what is wrong
  }
}

function readClientHello(reader: FieldReader): void {
  reader.u16('legacy_version', nameOf.version);
  reader.opaque('random', 32);
  reader.vector(1, 'legacy_session_id');
  reader.vector(2, 'cipher_suites', undefined, list => {
    while (list.remaining > 0) list.u16('CipherSuite', nameOf.cipherSuite);
  });
  readCompressionMethods(reader);
  if (reader.remaining > 0) readExtensions(reader, CH);
}

function readCompressionMethods(reader: FieldReader): void {
  reader.vector(1, 'legacy_compression_methods', undefined, list => {
    while (list.remaining > 0) list.u8('CompressionMethod', nameOf.compressionMethod);
  });
}

function readServerHello(reader: FieldReader): void {
  reader.u16('legacy_version', nameOf.version);
  const random = reader.opaque('random', 32);
  const retry = random.every((byte, i) => byte === helloRetryRequestRandom[i]);
  const sentinel = downgradeSentinel(random);
  if (retry) reader.annotate({ meaning: 'HelloRetryRequest' });
  else if (sentinel !== undefined) reader.annotate({ meaning: sentinel });
  reader.vector(1, 'legacy_session_id_echo');
  reader.u16('cipher_suite', nameOf.cipherSuite);
  reader.u8('legacy_compression_method', nameOf.compressionMethod);
  if (reader.remaining === 0) return;
  // supported_versions is in every hello of TLS 1.3 and in no other (RFC 9846 §4.2.1).
  readExtensions(reader, retry ? HRR : hasSupportedVersions(reader) ? SH : SH12);
}

/** RFC 9846 §4.1.3: the last eight bytes of a server that could speak more. */
function downgradeSentinel(random: Uint8Array): string | undefined {
  const end = String.fromCharCode(...random.subarray(24, 31));
  if (end !== 'DOWNGRD' || random[31] > 1) return undefined;
  return `ends in the downgrade sentinel: the server speaks TLS ${random[31] === 1 ? '1.3' : '1.2'}`;
}

function hasSupportedVersions({ bytes, offset, remaining }: FieldReader): boolean {
  const end = offset + remaining;
  for (let at = offset + 2; at + 4 <= end; at += 4 + ((bytes[at + 2] << 8) | bytes[at + 3])) {
    if (bytes[at] === 0 && bytes[at + 1] === ExtensionType.supported_versions) return true;
  }
  return false;
}

function readTicket(reader: FieldReader, { version }: Known): void {
  if (!is13(version)) {
    reader.u32('ticket_lifetime_hint', seconds);
    reader.vector(2, 'ticket');
    return;
  }
  reader.u32('ticket_lifetime', seconds);
  reader.u32('ticket_age_add');
  reader.vector(1, 'ticket_nonce');
  reader.vector(2, 'ticket');
  readExtensions(reader, NST);
}

const seconds = (value: number): string =>
  value >= 3600 ? `${Math.round(value / 360) / 10} hours` : `${value} seconds`;

function readCertificate(reader: FieldReader, { version }: Known): void {
  const modern = is13(version);
  if (modern) reader.vector(1, 'certificate_request_context');
  reader.vector(3, 'certificate_list', undefined, list => {
    while (list.remaining > 0) {
      if (!modern) readCertificateData(list);
      else
        list.group('CertificateEntry', undefined, entry => {
          readCertificateData(entry);
          readExtensions(entry, CT);
        });
    }
  });
}

function readCertificateData(reader: FieldReader): void {
  reader.vector(3, 'cert_data', undefined, data => {
    const { bytes, offset, remaining, budget } = data;
    data.adopt(remaining, certificateFields(bytes, offset, offset + remaining, budget));
  });
}

function readSigned(reader: FieldReader, version: number): void {
  if (version >= TLS12) reader.u16('algorithm', nameOf.signatureScheme);
  reader.vector(2, 'signature');
}

function readCertificateRequest(reader: FieldReader, { version }: Known): void {
  if (is13(version)) {
    reader.vector(1, 'certificate_request_context');
    readExtensions(reader, CR);
    return;
  }
  reader.vector(1, 'certificate_types', undefined, list => {
    while (list.remaining > 0) list.u8('ClientCertificateType', nameOf.clientCertificateType);
  });
  if (version >= TLS12) {
    reader.vector(2, 'supported_signature_algorithms', undefined, list => {
      while (list.remaining > 0) list.u16('algorithm', nameOf.signatureScheme);
    });
  }
  readAuthorities(reader);
}

/** How keys are exchanged, by the name of the suite. */
function keyExchangeOf({ suiteName }: Known): 'ecdhe' | 'dhe' | 'rsa' | 'psk' | undefined {
  const exchange = /^TLS_(\w+?)_WITH_/.exec(suiteName)?.[1];
  if (exchange === undefined) return undefined;
  if (exchange.includes('PSK')) return 'psk';
  if (exchange.startsWith('ECDH')) return 'ecdhe';
  if (exchange.startsWith('DH')) return 'dhe';
  return exchange === 'RSA' ? 'rsa' : undefined;
}

function readServerKeyExchange(reader: FieldReader, context: Known): void {
  const exchange = keyExchangeOf(context);
  if (exchange === 'ecdhe') {
    reader.group('ServerECDHParams', 'RFC 8422 §5.4', params => {
      if (params.u8('curve_type', nameOf.curveType) === 3) {
        params.u16('namedcurve', nameOf.group);
        params.vector(1, 'public');
      } else params.rest('curve parameters');
    });
  } else if (exchange === 'dhe') {
    reader.group('ServerDHParams', 'RFC 5246 §7.4.3', params => {
      params.vector(2, 'dh_p');
      params.vector(2, 'dh_g');
      params.vector(2, 'dh_Ys');
    });
  } else {
    reader.rest('params');
    return;
  }
  if (!context.suiteName.includes('_anon_')) readSigned(reader, context.version);
}

function readClientKeyExchange(reader: FieldReader, context: Known): void {
  const exchange = keyExchangeOf(context);
  if (exchange === 'ecdhe') reader.vector(1, 'ecdh_Yc', 'RFC 8422 §5.7');
  else if (exchange === 'dhe') reader.vector(2, 'dh_Yc', 'RFC 5246 §7.4.7.2');
  // RFC 6101 §5.6.7.1: no length in SSL 3.0.
  else if (exchange === 'rsa' && context.version > ProtocolVersion.SSLv3)
    reader.vector(2, 'EncryptedPreMasterSecret', 'RFC 5246 §7.4.7.1');
  else reader.rest(exchange === 'rsa' ? 'EncryptedPreMasterSecret' : 'exchange_keys');
}
