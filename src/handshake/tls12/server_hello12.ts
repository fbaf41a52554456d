// The ServerHello of TLS 1.2 with its extensions: what a client checks of it, and what a server puts into it
// (RFC 5246 §7.4.1.3; RFC 5077 §3.2, 5746 §3.4, 6066, 6962 §3.3.1, 7301, 7366, 7627, 8422 §5.1, 8449).

import { equalVartime, fromLatin1, latin1 } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { cipherSuiteName } from '../../registry/cipher_suites.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType, extensionName } from '../../registry/extension_types.ts';
import { EcPointFormat } from '../../registry/named_groups.ts';
import {
  certificateTimestampsExtension,
  parseCertificateTimestamps,
  parseRenegotiationInfo,
  renegotiationInfoExtension,
} from '../../wire/extensions/authentication.ts';
import { ecPointFormatsExtension, parseEcPointFormats } from '../../wire/extensions/key_exchange.ts';
import { alpnExtension, parseSelectedAlpn } from '../../wire/extensions/names.ts';
import {
  emptyExtension,
  maxFragmentLengthExtension,
  parseEmptyExtension,
  parseRecordSizeLimit,
  recordSizeLimitExtension,
} from '../../wire/extensions/negotiation.ts';
import { checkExtensions, type Extension, findExtension } from '../../wire/extensions.ts';
import { encodeServerHello, type ServerHello } from '../../wire/server_hello.ts';
import type { RecordControl } from '../flow/carrier.ts';
import type { Handshake } from '../flow/handshake.ts';
import { type ReceivedHello, sent } from '../flow/received_hello.ts';
import type { ClientOffer, ClientSettings, OfferedSession } from '../flow/roles.ts';
import type { Credential, HandshakeSettings } from '../flow/settings.ts';
import { readCertificateTypes } from '../hello/certificate_types.ts';
import { readMaxFragmentLength } from '../hello/fragment_length.ts';

/** RFC 5246 §6.2.1. */
const MAX_PLAINTEXT = 16384;

/** What the ServerHello settles. */
export interface ServerTerms {
  readonly suite: CipherSuite12;
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  /** A NewSessionTicket will come. */
  readonly ticketPromised: boolean;
  /** A CertificateStatus may come. */
  readonly staple: boolean;
  readonly certificateTimestamps: readonly Uint8Array[] | null;
  /** The session of the offer, if the server resumes it. */
  readonly resumed: OfferedSession | null;
}

/** Checks a ServerHello against the offer and enters what was agreed on into `negotiated`. */
export function readServerHello12(hs: Handshake<ClientSettings>, offer: ClientOffer, hello: ServerHello): ServerTerms {
  const { settings, negotiated } = hs;
  const { extensions } = hello;
  checkExtensions(extensions, ExtensionCarrier.SH12, offer.extensionTypes);
  const suite = settings.cipherSuites12.find(candidate => candidate.id === hello.cipherSuite);
  if (suite === undefined) throw illegal(`${cipherSuiteName(hello.cipherSuite)} was not offered`);
  if (hello.legacyCompressionMethod !== CompressionMethod.null) throw illegal('compression was not offered');
  checkRenegotiationInfo(extensions);
  checkPointFormats(extensions);
  const extendedMasterSecret = isPresent(extensions, ExtensionType.extended_master_secret);
  const encryptThenMac = isPresent(extensions, ExtensionType.encrypt_then_mac);
  // RFC 7366 §3: MUST NOT be answered with an AEAD suite.
  if (encryptThenMac && suite.mode !== 'cbc') throw illegal(`encrypt_then_mac with ${suite.name}`);
  isPresent(extensions, ExtensionType.server_name);
  readCertificateTypes(hs, extensions);
  readProtocol(hs, extensions);
  readRecordSizeLimit(hs, extensions);
  readMaxFragmentLength(hs, extensions);
  negotiated.cipherSuite = { id: suite.id, name: suite.name, keyLength: suite.keyLength };
  negotiated.extendedMasterSecret = extendedMasterSecret;
  const timestamps = findExtension(extensions, ExtensionType.signed_certificate_timestamp);
  return {
    suite,
    extendedMasterSecret,
    encryptThenMac,
    ticketPromised: isPresent(extensions, ExtensionType.session_ticket),
    staple: isPresent(extensions, ExtensionType.status_request),
    certificateTimestamps: timestamps ? parseCertificateTimestamps(timestamps).map(sct => sct.slice()) : null,
    resumed: resumedSession(offer, hello, suite, extendedMasterSecret),
  };
}

/** The session on offer if the server took it up. @throws ERR_ILLEGAL_PARAMETER if it is not what it was */
function resumedSession(
  { session12, legacySessionId }: ClientOffer,
  hello: ServerHello,
  suite: CipherSuite12,
  extendedMasterSecret: boolean,
): OfferedSession | null {
  if (hello.legacySessionId.length === 0 || !equalVartime(hello.legacySessionId, legacySessionId)) return null;
  // An ID that was made up for middleboxes names no session.
  if (session12 === null) throw illegal('the server resumes a session that was not offered');
  // Its keys and its suite are those of one version.
  if (session12.session.version !== hello.legacyVersion)
    throw illegal('the server resumes a session of another version');
  // RFC 5246 §7.4.1.3: the suite of the session MUST be kept.
  if (session12.session.cipherSuite !== suite.id) throw illegal('the server resumes with another suite');
  // RFC 7627 §5.3: with and without the extension do not mix; the client MUST abort with handshake_failure.
  if (session12.session.extendedMasterSecret !== extendedMasterSecret) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'extended_master_secret is not as it was in the session');
  }
  return session12;
}

