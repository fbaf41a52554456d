// Certificate and CertificateVerify of TLS 1.3, both directions (RFC 9846 §4.4.2, §4.4.3).

import { concat, equalVartime, latin1 } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import type { CertificateTypeName } from '../../registry/certificate_types.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import {
  type CertificateEntry,
  encodeCertificate13,
  encodeCertificateVerify,
  parseCertificate13,
  parseCertificateStatus,
  parseCertificateVerify,
} from '../../wire/certificate.ts';
import {
  certificateStatusExtension,
  certificateTimestampsExtension,
  parseCertificateTimestamps,
} from '../../wire/extensions/authentication.ts';
import { checkExtensions, type Extension, findExtension, hasExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { requireSignature } from '../authentication/peer.ts';
import { requireSchemeFitsKey, schemeMeaning } from '../authentication/signature_schemes.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientSettings, Delegation, ServerSettings } from '../flow/roles.ts';
import type { Credential } from '../flow/settings.ts';
import type { Transcript } from '../flow/transcript.ts';
import { recordSignature } from '../flow/work.ts';

/** What is signed before the transcript hash: 64 spaces, the context string, zero (RFC 9846 §4.4.3). */
const signedBefore = (signer: 'server' | 'client') => latin1(`${' '.repeat(64)}TLS 1.3, ${signer} CertificateVerify\0`);
const signedByServer = /* @__PURE__ */ signedBefore('server');
const signedByClient = /* @__PURE__ */ signedBefore('client');

/** What a CertificateVerify signs. */
export function certificateVerifyContent(signer: 'server' | 'client', transcriptHash: Uint8Array): Uint8Array {
  return concat([signer === 'server' ? signedByServer : signedByClient, transcriptHash]);
}

/**
 * The scheme to sign with: the signer's first that the peer takes and TLS 1.3 allows; undefined if there is none.
 * @param delegatedSchemes what it takes of delegated keys
 */
export function chooseScheme13(
  credential: Credential,
  peerSchemes: readonly number[],
  delegatedSchemes: readonly number[] = [],
): number | undefined {
  const { delegated } = credential;
  if (delegated !== undefined) {
    // RFC 9345 §4.1.1: signature_algorithms has to have the one, delegated_credential the other.
    const taken = peerSchemes.includes(delegated.algorithm) && delegatedSchemes.includes(delegated.scheme);
    return taken ? delegated.scheme : undefined;
  }
  return credential.signer.schemes.find(
    scheme => peerSchemes.includes(scheme) && schemeMeaning(scheme)?.handshake13 === true,
  );
}

/** The Certificate message for a credential; null presents none. @param asked extension types the peer asked for */
export function certificateMessage13(
  requestContext: Uint8Array,
  credential: Credential | null,
  asked: ReadonlySet<number>,
): Uint8Array {
  const entries: CertificateEntry[] = (credential?.certificateChain ?? []).map(data => ({ data, extensions: [] }));
  if (credential !== null && entries.length > 0) {
    const extensions: Extension[] = [];
    const { ocspResponse, signedCertificateTimestamps: timestamps } = credential;
    if (ocspResponse && asked.has(ExtensionType.status_request)) {
      extensions.push(certificateStatusExtension(ocspResponse));
    }
    if (timestamps?.length && asked.has(ExtensionType.signed_certificate_timestamp)) {
      extensions.push(certificateTimestampsExtension(timestamps));
    }
    if (credential.delegated) {
      extensions.push({ type: ExtensionType.delegated_credential, data: credential.delegated.encoded });
    }
    entries[0] = { data: entries[0].data, extensions };
  }
  return encodeCertificate13({ requestContext, entries });
}

/** A signed CertificateVerify over the transcript as it stands. */
export function* certificateVerifyMessage13(
  hs: Handshake,
  role: 'server' | 'client',
  credential: Credential,
  scheme: number,
  transcript: Transcript,
): Steps<Uint8Array> {
  const content = certificateVerifyContent(role, transcript.digest());
  const signature = yield* hs.ask('signer', (signal, pace) => credential.signer.sign(scheme, content, signal, pace));
  recordSignature(hs.work, signature.length);
  return encodeCertificateVerify({ algorithm: scheme, signature });
}

/** What a peer's Certificate message says, before anybody judges it. */
export interface PeerCertificate {
  readonly certificateType: CertificateTypeName;
  readonly certificates: readonly Uint8Array[];
  readonly ocspResponse?: Uint8Array;
  readonly signedCertificateTimestamps?: readonly Uint8Array[];
  /** DelegatedCredential, of the end entity. */
  readonly delegated?: Uint8Array;
}

/**
 * Reads a Certificate message; certificates are copies.
 * @param asked extension types this side asked for
 * @param certificateType what was negotiated (RFC 7250)
 * @throws ERR_ILLEGAL_PARAMETER for another request context; ERR_UNEXPECTED_MESSAGE for a delegated credential not asked for
 */
export function readCertificate13(
  message: HandshakeMessage,
  requestContext: Uint8Array,
  asked: ReadonlySet<number>,
  certificateType: CertificateTypeName,
): PeerCertificate {
  const { requestContext: context, entries } = parseCertificate13(message.body);
  if (!equalVartime(context, requestContext)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'Certificate: wrong certificate_request_context');
  }
  for (const { extensions } of entries) {
    // RFC 9345 §4.1.1, §4.1.2: one that was not asked for MUST end in unexpected_message, and not as other extensions do.
    const unasked = !asked.has(ExtensionType.delegated_credential);
    if (unasked && hasExtension(extensions, ExtensionType.delegated_credential)) {
      throw new TlsError('ERR_UNEXPECTED_MESSAGE', 'a delegated credential that was not asked for');
    }
    checkExtensions(extensions, ExtensionCarrier.CT, asked);
  }
  const certificates = entries.map(entry => entry.data.slice());
  // RFC 9846 §4.4.2: of raw public keys no more than one.
  if (certificateType === 'RawPublicKey' && entries.length > 1) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'Certificate: more than one raw public key');
  }
  if (entries.length === 0) return { certificateType, certificates };
  const staple = findExtension(entries[0].extensions, ExtensionType.status_request);
  const timestamps = findExtension(entries[0].extensions, ExtensionType.signed_certificate_timestamp);
  // RFC 9345 §4.1.1: in all other entries it MUST be ignored.
  const delegated = findExtension(entries[0].extensions, ExtensionType.delegated_credential);
  return {
    certificateType,
    certificates,
    ocspResponse: staple && parseCertificateStatus(staple).ocspResponse.slice(),
    signedCertificateTimestamps: timestamps && parseCertificateTimestamps(timestamps).map(sct => sct.slice()),
    delegated: delegated?.slice(),
  };
}

