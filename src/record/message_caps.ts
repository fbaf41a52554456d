// How long each handshake message may be: what its syntax allows, or what a config is ready to hold for a peer that is
// not authenticated yet.

import { TlsError } from '../base/errors.ts';
import { HandshakeType } from '../registry/handshake_types.ts';

/** Caps that a config sets, in bytes. */
export interface MessageLimits {
  /** Certificate, CertificateRequest and CertificateStatus messages. */
  readonly maxCertificateMessage: number;
  /** Any message whose syntax allows more. */
  readonly maxHandshakeMessage: number;
}

/** version, random, session_id, cipher_suites, compression methods, extensions: each field at its longest. */
const LONGEST_CLIENT_HELLO = 2 + 32 + 33 + (2 + 65_534) + 256 + (2 + 65_535);
const LONGEST_SERVER_HELLO = 2 + 32 + 33 + 2 + 1 + (2 + 65_535);
/** SSL 3.0: MD5 and SHA-1; else a hash, at most 64 bytes. */
const LONGEST_FINISHED = 64;

const fromCertificates = 'maxCertificateMessage';
const fromLimits = 'maxHandshakeMessage';

const caps: ReadonlyMap<number, number | keyof MessageLimits> = new Map<number, number | keyof MessageLimits>([
  [HandshakeType.hello_request, 0],
  [HandshakeType.client_hello, LONGEST_CLIENT_HELLO],
  [HandshakeType.server_hello, LONGEST_SERVER_HELLO],
  [HandshakeType.new_session_ticket, fromLimits],
  [HandshakeType.end_of_early_data, 0],
  [HandshakeType.encrypted_extensions, fromLimits],
  [HandshakeType.certificate, fromCertificates],
  [HandshakeType.server_key_exchange, fromLimits],
  [HandshakeType.certificate_request, fromCertificates],
  [HandshakeType.server_hello_done, 0],
  [HandshakeType.certificate_verify, fromLimits],
  [HandshakeType.client_key_exchange, fromLimits],
  [HandshakeType.finished, LONGEST_FINISHED],
  [HandshakeType.certificate_status, fromCertificates],
  [HandshakeType.key_update, 1],
  [HandshakeType.compressed_certificate, fromCertificates],
]);

/**
 * Most bytes of the body of a message of this type.
 * @throws ERR_UNEXPECTED_MESSAGE for a type that is none: nobody waits for the end of such a message
 */
export function messageCap(type: number, limits: MessageLimits): number {
  const cap = caps.get(type);
  if (cap === undefined) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `handshake message of unknown type ${type}`);
  return typeof cap === 'number' ? cap : limits[cap];
}
