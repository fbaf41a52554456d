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
  const usage = certificate.keyUsage;
  const named = Object.entries(purposes);
  return {
    subject: certificate.subject.toString(),
    issuer: certificate.issuer.toString(),
    serialNumber: hexText(certificate.serialNumber),
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    publicKey: attempt(() => publicKeyText(certificate.publicKey)),
    signature: attempt(() => certificate.signatureParameters ?? null),
    names: (certificate.subjectAltName ?? []).map(generalNameText),
    ca: certificate.basicConstraints?.ca ?? false,
    pathLength: certificate.basicConstraints?.pathLength ?? null,
    keyUsage:
      usage === undefined
        ? null
        : Object.entries(keyUsages).flatMap(([name, bit]) => ((usage & bit) !== 0 ? [name] : [])),
    extendedKeyUsage:
      certificate.extendedKeyUsage?.map(oid => named.find(([, value]) => value === oid)?.[0] ?? oid) ?? null,
    subjectKeyIdentifier: hexText(certificate.subjectKeyIdentifier),
    authorityKeyIdentifier: hexText(certificate.authorityKeyIdentifier?.keyIdentifier),
    mustStaple: certificate.tlsFeature?.includes(5) ?? false,
    extensions: [...certificate.extensions.values()].map(({ oid, critical }) => ({
      oid,
      name: extensionName(oid) ?? null,
      critical,
    })),
    fingerprint1: certificate.fingerprint(hashAlgorithm('sha1')),
    fingerprint256: certificate.fingerprint(hashAlgorithm('sha256')),
  };
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

/** A key or algorithm that castls does not know is no reason to show nothing. */
function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}