/** The key that the peer's certificate delegates to (RFC 9345); null if it does not. @param leafKey as it was verified */
export function* readDelegation(
  hs: Handshake<ClientSettings> | Handshake<ServerSettings>,
  leafKey: PublicKey,
  { certificates, delegated }: PeerCertificate,
): Steps<Delegation | null> {
  const { delegatedCredentials } = hs.settings;
  if (delegated === undefined || !delegatedCredentials) return null;
  return yield* delegatedCredentials.check(hs, certificates[0], delegated, leafKey);
}

/**
 * Checks a CertificateVerify over the transcript as it stands: possession of the key.
 * @param offered SignatureSchemes this side takes
 * @returns the scheme
 * @throws ERR_ILLEGAL_PARAMETER for a scheme that was not offered or does not fit; ERR_INVALID_SIGNATURE
 */
export function* checkCertificateVerify13(
  hs: Handshake,
  message: HandshakeMessage,
  signer: 'server' | 'client',
  key: PublicKey,
  offered: readonly number[],
  transcript: Transcript,
): Steps<number> {
  const { algorithm, signature } = parseCertificateVerify(message.body);
  if (!offered.includes(algorithm)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `signature scheme 0x${algorithm.toString(16)} was not offered`);
  }
  const parameters = requireSchemeFitsKey(algorithm, key, '1.3');
  const content = certificateVerifyContent(signer, transcript.digest());
  yield* requireSignature(hs, key, parameters, content, signature);
  return algorithm;
}