/** RFC 5746 §3.4: in a first handshake it is empty. Its absence is tolerated: this side never renegotiates. */
export function checkRenegotiationInfo(extensions: readonly Extension[]): boolean {
  const data = findExtension(extensions, ExtensionType.renegotiation_info);
  if (data === undefined) return false;
  if (parseRenegotiationInfo(data).length > 0) {
    throw new TlsError('ERR_BAD_RENEGOTIATION_INFO', 'renegotiation_info in a first handshake is not empty');
  }
  return true;
}

/** RFC 8422 §5.1.2: whoever sends the list MUST have uncompressed in it. */
export function checkPointFormats(extensions: readonly Extension[]): boolean {
  const data = findExtension(extensions, ExtensionType.ec_point_formats);
  if (data === undefined) return false;
  if (!parseEcPointFormats(data).includes(EcPointFormat.uncompressed)) throw illegal('no uncompressed points');
  return true;
}

/** True if an extension without content is there. @throws ERR_DECODE_ERROR if it has some */
export function isPresent(extensions: readonly Extension[], type: number): boolean {
  const data = findExtension(extensions, type);
  if (data === undefined) return false;
  parseEmptyExtension(data, extensionName(type));
  return true;
}

function readProtocol({ settings, negotiated }: Handshake, extensions: readonly Extension[]): void {
  const data = findExtension(extensions, ExtensionType.application_layer_protocol_negotiation);
  if (data === undefined) return;
  negotiated.alpn = fromLatin1(parseSelectedAlpn(data));
  // RFC 7301 §3.2: the answer is one of the protocols on offer.
  if (!settings.alpn.includes(negotiated.alpn)) throw illegal('the server chose a protocol that was not offered');
}

function readRecordSizeLimit({ settings, records }: Handshake, extensions: readonly Extension[]): void {
  const data = findExtension(extensions, ExtensionType.record_size_limit);
  if (data === undefined) return;
  limitRecords12(records, parseRecordSizeLimit(data), ownRecordLimit12(settings));
}

/** RFC 8449 §4: MUST NOT be more than the version allows: 2^14 in TLS 1.2, where no content type is counted. */
export function ownRecordLimit12({ recordSizeLimit }: HandshakeSettings): number {
  return Math.min(recordSizeLimit ?? MAX_PLAINTEXT, MAX_PLAINTEXT);
}

/** RFC 8449 §4: both sides said what they take; in TLS 1.2 the limit is that of the content. */
export function limitRecords12(records: RecordControl, theirs: number, ours: number): void {
  records.limitRecords('write', Math.min(theirs, MAX_PLAINTEXT));
  records.limitRecords('read', Math.min(ours, MAX_PLAINTEXT));
}

/** What a server answers; extensions the client did not ask for stay false or null. */
export interface ServerAnswer {
  /** ProtocolVersion. */
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly suite: CipherSuite12;
  readonly secureRenegotiation: boolean;
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  readonly pointFormats: boolean;
  readonly serverName: boolean;
  readonly ticket: boolean;
  readonly staple: boolean;
  readonly certificateTimestamps: readonly Uint8Array[] | null;
  readonly alpn: string | null;
  readonly recordSizeLimit: number | null;
  /** Bytes. */
  readonly maxFragmentLength?: number | null;
  /** client_certificate_type, server_certificate_type. */
  readonly certificateTypes?: readonly Extension[];
}

/** The certificate timestamps that a ServerHello has for this client (RFC 6962 §3.3.1). */
export function timestampsFor(received: ReceivedHello, credential: Credential | null): readonly Uint8Array[] | null {
  const timestamps = credential?.signedCertificateTimestamps;
  return timestamps?.length && sent(received, ExtensionType.signed_certificate_timestamp) ? timestamps : null;
}

/** The ServerHello message of an answer. */
export function serverHelloMessage12(answer: ServerAnswer): Uint8Array {
  const extensions: Extension[] = [];
  if (answer.secureRenegotiation) extensions.push(renegotiationInfoExtension(new Uint8Array(0)));
  if (answer.serverName) extensions.push(emptyExtension(ExtensionType.server_name));
  if (answer.extendedMasterSecret) extensions.push(emptyExtension(ExtensionType.extended_master_secret));
  if (answer.encryptThenMac) extensions.push(emptyExtension(ExtensionType.encrypt_then_mac));
  if (answer.pointFormats) extensions.push(ecPointFormatsExtension([EcPointFormat.uncompressed]));
  if (answer.ticket) extensions.push(emptyExtension(ExtensionType.session_ticket));
  if (answer.staple) extensions.push(emptyExtension(ExtensionType.status_request));
  if (answer.certificateTimestamps) extensions.push(certificateTimestampsExtension(answer.certificateTimestamps));
  if (answer.alpn !== null) extensions.push(alpnExtension([latin1(answer.alpn)]));
  if (answer.recordSizeLimit !== null) extensions.push(recordSizeLimitExtension(answer.recordSizeLimit));
  if (answer.maxFragmentLength) extensions.push(maxFragmentLengthExtension(answer.maxFragmentLength));
  extensions.push(...(answer.certificateTypes ?? []));
  return encodeServerHello({
    legacyVersion: answer.version,
    random: answer.random,
    legacySessionId: answer.sessionId,
    cipherSuite: answer.suite.id,
    legacyCompressionMethod: CompressionMethod.null,
    extensions,
  });
}

function illegal(detail: string): TlsError {
  return new TlsError('ERR_ILLEGAL_PARAMETER', `ServerHello or ClientHello of TLS 1.2: ${detail}`);
}
