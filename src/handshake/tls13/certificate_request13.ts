// The CertificateRequest of TLS 1.3 as every client reads it, and the answer of one that has no certificates (RFC 9846 §4.3.2,
// §4.4.2).

import { TlsError } from '../../base/errors.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { encodeCertificate13, parseCertificateRequest13 } from '../../wire/certificate.ts';
import { parseSignatureAlgorithms } from '../../wire/extensions/negotiation.ts';
import { checkExtensions, type Extension, findExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Answer, ClientSettings } from '../flow/roles.ts';

interface Request {
  /** Views into the message. */
  readonly requestContext: Uint8Array;
  readonly extensions: readonly Extension[];
  readonly signatureSchemes: readonly number[];
}

/** @throws ERR_MISSING_EXTENSION without signature_algorithms (RFC 9846 §4.3.2), ERR_DECODE_ERROR */
export function parseRequest13(message: HandshakeMessage): Request {
  const { requestContext, extensions } = parseCertificateRequest13(message.body);
  checkExtensions(extensions, ExtensionCarrier.CR);
  const schemes = findExtension(extensions, ExtensionType.signature_algorithms);
  if (schemes === undefined) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'CertificateRequest without signature_algorithms');
  }
  return { requestContext, extensions, signatureSchemes: parseSignatureAlgorithms(schemes) };
}

/** RFC 9846 §4.3.2: in the handshake the context is empty. @throws ERR_ILLEGAL_PARAMETER */
export function refuseContext(context: Uint8Array): void {
  if (context.length > 0) throw new TlsError('ERR_ILLEGAL_PARAMETER', 'CertificateRequest with a context');
}

/** RFC 9846 §4.4.2: a client without a suitable certificate sends an empty Certificate. */
export function declined13(hs: Handshake<ClientSettings>, message: HandshakeMessage): Answer {
  const { requestContext } = parseRequest13(message);
  refuseContext(requestContext);
  return () => {
    hs.send(encodeCertificate13({ requestContext: new Uint8Array(0), entries: [] }));
    return null;
  };
}
