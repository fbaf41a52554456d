// Certificates in the shapes of node:tls: the object of getPeerCertificate, made by Node itself, and the names that
// node:tls gives to what is wrong with a certificate.

import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';
import type { TlsError } from '../../../base/errors.ts';
import { parseCertificate } from '../../../x509/certificate.ts';

/** The first of `chain` (DER) as getPeerCertificate shows it; `detailed` links each to its issuer, a root to itself. */
export function legacyCertificate(
  chain: readonly Uint8Array[],
  detailed: boolean,
): PeerCertificate | DetailedPeerCertificate | Record<string, never> {
  if (chain.length === 0) return {};
  const shown = chain.flatMap(readByNode);
  const objects = shown.map(each => each.toLegacyObject() as unknown as DetailedPeerCertificate);
  if (detailed) {
    for (let i = 0; i < objects.length; i++) {
      if (i + 1 < objects.length) objects[i].issuerCertificate = objects[i + 1];
      else if (shown[i].checkIssued(shown[i])) objects[i].issuerCertificate = objects[i];
    }
  }
  return objects[0] ?? {};
}

/** What Node cannot read - a peer may send anything behind its leaf - it does not show. */
function readByNode(der: Uint8Array): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}

/** Codes of OpenSSL and Node for what castls finds; a code that has none keeps its own. */
const nodeCodes: Readonly<Record<string, string>> = {
  ERR_CERT_NO_TRUST_ANCHORS: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ERR_CERT_SIGNATURE: 'CERT_SIGNATURE_FAILURE',
  ERR_CERT_EXPIRED: 'CERT_HAS_EXPIRED',
  ERR_CERT_NOT_YET_VALID: 'CERT_NOT_YET_VALID',
  ERR_CERT_NAME_MISMATCH: 'ERR_TLS_CERT_ALTNAME_INVALID',
  ERR_CERT_CONSTRAINT: 'INVALID_CA',
  ERR_CERT_PURPOSE: 'INVALID_PURPOSE',
  ERR_CERT_REVOKED: 'CERT_REVOKED',
  ERR_CERT_REVOCATION_UNKNOWN: 'UNABLE_TO_GET_CRL',
};

/** `authorizationError` for a failed verification. @param chain as presented, DER */
export function authorizationErrorOf(failure: TlsError, chain: readonly Uint8Array[]): string {
  if (failure.code === 'ERR_CERT_UNKNOWN_ISSUER') return unknownIssuerCode(chain);
  return nodeCodes[failure.code] ?? failure.code;
}

function unknownIssuerCode(chain: readonly Uint8Array[]): string {
  try {
    const last = parseCertificate(chain[chain.length - 1]);
    if (last.selfIssued) return chain.length === 1 ? 'DEPTH_ZERO_SELF_SIGNED_CERT' : 'SELF_SIGNED_CERT_IN_CHAIN';
  } catch {} // an odd certificate further up says nothing
  return chain.length === 1 ? 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' : 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
}
