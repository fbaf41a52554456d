// The ClientHello of a client that speaks nothing after TLS 1.1 (RFC 4346 §7.4.1.2, RFC 6101 §5.6.1.2), and what it remembers of
// it. Extensions go out if a version of the offer may have them; SSL 3.0 servers pass over what stands behind their hello.

import { latin1 } from '../../base/bytes.ts';
import { SignalingCipherSuite } from '../../registry/cipher_suites.ts';
import { CompressionMethod } from '../../registry/compression_methods.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import { EcPointFormat, isFiniteFieldGroup } from '../../registry/named_groups.ts';
import { encodeClientHello } from '../../wire/client_hello.ts';
import { renegotiationInfoExtension } from '../../wire/extensions/authentication.ts';
import { ecPointFormatsExtension, supportedGroupsExtension } from '../../wire/extensions/key_exchange.ts';
import { alpnExtension, serverNameExtension } from '../../wire/extensions/names.ts';
import { emptyExtension } from '../../wire/extensions/negotiation.ts';
import { sessionTicketExtension } from '../../wire/extensions/pre_shared_key.ts';
import { type Extension, extensionTypes } from '../../wire/extensions.ts';
import { serverOfSession } from '../authentication/resumption.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ClientOffer, ClientSettings, OfferedSession } from '../flow/roles.ts';
import { isIpAddress } from '../hello/client_hello.ts';
import type { OlderProtocol } from './protocol.ts';

type Hs = Handshake<ClientSettings>;

/**
 * Sends the ClientHello.
 * @param protocols the highest first @param fallback a better version was tried and failed (RFC 7507 §4)
 */
export function* sendClientHello10(hs: Hs, protocols: readonly OlderProtocol[], fallback: boolean): Steps<ClientOffer> {
  const session12 = yield* resumable10(hs, protocols);
  const random = hs.random(32);
  const extensions = protocols[0].extensions ? helloExtensions(hs, protocols, session12) : [];
  const cipherSuites = [...new Set(protocols.flatMap(({ suites }) => suites.map(({ id }) => id)))];
  // RFC 5746 §3.4: either of the two says it; SSL 3.0 has the signaling suite alone.
  if (extensions.length === 0) cipherSuites.push(SignalingCipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
  if (fallback) cipherSuites.push(SignalingCipherSuite.TLS_FALLBACK_SCSV);
  const legacySessionId = sessionIdFor(hs, session12);
  const types = extensionTypes(extensions).add(ExtensionType.renegotiation_info);
  hs.clientRandom = random;
  // RFC 2246 §E: servers of old want their own version, or less, in the record.
  hs.records.useRecordVersion(Math.min(protocols[0].version, 0x0301));
  hs.send(
    encodeClientHello({
      legacyVersion: protocols[0].version,
      random,
      legacySessionId,
      cipherSuites,
      legacyCompressionMethods: [CompressionMethod.null],
      extensions,
    }),
  );
  return {
    random,
    legacySessionId,
    keyExchanges: [],
    psks: [],
    early: null,
    cookie: null,
    session12,
    extensionTypes: types,
  };
}

function helloExtensions(
  { settings }: Hs,
  protocols: readonly OlderProtocol[],
  session: OfferedSession | null,
): Extension[] {
  const extensions: Extension[] = [];
  if (settings.serverName !== null && !isIpAddress(settings.serverName)) {
    extensions.push(serverNameExtension(settings.serverName));
  }
  extensions.push(emptyExtension(ExtensionType.extended_master_secret));
  extensions.push(renegotiationInfoExtension(new Uint8Array(0)));
  const curves = settings.groups.filter(({ id, tls12 }) => tls12 && !isFiniteFieldGroup(id)).map(({ id }) => id);
  if (protocols.some(({ suites }) => suites.some(({ keyExchange }) => keyExchange === 'ecdhe')) && curves.length > 0) {
    extensions.push(supportedGroupsExtension(curves));
    extensions.push(ecPointFormatsExtension([EcPointFormat.uncompressed]));
  }
  if (settings.sessionTickets) {
    extensions.push(sessionTicketExtension(session?.session.ticket ?? new Uint8Array(0)));
  }
  if (settings.alpn.length > 0) extensions.push(alpnExtension(settings.alpn.map(latin1)));
  return extensions;
}

/** RFC 5077 §3.4: with a ticket, one whose echo tells of resumption. */
function sessionIdFor(hs: Hs, offered: OfferedSession | null): Uint8Array {
  if (offered === null) return new Uint8Array(0);
  return offered.session.ticket.length === 0 ? offered.session.sessionId : hs.random(32);
}

/** The session of the settings if one of these versions made it and can resume it. */
function* resumable10(hs: Hs, protocols: readonly OlderProtocol[]): Steps<OfferedSession | null> {
  const { session, sessionTickets } = hs.settings;
  if (session === null || (session.ticket.length > 0 && !sessionTickets)) return null;
  // A ticket needs extensions, which go out only where the first version has them.
  const protocol = protocols.find(({ version }) => version === session.version);
  const suite = protocol?.suites.find(({ id }) => id === session.cipherSuite);
  if (suite === undefined) return null;
  const peer = yield* serverOfSession(hs, session, suite.keyExchange === 'rsa' ? 'encipherment' : 'signature');
  return peer === undefined ? null : { session, peer };
}
