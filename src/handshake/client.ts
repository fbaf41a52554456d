// The client's handshake up to the version: offer, ServerHello, at most one HelloRetryRequest, then the flow of the
// version the server chose (RFC 9846 §4.1).

import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import { ExtensionCarrier } from '../registry/extension_legality.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion, versionName } from '../registry/protocol_versions.ts';
import { type ClientHello, encodeClientHello } from '../wire/client_hello.ts';
import { parseRetryKeyShare } from '../wire/extensions/key_exchange.ts';
import { parseCookie, parseServerSupportedVersions } from '../wire/extensions/negotiation.ts';
import { checkExtensions, extensionTypes, findExtension, hasExtension } from '../wire/extensions.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';
import { isHelloRetryRequest, parseServerHello, type ServerHello } from '../wire/server_hello.ts';
import type { Steps } from './flow/flow.ts';
import type { Handshake } from './flow/handshake.ts';
import { olderVersion } from './flow/older_version.ts';
import type { ClientOffer, ClientSettings } from './flow/roles.ts';
import { clientHello, generateShare, makeOffer, speaks } from './hello/client_hello.ts';
import { refuseDowngrade } from './hello/downgrade.ts';
import { checkEcho, clientHandshake13, suiteOfServerHello } from './tls13/client13.ts';

const TLS12 = ProtocolVersion['TLSv1.2'];
const TLS13 = ProtocolVersion['TLSv1.3'];

/** The whole handshake of a client. */
export function* clientHandshake(hs: Handshake<ClientSettings>): Steps<void> {
  try {
    const offer = yield* makeOffer(hs);
    hs.negotiated.serverName = hs.settings.serverName;
    sendClientHello(hs, offer);
    let message = yield* hs.read(HandshakeType.server_hello);
    let hello = parseServerHello(message.body);
    let retrySuite: number | null = null;
    if (speaks(hs.settings, TLS13) && isHelloRetryRequest(hello)) {
      yield* retry(hs, offer, hello, message);
      retrySuite = hello.cipherSuite;
      message = yield* hs.read(HandshakeType.server_hello);
      hello = parseServerHello(message.body);
      // RFC 9846 §4.1.4: a second HelloRetryRequest in the same connection is an unexpected message.
      if (isHelloRetryRequest(hello)) throw new TlsError('ERR_UNEXPECTED_MESSAGE', 'a second HelloRetryRequest');
    }
    const version = versionOf(hs.settings, hello);
    // RFC 9846 §4.1.4: the version of the HelloRetryRequest MUST be kept.
    if (retrySuite !== null && version !== TLS13) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', 'the version changed after HelloRetryRequest');
    }
    hs.negotiated.version = version;
    hs.carrier.records?.useVersion(version);
    if (OLDER && version !== TLS13) {
      // RFC 9846 §D.3: a client that sent early data fails if the server chooses an older version.
      if (offer.early !== null) {
        throw new TlsError('ERR_NO_SHARED_VERSION', 'the server answers early data with a version before TLS 1.3');
      }
      refuseDowngrade(hs.settings, version, hello.random);
      yield* olderVersion(hs.settings.older, version).handshake(hs, offer, hello, message);
      return;
    }
    if (retrySuite !== null && retrySuite !== hello.cipherSuite) {
      throw new TlsError('ERR_ILLEGAL_PARAMETER', 'the suite changed after HelloRetryRequest');
    }
    yield* clientHandshake13(hs, offer, hello, message);
  } finally {
    hs.dispose();
  }
}

function sendClientHello(hs: Handshake<ClientSettings>, offer: ClientOffer): void {
  const { clientHelloShape, features } = hs.settings;
  const encode = (shaped: ClientHello) =>
    features.resumption?.encode(hs, shaped, offer.psks) ?? encodeClientHello(shaped);
  const hello = clientHello(hs, offer);
  const message = clientHelloShape ? clientHelloShape.encode(hs, offer, hello, encode) : encode(hello);
  const types = extensionTypes(hello.extensions);
  if (offer.psks.length > 0) types.add(ExtensionType.pre_shared_key);
  offer.extensionTypes = types;
  hs.send(message);
  if (offer.early !== null) features.earlyData?.begin(hs, offer.early, message);
}

