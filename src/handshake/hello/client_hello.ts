// The client's offer: one ClientHello that serves TLS 1.3, 1.2 and what stands beside them (RFC 9846 §4.1.2), its key shares,
// and the second one after a HelloRetryRequest (§4.1.4). PSKs and their binders stand in psk13.ts.

import { latin1 } from '../../base/bytes.ts';
import { OLDER } from '../../base/variant.ts';
import type { KeyExchange, KeyExchangeGroup } from '../../crypto/key_exchange.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { EcPointFormat, isFiniteFieldGroup } from '../../registry/named_groups.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { PskKeyExchangeMode } from '../../registry/psk_key_exchange_modes.ts';
import { compressCertificateExtension } from '../../wire/certificate_compression.ts';
import type { ClientHello } from '../../wire/client_hello.ts';
import { renegotiationInfoExtension, statusRequestExtension } from '../../wire/extensions/authentication.ts';
import {
  clientKeyShareExtension,
  ecPointFormatsExtension,
  supportedGroupsExtension,
} from '../../wire/extensions/key_exchange.ts';
import { alpnExtension, serverNameExtension } from '../../wire/extensions/names.ts';
import {
  clientSupportedVersionsExtension,
  cookieExtension,
  emptyExtension,
  maxFragmentLengthExtension,
  recordSizeLimitExtension,
  signatureAlgorithmsCertExtension,
  signatureAlgorithmsExtension,
  ticketRequestExtension,
} from '../../wire/extensions/negotiation.ts';
import { pskKeyExchangeModesExtension, sessionTicketExtension } from '../../wire/extensions/pre_shared_key.ts';
import type { Extension } from '../../wire/extensions.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Owned } from '../flow/owned.ts';
import type { ClientOffer, ClientSettings, OfferedSession } from '../flow/roles.ts';
import { chargeHalf } from '../flow/work.ts';
import { offeredCertificateTypes } from './certificate_types.ts';

const TLS12 = ProtocolVersion['TLSv1.2'];
const TLS13 = ProtocolVersion['TLSv1.3'];

/** True if settings allow this ProtocolVersion. */
export function speaks(settings: { readonly versions: readonly number[] }, version: number): boolean {
  return settings.versions.includes(version);
}

/** True if settings allow a version before TLS 1.3, whose hellos have the same extensions from TLS 1.0 on. */
function speaksOlder({ versions }: ClientSettings): boolean {
  return OLDER && versions.some(version => version < TLS13);
}

/** Draws the randoms, generates the key shares, decides which sessions may be resumed. */
export function* makeOffer(hs: Handshake<ClientSettings>): Steps<ClientOffer> {
  const { settings, owned } = hs;
  const { resumption, earlyData } = settings.features;
  const tls13 = speaks(settings, TLS13);
  const random = hs.random(32);
  const session12 = yield* olderSession(hs);
  const offer: ClientOffer = {
    random,
    legacySessionId: legacySessionId(hs, session12),
    keyExchanges: [],
    psks: [],
    early: null,
    cookie: null,
    session12,
    extensionTypes: new Set(),
  };
  hs.clientRandom = random;
  if (tls13) {
    for (const group of settings.keyShareGroups) offer.keyExchanges.push(yield* generateShare(hs, group, owned));
    offer.psks = resumption ? yield* resumption.offers(hs) : [];
    offer.early = earlyData?.offer(settings, offer.psks) ?? null;
  }
  return offer;
}

/** A key pair for `group`, owned by `owned`. */
export function* generateShare(hs: Handshake, group: KeyExchangeGroup, owned: Owned): Steps<KeyExchange> {
  chargeHalf(hs.work, group);
  return owned.add(yield* hs.flow.settle(() => group.generate(hs.settings.random)));
}

/** The ClientHello of an offer, without pre_shared_key, which psk13.ts appends. */
export function clientHello(hs: Handshake<ClientSettings>, offer: ClientOffer): ClientHello {
  const { settings } = hs;
  const cipherSuites = [
    ...(speaks(settings, TLS13) ? settings.cipherSuites13.map(suite => suite.id) : []),
    ...(OLDER && speaksOlder(settings) ? settings.cipherSuites12.map(suite => suite.id) : []),
  ];
  return {
    legacyVersion: TLS12,
    random: offer.random,
    legacySessionId: offer.legacySessionId,
    cipherSuites,
    legacyCompressionMethods: [CompressionMethod.null],
    extensions: helloExtensions(hs, offer),
  };
}

