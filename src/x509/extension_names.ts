// What people call extensions that castls does not process, and access methods, for messages and for showing.

import { extensionOids } from './extensions.ts';

const others: Readonly<Record<string, string>> = {
  '2.5.29.16': 'privateKeyUsagePeriod',
  '1.3.6.1.5.5.7.1.3': 'qcStatements',
  '1.3.6.1.5.5.7.1.12': 'logotype',
  '1.3.6.1.4.1.311.20.2': 'Microsoft certificate type',
  '1.3.6.1.4.1.311.21.1': 'Microsoft CA version',
  '1.3.6.1.4.1.311.21.2': 'Microsoft previous CA certificate hash',
  '1.3.6.1.4.1.311.21.4': 'Microsoft next CRL publish',
  '1.3.6.1.4.1.311.21.7': 'Microsoft certificate template',
  '1.3.6.1.4.1.311.21.10': 'Microsoft application policies',
  '1.3.6.1.4.1.311.25.2': 'Microsoft security identifier',
  '1.2.840.113533.7.65.0': 'Entrust version',
  '1.2.840.113549.1.9.15': 'S/MIME capabilities',
  '2.16.840.1.113730.1.1': 'netscape-cert-type',
  '2.16.840.1.113730.1.2': 'netscape-base-url',
  '2.16.840.1.113730.1.3': 'netscape-revocation-url',
  '2.16.840.1.113730.1.4': 'netscape-ca-revocation-url',
  '2.16.840.1.113730.1.8': 'netscape-ca-policy-url',
  '2.16.840.1.113730.1.12': 'netscape-ssl-server-name',
  '2.16.840.1.113730.1.13': 'netscape-comment',
};

/** The usual name of an extension; undefined for one without. */
export function extensionName(oid: string): string | undefined {
  const known = Object.entries(extensionOids).find(([, value]) => value === oid);
  return known?.[0] ?? (Object.hasOwn(others, oid) ? others[oid] : undefined);
}

/** "netscape-cert-type (2.16.840.1.113730.1.1)", or the identifier alone. */
export function namedExtension(oid: string): string {
  const name = extensionName(oid);
  return name === undefined ? oid : `${name} (${oid})`;
}

/** accessMethod of AccessDescriptions (RFC 5280 §4.2.2, RFC 3161 §4). */
const accessMethods: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.48.1': 'OCSP',
  '1.3.6.1.5.5.7.48.2': 'caIssuers',
  '1.3.6.1.5.5.7.48.3': 'timeStamping',
  '1.3.6.1.5.5.7.48.5': 'caRepository',
};

/** The name of an access method, or its identifier. */
export function accessMethodName(oid: string): string {
  return Object.hasOwn(accessMethods, oid) ? accessMethods[oid] : oid;
}
