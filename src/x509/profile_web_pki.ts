// The profile of the public web: RFC 5280 §4 and the Baseline Requirements of the CA/Browser Forum, as far as a client
// can see whether they were kept.

import type { Certificate } from './certificate.ts';
import type { Fault } from './certificate_error.ts';
import { extensionOids as ids, purposes } from './extensions.ts';
import { ipText } from './general_name.ts';
import { equalBytes } from './name.ts';
import { broken, isCa, type Profile, type Role } from './profile.ts';
import { rfc5280Fault, rfc5280Profile } from './profile_rfc5280.ts';
import { modulusBits } from './public_key.ts';
import { parseIp } from './server_identity.ts';

const COMMON_NAME = '2.5.4.3';

/** What the CA/Browser Forum demands of CAs that browsers trust. */
export const webPkiProfile: Profile = {
  name: 'web-pki',
  certificateFault: (certificate, role) => webPkiFault(certificate, role),
  crlFault: rfc5280Profile.crlFault,
};

/** Critical in no certificate of the Baseline Requirements (§7.1.2.1.2, §7.1.2.6, §7.1.2.7.6). */
const notCritical = [
  ids.extendedKeyUsage,
  ids.certificatePolicies,
  ids.crlDistributionPoints,
  ids.signedCertificateTimestamps,
];

function webPkiFault(certificate: Certificate, role: Role): Fault | null {
  // BR §7.1.2.5.2 lets name constraints be non-critical "as an explicit exception from RFC 5280".
  const found = rfc5280Fault(certificate, role, ids.nameConstraints);
  if (found !== null) return found;
  if (certificate.version !== 3) return broken('not a version 3 certificate', 'CABF BR §7.1.1');
  const key = certificate.publicKey;
  if (key.type === 'rsa' && modulusBits(key.modulus) % 8 !== 0) {
    return broken('an RSA modulus whose length is not divisible by 8', 'CABF BR §6.1.5');
  }
  for (const oid of notCritical) {
    if (certificate.extensions.get(oid)?.critical)
      return broken(`the extension ${oid} is critical`, 'CABF BR §7.1.2.7.6');
  }
  const authority = certificate.authorityKeyIdentifier;
  if (authority?.issuer !== undefined || authority?.serialNumber !== undefined) {
    return broken('issuer or serial number in authorityKeyIdentifier', 'CABF BR §7.1.2.11.1');
  }
  return role === 'leaf' ? webPkiLeafFault(certificate) : webPkiAuthorityFault(certificate, role);
}

function webPkiAuthorityFault(certificate: Certificate, role: Role): Fault | null {
  if (role !== 'anchor') return null;
  if (certificate.extendedKeyUsage !== undefined) {
    return broken('extendedKeyUsage in a root certificate', 'CABF BR §7.1.2.1.2');
  }
  const authority = certificate.authorityKeyIdentifier;
  const own = certificate.subjectKeyIdentifier;
  if (authority !== undefined && certificate.selfIssued) {
    const same = authority.keyIdentifier !== undefined && own !== undefined && equalBytes(authority.keyIdentifier, own);
    if (!same) return broken('a root whose authorityKeyIdentifier is not its own key identifier', 'CABF BR §7.1.2.1.3');
  }
  return null;
}

function webPkiLeafFault(certificate: Certificate): Fault | null {
  if (isCa(certificate)) return broken('a subscriber certificate that is a CA', 'CABF BR §7.1.2.7.8');
  const usages = certificate.extendedKeyUsage;
  if (usages === undefined) return broken('no extendedKeyUsage', 'CABF BR §7.1.2.7.6');
  if (usages.includes(purposes.any)) return broken('anyExtendedKeyUsage', 'CABF BR §7.1.2.7.10');
  const names = certificate.subjectAltName;
  if (names === undefined) return broken('no subjectAltName', 'CABF BR §7.1.2.7.12');
  if (!certificate.subject.empty && certificate.extensions.get(ids.subjectAltName)?.critical) {
    return broken('a critical subjectAltName beside a subject', 'CABF BR §7.1.2.7.12');
  }
  // BR §7.1.4.3 wants an exact copy. The domain of a wildcard beside it ("example.com" for "*.example.com") passes too:
  // the common name is never matched with anything, and x509-limbo's own valid chains are of that kind.
  const allowed = new Set<string>();
  for (const name of names) {
    if (name.type === 'ip') allowed.add(ipText(name.value));
    if (name.type === 'dns') allowed.add(name.value).add(name.value.replace(/^\*\./, ''));
  }
  for (const rdn of certificate.subject.rdns) {
    for (const { type, value } of rdn) {
      if (type !== COMMON_NAME || (value !== undefined && allowed.has(value))) continue;
      const kind = value !== undefined && parseIp(value) !== undefined ? 'an address' : 'a name';
      return broken(`a common name that is ${kind} and no exact copy of one in subjectAltName`, 'CABF BR §7.1.4.3');
    }
  }
  return null;
}
