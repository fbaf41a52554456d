// A certificate as text for people with all of its extensions, line by line, without interpretation.

import type { Certificate } from './certificate.ts';
import { attempt, certificateLines } from './certificate_text.ts';
import { extensionName } from './extension_names.ts';
import { type Extension, extensionOids, keyUsages, purposes } from './extensions.ts';
import { generalNameText } from './general_name.ts';
import { hex } from './name.ts';

const purposeNames = new Map(Object.entries(purposes).map(([name, oid]) => [oid as string, name]));

/** Everything that a certificate says. Ends without a newline. */
export function describeCertificate(certificate: Certificate): string {
  const lines = certificateLines(certificate);
  for (const extension of certificate.extensions.values()) {
    const name = extensionName(extension.oid) ?? extension.oid;
    const text = attempt(() => extensionText(certificate, extension));
    lines.push(`  ${name}${extension.critical ? ' (critical)' : ''}: ${text}`);
  }
  return lines.join('\n');
}

function extensionText(certificate: Certificate, extension: Extension): string {
  switch (extension.oid) {
    case extensionOids.basicConstraints: {
      const { ca, pathLength } = certificate.basicConstraints!;
      return `CA ${ca}${pathLength === undefined ? '' : `, path length ${pathLength}`}`;
    }
    case extensionOids.keyUsage: {
      const bits = certificate.keyUsage!;
      return Object.entries(keyUsages)
        .flatMap(([name, bit]) => ((bits & bit) !== 0 ? [name] : []))
        .join(', ');
    }
    case extensionOids.extendedKeyUsage:
      return certificate.extendedKeyUsage!.map(oid => purposeNames.get(oid) ?? oid).join(', ');
    case extensionOids.subjectAltName:
      return certificate.subjectAltName!.map(generalNameText).join(', ');
    case extensionOids.issuerAltName:
      return certificate.issuerAltName!.map(generalNameText).join(', ');
    case extensionOids.subjectKeyIdentifier:
      return hex(certificate.subjectKeyIdentifier!);
    case extensionOids.authorityKeyIdentifier: {
      const { keyIdentifier, issuer, serialNumber } = certificate.authorityKeyIdentifier!;
      return [
        keyIdentifier && hex(keyIdentifier),
        issuer?.map(generalNameText).join(', '),
        serialNumber && `serial ${hex(serialNumber)}`,
      ]
        .filter(Boolean)
        .join('; ');
    }
    case extensionOids.nameConstraints: {
      const { permitted, excluded } = certificate.nameConstraints!;
      return [
        ...permitted.map(name => `permitted ${generalNameText(name)}`),
        ...excluded.map(name => `excluded ${generalNameText(name)}`),
      ].join(', ');
    }
    case extensionOids.certificatePolicies:
      return certificate.certificatePolicies!.map(policy => policy.oid).join(', ');
    case extensionOids.policyMappings:
      return certificate.policyMappings!.map(m => `${m.issuerDomain} = ${m.subjectDomain}`).join(', ');
    case extensionOids.policyConstraints: {
      const { requireExplicitPolicy, inhibitPolicyMapping } = certificate.policyConstraints!;
      return `require explicit policy ${requireExplicitPolicy ?? '-'}, inhibit mapping ${inhibitPolicyMapping ?? '-'}`;
    }
    case extensionOids.inhibitAnyPolicy:
      return `${certificate.inhibitAnyPolicy}`;
    case extensionOids.authorityInfoAccess:
      return certificate.authorityInfoAccess!.map(a => `${a.method} ${generalNameText(a.location)}`).join(', ');
    case extensionOids.subjectInfoAccess:
      return certificate.subjectInfoAccess!.map(a => `${a.method} ${generalNameText(a.location)}`).join(', ');
    case extensionOids.crlDistributionPoints:
      return pointsText(certificate.crlDistributionPoints!);
    case extensionOids.freshestCrl:
      return pointsText(certificate.freshestCrl!);
    case extensionOids.tlsFeature:
      return certificate.tlsFeature!.map(feature => (feature === 5 ? 'status_request' : `${feature}`)).join(', ');
    case extensionOids.signedCertificateTimestamps:
      return `${certificate.timestampList!.length} bytes of timestamps`;
    default:
      return `#${hex(extension.value)}`;
  }
}

function pointsText(points: NonNullable<Certificate['crlDistributionPoints']>): string {
  return points
    .map(({ name, crlIssuer }) => {
      const where =
        name === undefined
          ? '-'
          : name.type === 'full'
            ? name.names.map(generalNameText).join(' ')
            : `relative #${hex(name.rdn)}`;
      return crlIssuer === undefined ? where : `${where} by ${crlIssuer.map(generalNameText).join(' ')}`;
    })
    .join(', ');
}
