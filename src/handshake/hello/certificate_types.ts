// Raw public keys in the place of certificates (RFC 7250): what a client offers and takes, what a server chooses of it, for
// TLS 1.3 and 1.2. Who says nothing means X.509.

import { TlsError } from '../../base/errors.ts';
import { CertificateType, type CertificateTypeName, certificateTypeNames } from '../../registry/certificate_types.ts';
import { ExtensionType } from '../../registry/extension_types.ts';
import {
  certificateTypeExtension,
  certificateTypesExtension,
  parseCertificateType,
} from '../../wire/extensions/authentication.ts';
import { type Extension, findExtension } from '../../wire/extensions.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ReceivedHello } from '../flow/received_hello.ts';
import type { ClientSettings, ServerSettings } from '../flow/roles.ts';

/** RFC 7250 §4.1: a list that says X.509 and nothing else MUST be left out. */
export function offeredCertificateTypes({ certificateTypes, peerCertificateTypes }: ClientSettings): Extension[] {
  const lists = [
    [ExtensionType.client_certificate_type, certificateTypes],
    [ExtensionType.server_certificate_type, peerCertificateTypes],
  ] as const;
  return lists.flatMap(([type, names]) => {
    if (names.every(name => name === 'X509')) return [];
    return certificateTypesExtension(
      type,
      names.map(name => CertificateType[name]),
    );
  });
}

/** The server's choices, in EncryptedExtensions or a ServerHello. @throws ERR_UNSUPPORTED_CERTIFICATE for what was not offered */
export function readCertificateTypes(
  { settings, negotiated }: Handshake<ClientSettings>,
  extensions: readonly Extension[],
): void {
  const read = (type: number, offered: readonly CertificateTypeName[]): CertificateTypeName => {
    const data = findExtension(extensions, type);
    if (data === undefined) return 'X509';
    const [chosen] = certificateTypeNames([parseCertificateType(data)]);
    if (chosen !== undefined && offered.includes(chosen)) return chosen;
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', 'the server chose a certificate type that was not offered');
  };
  negotiated.localCertificateType = read(ExtensionType.client_certificate_type, settings.certificateTypes);
  negotiated.peerCertificateType = read(ExtensionType.server_certificate_type, settings.peerCertificateTypes);
}

/** @throws ERR_UNSUPPORTED_CERTIFICATE if the server asks for X.509 and this side said it has something else alone */
export function requireRequestedType({ settings, negotiated }: Handshake<ClientSettings>): CertificateTypeName {
  const { localCertificateType: type } = negotiated;
  if (settings.certificateTypes.includes(type)) return type;
  throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `the server asks for ${type}, which was not offered`);
}

/**
 * What a client will be asked for: the first of ours that it has.
 * @throws ERR_UNSUPPORTED_CERTIFICATE if there is none (RFC 7250 §4.2)
 */
export function chooseClientCertificateType(hs: Handshake<ServerSettings>, received: ReceivedHello): void {
  const { clientAuth, peerCertificateTypes } = hs.settings;
  if (clientAuth === 'none') return;
  const offered = typesOf(received.clientCertificateTypes);
  const chosen = peerCertificateTypes.find(type => offered.includes(type));
  if (chosen === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', 'the client has no certificate type that is taken here');
  }
  hs.negotiated.peerCertificateType = chosen;
}

/** What a list of a ClientHello means; without one X.509. */
export function typesOf(values: readonly number[] | null): readonly CertificateTypeName[] {
  return values === null ? ['X509'] : certificateTypeNames(values);
}

/**
 * The answers of a server; in a resumption what the session began with, as far as the client takes it still.
 * RFC 7250 §4.2: none for the client's type where nothing is asked of it.
 */
export function chosenCertificateTypes(hs: Handshake<ServerSettings>, received: ReceivedHello): Extension[] {
  const { settings, negotiated } = hs;
  const { clientCertificateTypes, serverCertificateTypes } = received;
  const { localCertificateType: own, peerCertificateType: theirs } = negotiated;
  const extensions: Extension[] = [];
  if (clientCertificateTypes !== null && settings.clientAuth !== 'none' && !negotiated.resumed) {
    extensions.push(certificateTypeExtension(ExtensionType.client_certificate_type, CertificateType[theirs]));
  }
  if (serverCertificateTypes?.includes(CertificateType[own])) {
    extensions.push(certificateTypeExtension(ExtensionType.server_certificate_type, CertificateType[own]));
  }
  return extensions;
}
