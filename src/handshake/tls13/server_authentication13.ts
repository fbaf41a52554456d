// How a TLS 1.3 server asks for a client's certificate and reads the answer, in the handshake and after it
// (RFC 9846 §4.3.2, §4.4, §4.6.2).

import { TlsError } from '../../base/errors.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { encodeCertificateRequest13 } from '../../wire/certificate.ts';
import { compressCertificateExtension } from '../../wire/certificate_compression.ts';
import { certificateAuthoritiesExtension } from '../../wire/extensions/authentication.ts';
import { signatureAlgorithmsCertExtension, signatureAlgorithmsExtension } from '../../wire/extensions/negotiation.ts';
import type { Extension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { verifyPeer } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ServerSettings } from '../flow/roles.ts';
import type { Transcript } from '../flow/transcript.ts';
import { checkCertificateVerify13, readCertificate13, readDelegation } from './authentication13.ts';
import { certificateTypes13, decompressed } from './certificate_compression13.ts';
import { greasedSchemes, greaseExtensions } from './server_grease13.ts';

/** What a CertificateRequest of ours asks for, and a Certificate may answer: no staple, no timestamps. */
function askedFor(settings: ServerSettings): ReadonlySet<number> {
  const asked = new Set<number>([ExtensionType.signature_algorithms]);
  if (delegable(settings).length > 0) asked.add(ExtensionType.delegated_credential);
  return asked;
}

/** SignatureSchemes of delegated keys that are taken (RFC 9345 §4.1.2). */
function delegable(settings: ServerSettings): readonly number[] {
  return settings.delegatedCredentials?.schemes(settings) ?? [];
}

/** @param context empty in the handshake, fresh for each request after it */
export function certificateRequestMessage(hs: Handshake<ServerSettings>, context: Uint8Array): Uint8Array {
  const { settings } = hs;
  const schemes = greasedSchemes(hs, settings.signatureSchemes);
  const extensions: Extension[] = [...greaseExtensions(hs), signatureAlgorithmsExtension(schemes)];
  if (settings.certificateSchemes !== null) {
    extensions.push(signatureAlgorithmsCertExtension(settings.certificateSchemes));
  }
  if (delegable(settings).length > 0) {
    const { data } = signatureAlgorithmsExtension(delegable(settings));
    extensions.push({ type: ExtensionType.delegated_credential, data });
  }
  if (settings.certificateAuthorities.length > 0) {
    extensions.push(certificateAuthoritiesExtension(settings.certificateAuthorities));
  }
  // After the handshake a certificate comes as it is: the request says nothing of compression.
  if (context.length === 0 && settings.certificateCompression.length > 0) {
    extensions.push(compressCertificateExtension(settings.certificateCompression.map(({ id }) => id)));
  }
  return encodeCertificateRequest13({ requestContext: context, extensions });
}

/**
 * Reads Certificate and CertificateVerify of a client, or its empty Certificate.
 * @param transcript what the CertificateVerify covers; `accept` has to enter the messages into it
 * @throws ERR_CERTIFICATE_REQUIRED
 */
export function* readClientAuthentication(
  hs: Handshake<ServerSettings>,
  transcript: Transcript,
  context: Uint8Array,
  accept: (message: HandshakeMessage) => void,
): Steps<void> {
  const message = yield* hs.read(...certificateTypes13(hs));
  yield* readClientCertificate(hs, message, transcript, context, hs.settings.clientAuth === 'require', accept);
}

/** As `readClientAuthentication`, with the Certificate message already there. @param required refuse a client without one */
export function* readClientCertificate(
  hs: Handshake<ServerSettings>,
  message: HandshakeMessage,
  transcript: Transcript,
  context: Uint8Array,
  required: boolean,
  accept: (message: HandshakeMessage) => void,
): Steps<void> {
  const { settings, negotiated } = hs;
  const certificate = yield* decompressed(hs, message);
  const presented = readCertificate13(certificate, context, askedFor(settings), negotiated.peerCertificateType);
  accept(message);
  if (presented.certificates.length === 0) {
    // RFC 9846 §4.4.2.4: go on without, or certificate_required.
    if (!required) return;
    throw new TlsError('ERR_CERTIFICATE_REQUIRED', 'the client has no certificate');
  }
  const { delegated, ...shown } = presented;
  const identity = yield* verifyPeer(hs, { role: 'client', ...shown, keyUse: 'signature' });
  const delegation = yield* readDelegation(hs, identity.publicKey, presented);
  const verify = yield* hs.read(HandshakeType.certificate_verify);
  negotiated.clientSignatureScheme = yield* checkCertificateVerify13(
    hs,
    verify,
    'client',
    delegation?.publicKey ?? identity.publicKey,
    delegation?.schemes ?? settings.signatureSchemes,
    transcript,
  );
  accept(verify);
  negotiated.peerCertificates = presented.certificates;
  negotiated.delegatedUntil = delegation?.until ?? null;
  negotiated.peer = identity;
}
