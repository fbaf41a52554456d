// How a TLS 1.3 client answers a CertificateRequest, in the handshake and after it (RFC 9846 §4.3.2, §4.4, §4.6.2).

import { ExtensionType } from '../../registry/extension_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { parseCompressCertificate } from '../../wire/certificate_compression.ts';
import { type OidFilter, parseCertificateAuthorities, parseOidFilters } from '../../wire/extensions/authentication.ts';
import { parseSignatureAlgorithms } from '../../wire/extensions/negotiation.ts';
import { extensionTypes, findExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeFinished } from '../../wire/session_messages.ts';
import { ownFingerprint } from '../authentication/fingerprints.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Answer, ClientSettings } from '../flow/roles.ts';
import type { CertificateRequestInfo, Credential } from '../flow/settings.ts';
import type { Transcript } from '../flow/transcript.ts';
import { requireRequestedType } from '../hello/certificate_types.ts';
import { certificateMessage13, certificateVerifyMessage13, chooseScheme13 } from './authentication13.ts';
import { compressed } from './certificate_compression13.ts';
import { parseRequest13, refuseContext } from './certificate_request13.ts';

type Hs = Handshake<ClientSettings>;

/** A CertificateRequest as the client needs it. */
interface CertificateRequest extends CertificateRequestInfo {
  readonly context: Uint8Array;
  /** Extension types of the request: what the Certificate may answer. */
  readonly asked: ReadonlySet<number>;
  /** CertificateCompressionAlgorithm values that the server can undo. */
  readonly compression: readonly number[] | null;
}

/** @throws ERR_UNSUPPORTED_CERTIFICATE; ERR_MISSING_EXTENSION without signature_algorithms (RFC 9846 §4.3.2) */
function readCertificateRequest(hs: Hs, message: HandshakeMessage): CertificateRequest {
  const { requestContext, extensions, signatureSchemes } = parseRequest13(message);
  const certificateSchemes = findExtension(extensions, ExtensionType.signature_algorithms_cert);
  const authorities = findExtension(extensions, ExtensionType.certificate_authorities);
  const delegated = findExtension(extensions, ExtensionType.delegated_credential);
  const compression = findExtension(extensions, ExtensionType.compress_certificate);
  const filters = findExtension(extensions, ExtensionType.oid_filters);
  return {
    version: ProtocolVersion['TLSv1.3'],
    certificateType: requireRequestedType(hs),
    context: requestContext.slice(),
    asked: extensionTypes(extensions),
    signatureSchemes,
    certificateSchemes: certificateSchemes ? parseSignatureAlgorithms(certificateSchemes) : signatureSchemes,
    ...(delegated && { delegatedSchemes: parseSignatureAlgorithms(delegated) }),
    certificateAuthorities: authorities ? parseCertificateAuthorities(authorities).map(name => name.slice()) : [],
    compression: compression ? parseCompressCertificate(compression) : null,
    oidFilters: filters ? parseOidFilters(filters).map(copyOfFilter) : [],
  };
}

/** RFC 9345 §4.1.3: a delegated key that has ended would be refused. */
function schemeFor(hs: Hs, chosen: Credential, request: CertificateRequest): number | undefined {
  if (chosen.delegated !== undefined && chosen.delegated.until <= hs.settings.now()) return undefined;
  return chooseScheme13(chosen, request.signatureSchemes, request.delegatedSchemes);
}

const copyOfFilter = ({ oid, values }: OidFilter): OidFilter => ({ oid: oid.slice(), values: values.slice() });

/** Reads a CertificateRequest of the handshake. @returns what answers it later */
export function requested13(hs: Hs, message: HandshakeMessage): Answer {
  const request = readCertificateRequest(hs, message);
  refuseContext(request.context);
  return () => answerCertificateRequest(hs, request, hs.transcript, answer => hs.send(answer));
}

/** After the handshake. RFC 9846 §4.4: the transcript is that of the handshake, then the request and the answer. */
export function* authenticateLate13(hs: Hs, message: HandshakeMessage, base: Transcript): Steps<void> {
  const transcript = hs.owned.add(base.fork());
  try {
    const request = readCertificateRequest(hs, message);
    transcript.add(hs.carrier.transcriptEntry(message.raw));
    const messages: Uint8Array[] = [];
    // Sent at once at the end: no other handshake message may come between them (RFC 9846 §4.6.2).
    yield* answerCertificateRequest(hs, request, transcript, answer => {
      transcript.add(hs.carrier.transcriptEntry(answer));
      messages.push(answer);
    });
    const verifyData = hs.negotiated.keys13?.verifyData('write', transcript.digest());
    if (verifyData !== undefined) messages.push(encodeFinished(verifyData));
    for (const answer of messages) hs.carrier.send(answer);
    // Tickets from now on stand for a client that showed these.
    const { negotiated, settings } = hs;
    if (negotiated.authentication !== null) {
      negotiated.authentication = { ...negotiated.authentication, own: ownFingerprint(settings) };
    }
  } finally {
    hs.dispose();
  }
}

/**
 * Sends Certificate and CertificateVerify, or an empty Certificate if there is no credential or none that fits.
 * @param transcript what the CertificateVerify covers; `send` has to enter the messages into it
 */
function* answerCertificateRequest(
  hs: Hs,
  request: CertificateRequest,
  transcript: Transcript,
  send: (message: Uint8Array) => void,
): Steps<void> {
  const { selectCredential } = hs.settings;
  const chosen =
    selectCredential === null ? null : yield* hs.ask('client certificate', signal => selectCredential(request, signal));
  const scheme = chosen === null ? undefined : schemeFor(hs, chosen, request);
  // RFC 9846 §4.4.2: a client without a suitable certificate sends an empty Certificate.
  const credential = scheme === undefined ? null : chosen;
  const message = certificateMessage13(request.context, credential, request.asked);
  send(credential === null ? message : yield* compressed(hs, message, request.compression));
  if (credential === null || scheme === undefined) return;
  send(yield* certificateVerifyMessage13(hs, 'client', credential, scheme, transcript));
  hs.negotiated.clientSignatureScheme = scheme;
  hs.negotiated.localCertificate = credential.certificateChain[0];
}
