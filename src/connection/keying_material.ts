// What a connection gives to protocols above it: exported keying material (RFC 5705, RFC 9846 §7.5), and channel bindings,
// values that tie an authentication above TLS to this very connection (RFC 5056).

import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { HashName } from '../crypto/hash.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { ChannelBindingType, Exporters } from '../handshake/flow/exporters.ts';
import type { Negotiated } from '../handshake/flow/negotiated.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import { signatureParametersOfCertificate } from '../x509/certificate_pieces.ts';

export type { ChannelBindingType } from '../handshake/flow/exporters.ts';

/** RFC 9266 §2. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_LENGTH = 32;

/**
 * Exported keying material, the caller's to wipe. @param length in bytes
 * @param context null for none: TLS 1.2 tells it apart from an empty one
 */
function exportKeyingMaterial(
  { exporter, version, resumed, extendedMasterSecret }: Negotiated,
  provider: CryptoProvider,
  length: number,
  label: string,
  context: Uint8Array | null,
): Uint8Array {
  if (exporter === null) throw new TlsError('ERR_INVALID_STATE', 'there are no secrets to export from');
  // RFC 7627 §5.4: MUST NOT export from a resumed session whose master secret is bound to no handshake.
  if (OLDER && version !== ProtocolVersion['TLSv1.3'] && resumed && !extendedMasterSecret) {
    throw new TlsError(
      'ERR_INVALID_STATE',
      'nothing is exported from a session resumed without extended master secret',
    );
  }
  const secret = exporter.export(label, context, length);
  try {
    return provider.dangerousReveal(secret);
  } finally {
    secret.dispose();
  }
}

/**
 * Keying material of the early exporter, which a replay of the ClientHello shares; the caller's to wipe.
 * @throws ERR_INVALID_STATE where no early data was offered, or none is taken
 */
function exportEarlyKeyingMaterial(
  { earlyData }: Negotiated,
  provider: CryptoProvider,
  length: number,
  label: string,
  context: Uint8Array | null,
): Uint8Array {
  if (earlyData.exporter === null) throw new TlsError('ERR_INVALID_STATE', 'there is no early data');
  const secret = earlyData.exporter.export(label, context, length);
  try {
    return provider.dangerousReveal(secret);
  } finally {
    secret.dispose();
  }
}

/**
 * The binding of a connection.
 * @throws ERR_INVALID_STATE where it is not defined: tls-exporter in TLS 1.2 without extended master secret, tls-unique in
 * TLS 1.3, tls-server-end-point at a server that resumed
 * @throws ERR_UNSUPPORTED_ALGORITHM for tls-server-end-point with a certificate whose signature names no single hash
 */
function channelBinding(type: ChannelBindingType, negotiated: Negotiated, provider: CryptoProvider): Uint8Array {
  switch (type) {
    case 'tls-exporter':
      return exporterBinding(negotiated, provider);
    case 'tls-server-end-point':
      return endPointBinding(negotiated, provider);
    case 'tls-unique':
      // RFC 9266 §3: not defined for TLS 1.3. RFC 7627 §6.2: without extended master secret it does not bind.
      if (!OLDER || negotiated.firstFinished === null || !negotiated.extendedMasterSecret) throw undefinedHere(type);
      return negotiated.firstFinished.slice();
  }
}

function exporterBinding(
  { exporter, version, extendedMasterSecret }: Negotiated,
  provider: CryptoProvider,
): Uint8Array {
  // RFC 9266 §4: before TLS 1.3 only with the extended master secret.
  const binds = !OLDER || version === ProtocolVersion['TLSv1.3'] || extendedMasterSecret;
  if (exporter === null || !binds) throw undefinedHere('tls-exporter');
  const secret = exporter.export(EXPORTER_LABEL, new Uint8Array(0), EXPORTER_LENGTH);
  try {
    return provider.dangerousReveal(secret);
  } finally {
    secret.dispose();
  }
}

/** RFC 5929 §4.1: the hash of the server's certificate, by the hash of its signature, but SHA-256 for MD5 and SHA-1. */
function endPointBinding(negotiated: Negotiated, provider: CryptoProvider): Uint8Array {
  const server = negotiated.role === 'server';
  const certificate = server ? negotiated.localCertificate : negotiated.peerCertificates[0];
  const type = server ? negotiated.localCertificateType : negotiated.peerCertificateType;
  if (certificate == null || type !== 'X509') throw undefinedHere('tls-server-end-point');
  const parameters = signatureParametersOfCertificate(certificate);
  const hash: HashName | undefined = parameters && 'hash' in parameters ? parameters.hash : undefined;
  if (hash === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', "tls-server-end-point: the certificate's signature names no hash");
  }
  return provider.keyDerivation(hash === 'md5' || hash === 'sha1' ? 'sha256' : hash).hash.digest(certificate);
}

function undefinedHere(type: ChannelBindingType): TlsError {
  return new TlsError('ERR_INVALID_STATE', `${type} is not defined for this connection`);
}

/** Keying material and channel bindings of a connection. */
export const allExporters: Exporters = { exportKeyingMaterial, exportEarlyKeyingMaterial, channelBinding };
