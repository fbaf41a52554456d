// What the certificate commands say of a certificate or a request: one JSON object.

import {
  type Certificate,
  type CertificateRequest,
  extensionName,
  generalNameText,
  hashAlgorithm,
  keyUsages,
  publicKeyText,
  purposes,
} from '../x509.ts';

const hexText = (bytes: Uint8Array | undefined) => (bytes === undefined ? null : Buffer.from(bytes).toString('hex'));

export function certificateJson(certificate: Certificate) {
  return {
    subject: certificate.subject.toString(),
    issuer: certificate.issuer.toString(),
    serialNumber: hexText(certificate.serialNumber),
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    publicKey: attempt(() => publicKeyText(certificate.publicKey)),
    signature: attempt(() => certificate.signatureParameters ?? null),
    names: attempt(() => (certificate.subjectAltName ?? []).map(generalNameText)),
    ca: attempt(() => certificate.basicConstraints?.ca ?? false),
    pathLength: attempt(() => certificate.basicConstraints?.pathLength ?? null),
    keyUsage: attempt(() => usageNames(certificate.keyUsage)),
    extendedKeyUsage: attempt(() => certificate.extendedKeyUsage?.map(purposeName) ?? null),
    subjectKeyIdentifier: attempt(() => hexText(certificate.subjectKeyIdentifier)),
    authorityKeyIdentifier: attempt(() => hexText(certificate.authorityKeyIdentifier?.keyIdentifier)),
    mustStaple: attempt(() => certificate.tlsFeature?.includes(5) ?? false),
    extensions: [...certificate.extensions.values()].map(({ oid, critical }) => ({
      oid,
      name: extensionName(oid) ?? null,
      critical,
    })),
    fingerprint1: certificate.fingerprint(hashAlgorithm('sha1')),
    fingerprint256: certificate.fingerprint(hashAlgorithm('sha256')),
  };
}

function usageNames(usage: number | undefined): string[] | null {
  if (usage === undefined) return null;
  return Object.entries(keyUsages).flatMap(([name, bit]) => ((usage & bit) !== 0 ? [name] : []));
}

function purposeName(oid: string): string {
  return Object.entries(purposes).find(([, value]) => value === oid)?.[0] ?? oid;
}

export function requestJson(request: CertificateRequest) {
  return {
    subject: request.subject.toString(),
    publicKey: attempt(() => publicKeyText(request.publicKey)),
    signature: attempt(() => request.signatureParameters ?? null),
    names: attempt(() => (request.subjectAltName ?? []).map(generalNameText)),
    challengePassword: attempt(() => request.challengePassword ?? null),
    extensions: [...request.extensions.values()].map(({ oid, critical }) => ({
      oid,
      name: extensionName(oid) ?? null,
      critical,
    })),
  };
}

/** What castls cannot read, or does not know, is no reason to show nothing: in its place stands why. */
function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}
