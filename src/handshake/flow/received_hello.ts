// A received ClientHello, parsed once with every extension castls understands, and the checks of TLS 1.3 between them
// (RFC 9846 §9.2, §4.1.2, §4.2). Absent extensions are null.

import { equalVartime, fromLatin1 } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionCarrier } from '../../registry/extension_legality.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { parseCompressCertificate } from '../../wire/certificate_compression.ts';
import { type ClientHello, parseClientHello } from '../../wire/client_hello.ts';
import {
  parseCertificateAuthorities,
  parseCertificateTypes,
  parseStatusRequest,
} from '../../wire/extensions/authentication.ts';
import { type KeyShareEntry, parseClientKeyShare, parseSupportedGroups } from '../../wire/extensions/key_exchange.ts';
import { parseAlpn, parseServerName } from '../../wire/extensions/names.ts';
import {
  parseClientSupportedVersions,
  parseCookie,
  parseEmptyExtension,
  parseMaxFragmentLength,
  parseRecordSizeLimit,
  parseSignatureAlgorithms,
  parseTicketRequest,
  type TicketRequest,
} from '../../wire/extensions/negotiation.ts';
import { type OfferedPsks, parseOfferedPsks, parsePskKeyExchangeModes } from '../../wire/extensions/pre_shared_key.ts';
import { checkExtensions, findExtension, hasExtension } from '../../wire/extensions.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';

export interface ReceivedHello {
  readonly hello: ClientHello;
  readonly raw: Uint8Array;
  readonly supportedVersions: readonly number[] | null;
  /** Lower case, without a trailing dot. */
  readonly serverName: string | null;
  readonly alpn: readonly string[] | null;
  readonly groups: readonly number[] | null;
  readonly keyShares: readonly KeyShareEntry[] | null;
  readonly signatureSchemes: readonly number[] | null;
  readonly certificateSchemes: readonly number[] | null;
  readonly certificateAuthorities: readonly Uint8Array[];
  readonly pskModes: readonly number[] | null;
  readonly psks: OfferedPsks | null;
  readonly cookie: Uint8Array | null;
  readonly recordSizeLimit: number | null;
  /** Bytes; null beside record_size_limit. */
  readonly maxFragmentLength: number | null;
  readonly ticketRequest: TicketRequest | null;
  readonly wantsOcspStaple: boolean;
  /** CertificateCompressionAlgorithm values that the client can undo. */
  readonly certificateCompression: readonly number[] | null;
  /** CertificateType values that the client can present, and that it takes (RFC 7250). */
  readonly clientCertificateTypes: readonly number[] | null;
  readonly serverCertificateTypes: readonly number[] | null;
  /** SignatureSchemes of delegated keys (RFC 9345). */
  readonly delegatedSchemes: readonly number[] | null;
  readonly earlyData: boolean;
  readonly postHandshakeAuth: boolean;
}

/** @throws ERR_DECODE_ERROR, ERR_ILLEGAL_PARAMETER, ERR_UNSUPPORTED_EXTENSION */
export function readClientHello(message: HandshakeMessage): ReceivedHello {
  const hello = parseClientHello(message.body);
  const { extensions } = hello;
  const read = <T>(type: number, parse: (data: Uint8Array) => T): T | null => {
    const data = findExtension(extensions, type);
    return data === undefined ? null : parse(data);
  };
  const supportedVersions = read(ExtensionType.supported_versions, parseClientSupportedVersions);
  // Where TLS 1.3 is not on offer its extensions are unknown ones, which TLS 1.2 ignores (RFC 5246 §7.4.1.4).
  const offers13 = supportedVersions?.includes(ProtocolVersion['TLSv1.3']) === true;
  if (offers13) checkExtensions(extensions, ExtensionCarrier.CH);
  const read13: typeof read = (type, parse) => (offers13 ? read(type, parse) : null);
  const present13 = (type: number, name: string): boolean =>
    read13(type, data => {
      parseEmptyExtension(data, name);
      return true;
    }) ?? false;
  const recordSizeLimit = read(ExtensionType.record_size_limit, parseRecordSizeLimit);
  // RFC 8449 §5: beside record_size_limit it MUST be ignored.
  const maxFragmentLength =
    recordSizeLimit === null ? read(ExtensionType.max_fragment_length, parseMaxFragmentLength) : null;
  return {
    hello,
    raw: message.raw,
    supportedVersions,
    serverName: read(ExtensionType.server_name, data => normalName(parseServerName(data))),
    alpn: read(ExtensionType.application_layer_protocol_negotiation, data => parseAlpn(data).map(fromLatin1)),
    groups: read(ExtensionType.supported_groups, parseSupportedGroups),
    keyShares: read13(ExtensionType.key_share, parseClientKeyShare),
    signatureSchemes: read(ExtensionType.signature_algorithms, parseSignatureAlgorithms),
    certificateSchemes: read(ExtensionType.signature_algorithms_cert, parseSignatureAlgorithms),
    certificateAuthorities:
      read(ExtensionType.certificate_authorities, offers13 ? parseCertificateAuthorities : authoritiesOfOlder) ?? [],
    pskModes: read13(ExtensionType.psk_key_exchange_modes, parsePskKeyExchangeModes),
    psks: read13(ExtensionType.pre_shared_key, parseOfferedPsks),
    cookie: read13(ExtensionType.cookie, parseCookie),
    recordSizeLimit,
    maxFragmentLength,
    ticketRequest: read13(ExtensionType.ticket_request, parseTicketRequest),
    certificateCompression: read(ExtensionType.compress_certificate, parseCompressCertificate),
    wantsOcspStaple: read(ExtensionType.status_request, parseStatusRequest) ?? false,
    clientCertificateTypes: read(ExtensionType.client_certificate_type, parseCertificateTypes),
    serverCertificateTypes: read(ExtensionType.server_certificate_type, parseCertificateTypes),
    earlyData: present13(ExtensionType.early_data, 'early_data'),
    delegatedSchemes: read13(ExtensionType.delegated_credential, parseSignatureAlgorithms),
    postHandshakeAuth: present13(ExtensionType.post_handshake_auth, 'post_handshake_auth'),
  };
}