function helloExtensions({ settings }: Handshake<ClientSettings>, offer: ClientOffer): Extension[] {
  const tls13 = speaks(settings, TLS13);
  const older = OLDER && speaksOlder(settings);
  const extensions: Extension[] = [];
  if (settings.serverName !== null && !isIpAddress(settings.serverName)) {
    extensions.push(serverNameExtension(settings.serverName));
  }
  if (OLDER && older) {
    extensions.push(emptyExtension(ExtensionType.extended_master_secret));
    extensions.push(renegotiationInfoExtension(new Uint8Array(0)));
  }
  const groups = offeredGroups(settings);
  // Only RSA key exchange does without; an empty list would be malformed (RFC 8422 §5.1.1).
  if (groups.length > 0) extensions.push(supportedGroupsExtension(groups));
  if (OLDER && older) {
    extensions.push(ecPointFormatsExtension([EcPointFormat.uncompressed]));
    if (settings.sessionTickets) {
      extensions.push(sessionTicketExtension(offer.session12?.session.ticket ?? new Uint8Array(0)));
    }
    // RFC 7366 §3 has no version; here the ones before TLS 1.2 do without.
    if (settings.cipherSuites12.some(suite => suite.mode === 'cbc') && settings.versions.every(each => each >= TLS12)) {
      extensions.push(emptyExtension(ExtensionType.encrypt_then_mac));
    }
  }
  if (settings.alpn.length > 0) extensions.push(alpnExtension(settings.alpn.map(latin1)));
  if (settings.requestOcspStaple) extensions.push(statusRequestExtension());
  // RFC 9846 §4.2.3: not without a scheme, which is how a client with nothing but a PSK is (§9.2).
  if (settings.signatureSchemes.length > 0) {
    extensions.push(signatureAlgorithmsExtension(settings.signatureSchemes));
  }
  if (settings.certificateSchemes !== null) {
    extensions.push(signatureAlgorithmsCertExtension(settings.certificateSchemes));
  }
  if (settings.requestCertificateTimestamps) {
    extensions.push(emptyExtension(ExtensionType.signed_certificate_timestamp));
  }
  extensions.push(...offeredCertificateTypes(settings));
  if (settings.recordSizeLimit !== null) extensions.push(recordSizeLimitExtension(settings.recordSizeLimit));
  if (settings.maxFragmentLength) extensions.push(maxFragmentLengthExtension(settings.maxFragmentLength));
  if (!tls13) return extensions;
  if (settings.certificateCompression.length > 0) {
    extensions.push(compressCertificateExtension(settings.certificateCompression.map(({ id }) => id)));
  }
  // RFC 9345 §4.1.1: the form of signature_algorithms.
  const delegated = settings.delegatedCredentials?.schemes(settings) ?? [];
  if (delegated.length > 0) {
    extensions.push({ ...signatureAlgorithmsExtension(delegated), type: ExtensionType.delegated_credential });
  }
  if (settings.ticketRequest) extensions.push(ticketRequestExtension(settings.ticketRequest));
  if (settings.postHandshakeAuth) extensions.push(emptyExtension(ExtensionType.post_handshake_auth));
  extensions.push(clientSupportedVersionsExtension(settings.versions));
  // RFC 9846 §4.2.9: a server gives no tickets to those who do not say how they would use one.
  if (settings.features.resumption) extensions.push(pskKeyExchangeModesExtension([PskKeyExchangeMode.psk_dhe_ke]));
  if (offer.early !== null) extensions.push(emptyExtension(ExtensionType.early_data));
  if (offer.cookie !== null) extensions.push(cookieExtension(offer.cookie));
  const shares = offer.keyExchanges.map(({ group, share }) => ({ group: group.id, keyExchange: share }));
  extensions.push(clientKeyShareExtension(shares));
  return extensions;
}

/** Groups for supported_groups: without TLS 1.3 no hybrids, and finite fields only where a suite uses them (RFC 7919 §3). */
function offeredGroups({ versions, groups, cipherSuites12 }: ClientSettings): number[] {
  const tls13 = versions.includes(TLS13);
  const finiteFields = tls13 || cipherSuites12.some(({ keyExchange }) => keyExchange === 'dhe');
  return groups
    .filter(({ id, tls12 }) => (isFiniteFieldGroup(id) ? finiteFields : tls13 || tls12))
    .map(group => group.id);
}

/** RFC 9846 §4.1.2: an ID for middleboxes; RFC 5077 §3.4: with a 1.2 ticket, one whose echo tells of resumption. */
function legacySessionId(hs: Handshake<ClientSettings>, session12: OfferedSession | null): Uint8Array {
  if (session12 !== null && session12.session.ticket.length === 0) return session12.session.sessionId;
  const compatible = speaks(hs.settings, TLS13) && hs.carrier.traits.middleboxCompatibility;
  return compatible || session12 !== null ? hs.random(32) : new Uint8Array(0);
}

/**
 * The session of the settings if its version, one before TLS 1.3, is spoken. Whether the server resumes it shows when that
 * version is chosen: it is taken in no other (server_hello12.ts).
 */
function* olderSession(hs: Handshake<ClientSettings>): Steps<OfferedSession | null> {
  const { session, cipherSuites12, sessionTickets, features } = hs.settings;
  if (!OLDER) return null;
  if (session === null || !features.resumption || (session.ticket.length > 0 && !sessionTickets)) return null;
  if (session.version >= TLS13 || !speaks(hs.settings, session.version)) return null;
  // RFC 5246 §7.4.1.2: a client that names a session lists its suite.
  const suite = cipherSuites12.find(candidate => candidate.id === session.cipherSuite);
  if (suite === undefined) return null;
  const keyUse = suite.keyExchange === 'rsa' ? 'encipherment' : 'signature';
  const peer = yield* features.resumption.serverOfSession(hs, session, keyUse);
  return peer === undefined ? null : { session, peer };
}

/** RFC 6066 §3: literal IPv4 and IPv6 addresses are not permitted in server_name. */
export function isIpAddress(name: string): boolean {
  return name.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