/** Answers a HelloRetryRequest (RFC 9846 §4.1.4) with a second ClientHello. */
function* retry(
  hs: Handshake<ClientSettings>,
  offer: ClientOffer,
  hello: ServerHello,
  message: HandshakeMessage,
): Steps<void> {
  const { settings, transcript, negotiated } = hs;
  checkExtensions(hello.extensions, ExtensionCarrier.HRR, offer.extensionTypes);
  if (!hasExtension(hello.extensions, ExtensionType.supported_versions)) {
    throw new TlsError('ERR_MISSING_EXTENSION', 'HelloRetryRequest without supported_versions');
  }
  if (versionOf(settings, hello) !== TLS13) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'HelloRetryRequest for another version');
  }
  checkEcho(offer, hello);
  const sentCcs = offer.early !== null;
  if (sentCcs) settings.features.earlyData?.retry(hs, offer);
  const suite = suiteOfServerHello(settings, hello);
  const shareData = findExtension(hello.extensions, ExtensionType.key_share);
  const cookieData = findExtension(hello.extensions, ExtensionType.cookie);
  // RFC 9846 §4.1.4: one that would not change the ClientHello is illegal.
  if (shareData === undefined && cookieData === undefined) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'HelloRetryRequest asks for nothing');
  }
  if (shareData !== undefined) yield* replaceShare(hs, offer, parseRetryKeyShare(shareData));
  if (cookieData !== undefined) offer.cookie = parseCookie(cookieData).slice();
  hs.carrier.records?.useVersion(TLS13);
  transcript.choose(suite.keyDerivation.hash);
  transcript.foldFirstHello();
  hs.accept(message);
  // RFC 9846 §4.1.4: PSKs with another hash than the suite's are left out.
  offer.psks = offer.psks.filter(psk => psk.hash === suite.keyDerivation.hash.name);
  negotiated.helloRetried = true;
  // RFC 9846 §D.4: one ChangeCipherSpec, which went before early data if there was any.
  if (hs.carrier.traits.middleboxCompatibility && !sentCcs) hs.carrier.records?.sendChangeCipherSpec();
  sendClientHello(hs, offer);
}

function* replaceShare(hs: Handshake<ClientSettings>, offer: ClientOffer, id: number): Steps<void> {
  const group = hs.settings.groups.find(candidate => candidate.id === id);
  // RFC 9846 §4.2.8: a group that was offered, and for which no share was sent.
  if (group === undefined || offer.keyExchanges.some(exchange => exchange.group.id === id)) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `HelloRetryRequest for group 0x${id.toString(16)}`);
  }
  for (const exchange of offer.keyExchanges) hs.owned.drop(exchange);
  offer.keyExchanges = [];
  offer.keyExchanges = [yield* generateShare(hs, group, hs.owned)];
}

/** The version a ServerHello chose (RFC 9846 §4.2.1). @throws ERR_ILLEGAL_PARAMETER, ERR_NO_SHARED_VERSION */
function versionOf(settings: ClientSettings, hello: ServerHello): number {
  const selected = findExtension(hello.extensions, ExtensionType.supported_versions);
  if (selected === undefined) {
    // A version that cannot be is none: there is no other way to say TLS 1.3.
    if (hello.legacyVersion < TLS13 && speaks(settings, hello.legacyVersion)) return hello.legacyVersion;
    throw new TlsError('ERR_NO_SHARED_VERSION', `the server chose ${versionName(hello.legacyVersion)}`);
  }
  if (!speaks(settings, TLS13)) throw new TlsError('ERR_UNSUPPORTED_EXTENSION', 'supported_versions was not offered');
  const version = parseServerSupportedVersions(selected);
  // RFC 9846 §4.2.1: a version that was not offered, or one before TLS 1.3, is illegal here.
  if (version !== TLS13)
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `supported_versions selects ${versionName(version)}`);
  if (hello.legacyVersion !== TLS12) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `legacy_version is ${versionName(hello.legacyVersion)}`);
  }
  return version;
}