/**
 * RFC 9846 §4.2.4 made certificate_authorities for TLS 1.3; what it says is as good for every version. To a client of older
 * ones it is an unknown extension: what is malformed says nothing (RFC 5246 §7.4.1.4).
 */
function authoritiesOfOlder(data: Uint8Array): Uint8Array[] {
  try {
    return parseCertificateAuthorities(data);
  } catch {
    return [];
  }
}

function normalName(name: string | undefined): string | null {
  return name === undefined ? null : name.toLowerCase().replace(/\.$/, '');
}

/** What TLS 1.3 demands of a ClientHello beyond its syntax. @throws ERR_MISSING_EXTENSION, ERR_ILLEGAL_PARAMETER */
export function checkHello13(received: ReceivedHello): void {
  const { hello, groups, keyShares, psks, pskModes, signatureSchemes } = received;
  // RFC 9846 §4.1.2: exactly one compression method, null.
  if (hello.legacyCompressionMethods.length !== 1 || hello.legacyCompressionMethods[0] !== CompressionMethod.null) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'ClientHello offers compression with TLS 1.3');
  }
  // RFC 9846 §4.2.9: pre_shared_key without psk_key_exchange_modes.
  if (psks !== null && pskModes === null) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'pre_shared_key without psk_key_exchange_modes');
  }
  // RFC 9846 §9.2: without a PSK there are signature_algorithms and supported_groups; groups and shares come together.
  if (psks === null && (signatureSchemes === null || groups === null)) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'ClientHello without signature_algorithms or supported_groups');
  }
  if ((groups === null) !== (keyShares === null)) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'one of supported_groups and key_share is missing');
  }
  // RFC 9846 §4.2.8: shares are for groups the client supports. A set where both may have thousands of entries.
  const supported = (keyShares?.length ?? 0) > 4 ? new Set(groups) : null;
  for (const share of keyShares ?? []) {
    if (!(supported?.has(share.group) ?? groups?.includes(share.group))) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', `a key share for group 0x${share.group.toString(16)} not supported`);
    }
  }
}

/** Extensions that may come, go or change in the second ClientHello (RFC 9846 §4.1.2). */
const mayChange: ReadonlySet<number> = new Set([
  ExtensionType.key_share,
  ExtensionType.early_data,
  ExtensionType.cookie,
  ExtensionType.pre_shared_key,
  ExtensionType.padding,
]);

/**
 * Compares the ClientHello after a HelloRetryRequest with the first one.
 * @param group the one share the retry asked for; null if it asked for none
 * @throws ERR_ILLEGAL_PARAMETER
 */
export function checkSecondHello(first: ReceivedHello, second: ReceivedHello, group: number | null): void {
  const illegal = (detail: string) => new TlsError('ERR_ILLEGAL_PARAMETER', `second ClientHello: ${detail}`);
  const a = first.hello;
  const b = second.hello;
  if (
    a.legacyVersion !== b.legacyVersion ||
    !equalVartime(a.random, b.random) ||
    !equalVartime(a.legacySessionId, b.legacySessionId) ||
    a.cipherSuites.join() !== b.cipherSuites.join() ||
    a.legacyCompressionMethods.join() !== b.legacyCompressionMethods.join()
  ) {
    throw illegal('a field changed');
  }
  const kept = (hello: ClientHello) => hello.extensions.filter(({ type }) => !mayChange.has(type));
  const before = kept(a);
  const after = kept(b);
  if (
    before.length !== after.length ||
    before.some(({ type, data }, i) => type !== after[i].type || !equalVartime(data, after[i].data))
  ) {
    throw illegal('an extension changed');
  }
  if (second.earlyData) throw illegal('early_data');
  if (group !== null && (second.keyShares?.length !== 1 || second.keyShares[0].group !== group)) {
    throw illegal('not the one share that was asked for');
  }
  // RFC 9846 §4.1.2: PSKs may be left out, not brought in.
  if (second.psks !== null && first.psks === null) throw illegal('a PSK');
}

/** True if the client sent an extension of this type. */
export function sent(received: ReceivedHello, type: number): boolean {
  return hasExtension(received.hello.extensions, type);
}
