// Certificates (RFC 5280 §4.1) as fields. Shows what stands there; whether a certificate is any good is the question of
// castls/x509.

import { DerReader, tags } from '../asn1/der.ts';
import { readOid } from '../asn1/oid.ts';
import { isString, readString } from '../asn1/strings.ts';
import { Reader } from '../wire/reader.ts';
import { each, inOrder, readElement, type Shape } from './der.ts';
import { type Field, type FieldBudget, FieldReader } from './field.ts';
import { oidName, shortOidName } from './oids.ts';

const { SEQUENCE, SET, INTEGER, BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, BIT_STRING } = tags;

export const oid = (name: string, section?: string): Shape => ({ name, section, meaning: contentOidName });

/** The name of an identifier by its content octets. */
function contentOidName(content: Uint8Array): string | undefined {
  if (content.length > 0x7f) return undefined;
  try {
    return oidName(readOid(new DerReader(Uint8Array.of(OBJECT_IDENTIFIER, content.length, ...content))));
  } catch {
    return undefined;
  }
}

export const algorithm = (name: string, section: string): Shape => ({
  name,
  section,
  inside: inOrder(
    [OBJECT_IDENTIFIER, oid('algorithm', section)],
    ['any', { name: 'parameters', section, meaning: contentOidName }],
  ),
});

const attribute: Shape = {
  name: 'AttributeTypeAndValue',
  inside: inOrder([OBJECT_IDENTIFIER, oid('type')], ['any', { name: 'value' }]),
};
export const name = (called: string, section: string): Shape => ({
  name: called,
  section,
  inside: each({ name: 'RelativeDistinguishedName', section, inside: each({ ...attribute, section }) }),
});

const generalNameTypes = [
  'otherName',
  'rfc822Name',
  'dNSName',
  'x400Address',
  'directoryName',
  'ediPartyName',
  'uniformResourceIdentifier',
  'iPAddress',
  'registeredID',
];
function generalName(tag: number): Shape {
  const number = tag & 0x1f;
  const called = generalNameTypes[number] ?? 'GeneralName';
  if (number === 4) return { name: called, inside: each(name('Name', 'RFC 5280 §4.1.2.4')) };
  if (number === 7) return { name: called, meaning: address };
  return { name: called, meaning: number === 1 || number === 2 || number === 6 ? ascii : undefined };
}

function ascii(content: Uint8Array): string | undefined {
  return content.every(byte => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...content) : undefined;
}

function address(content: Uint8Array): string | undefined {
  if (content.length === 4) return [...content].join('.');
  if (content.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => ((content[2 * i] << 8) | content[2 * i + 1]).toString(16));
  return groups.join(':');
}

const generalNames = (called: string, section: string): Shape => ({ name: called, section, inside: generalName });

const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];
function keyUsages(content: Uint8Array): string {
  return keyUsageNames.filter((_, i) => ((content[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) !== 0).join(', ');
}

/** What stands in extnValue, by the identifier. */
const extensions: Readonly<Record<string, Shape>> = {
  basicConstraints: {
    name: 'BasicConstraints',
    section: 'RFC 5280 §4.2.1.9',
    inside: inOrder([BOOLEAN, { name: 'cA' }], [INTEGER, { name: 'pathLenConstraint' }]),
  },
  keyUsage: { name: 'KeyUsage', section: 'RFC 5280 §4.2.1.3', meaning: keyUsages },
  extKeyUsage: { name: 'ExtKeyUsageSyntax', section: 'RFC 5280 §4.2.1.12', inside: each(oid('KeyPurposeId')) },
  subjectAltName: generalNames('GeneralNames', 'RFC 5280 §4.2.1.6'),
  issuerAltName: generalNames('GeneralNames', 'RFC 5280 §4.2.1.7'),
  subjectKeyIdentifier: { name: 'SubjectKeyIdentifier', section: 'RFC 5280 §4.2.1.2' },
  authorityKeyIdentifier: {
    name: 'AuthorityKeyIdentifier',
    section: 'RFC 5280 §4.2.1.1',
    inside: inOrder(
      [0x80, { name: 'keyIdentifier' }],
      [0xa1, generalNames('authorityCertIssuer', 'RFC 5280 §4.2.1.1')],
      [0x82, { name: 'authorityCertSerialNumber' }],
    ),
  },
  authorityInfoAccess: {
    name: 'AuthorityInfoAccessSyntax',
    section: 'RFC 5280 §4.2.2.1',
    inside: each({
      name: 'AccessDescription',
      inside: (tag, index) => (index === 0 ? oid('accessMethod') : { ...generalName(tag), name: 'accessLocation' }),
    }),
  },
  certificatePolicies: {
    name: 'certificatePolicies',
    section: 'RFC 5280 §4.2.1.4',
    inside: each({
      name: 'PolicyInformation',
      inside: inOrder([OBJECT_IDENTIFIER, oid('policyIdentifier')], [SEQUENCE, { name: 'policyQualifiers' }]),
    }),
  },
  cRLDistributionPoints: {
    name: 'CRLDistributionPoints',
    section: 'RFC 5280 §4.2.1.13',
    inside: each({
      name: 'DistributionPoint',
      inside: inOrder(
        [0xa0, { name: 'distributionPoint', inside: each(generalNames('fullName', 'RFC 5280 §4.2.1.13')) }],
        [0x81, { name: 'reasons' }],
        [0xa2, generalNames('cRLIssuer', 'RFC 5280 §4.2.1.13')],
      ),
    }),
  },
  nameConstraints: {
    name: 'NameConstraints',
    section: 'RFC 5280 §4.2.1.10',
    inside: inOrder([0xa0, subtrees('permittedSubtrees')], [0xa1, subtrees('excludedSubtrees')]),
  },
  tlsFeature: { name: 'Features', section: 'RFC 7633 §4', inside: each({ name: 'Feature' }) },
};

function subtrees(called: string): Shape {
  return { name: called, inside: each({ name: 'GeneralSubtree', inside: generalName }) };
}

const extension: Shape = {
  name: 'Extension',
  section: 'RFC 5280 §4.2',
  inside: inOrder(
    [OBJECT_IDENTIFIER, oid('extnID', 'RFC 5280 §4.2')],
    [BOOLEAN, { name: 'critical', section: 'RFC 5280 §4.2' }],
    [
      OCTET_STRING,
      {
        name: 'extnValue',
        section: 'RFC 5280 §4.2',
        octets: before => {
          const known = oidName(`${before[0]?.value}`);
          return known !== undefined && Object.hasOwn(extensions, known) ? extensions[known] : undefined;
        },
      },
    ],
  ),
};

const publicKey: Shape = {
  name: 'subjectPublicKeyInfo',
  section: 'RFC 5280 §4.1.2.7',
  inside: inOrder(
    [SEQUENCE, algorithm('algorithm', 'RFC 5280 §4.1.2.7')],
    [
      BIT_STRING,
      {
        name: 'subjectPublicKey',
        section: 'RFC 5280 §4.1.2.7',
        octets: before => (isRsa(before) ? rsaPublicKey : undefined),
      },
    ],
  ),
};

const rsaPublicKey: Shape = {
  name: 'RSAPublicKey',
  section: 'RFC 8017 §A.1.1',
  inside: inOrder([INTEGER, { name: 'modulus' }], [INTEGER, { name: 'publicExponent' }]),
};

function isRsa(before: readonly Field[]): boolean {
  return before[0]?.children?.[0]?.value === '1.2.840.113549.1.1.1';
}

const time = (called: string): Shape => ({ name: called, section: 'RFC 5280 §4.1.2.5' });

export const certificateShape: Shape = {
  name: 'Certificate',
  section: 'RFC 5280 §4.1',
  inside: inOrder(
    [
      SEQUENCE,
      {
        name: 'tbsCertificate',
        section: 'RFC 5280 §4.1.1.1',
        inside: inOrder(
          [
            0xa0,
            {
              name: 'version',
              section: 'RFC 5280 §4.1.2.1',
              inside: each({ name: 'Version', meaning: content => `v${content[0] + 1}` }),
            },
          ],
          [INTEGER, { name: 'serialNumber', section: 'RFC 5280 §4.1.2.2' }],
          [SEQUENCE, algorithm('signature', 'RFC 5280 §4.1.2.3')],
          [SEQUENCE, name('issuer', 'RFC 5280 §4.1.2.4')],
          [
            SEQUENCE,
            {
              name: 'validity',
              section: 'RFC 5280 §4.1.2.5',
              inside: inOrder(['any', time('notBefore')], ['any', time('notAfter')]),
            },
          ],
          [SEQUENCE, name('subject', 'RFC 5280 §4.1.2.6')],
          [SEQUENCE, publicKey],
          [0x81, { name: 'issuerUniqueID', section: 'RFC 5280 §4.1.2.8' }],
          [0x82, { name: 'subjectUniqueID', section: 'RFC 5280 §4.1.2.8' }],
          [
            0xa3,
            {
              name: 'extensions',
              section: 'RFC 5280 §4.1.2.9',
              inside: each({ name: 'Extensions', section: 'RFC 5280 §4.1.2.9', inside: each(extension) }),
            },
          ],
        ),
      },
    ],
    [SEQUENCE, algorithm('signatureAlgorithm', 'RFC 5280 §4.1.1.2')],
    [BIT_STRING, { name: 'signatureValue', section: 'RFC 5280 §4.1.1.3' }],
  ),
};

/** The certificate that stands at `start`; what follows it up to `end` is a problem. */
export function certificateFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  budget: FieldBudget,
): readonly Field[] {
  if (start >= end) return [];
  const certificate = readElement(bytes, start, end, certificateShape, budget);
  return withRest(bytes, [certificate], end, budget);
}

/** A SubjectPublicKeyInfo in the place of a certificate (RFC 7250). */
export function publicKeyFields(bytes: Uint8Array, start: number, end: number, budget: FieldBudget): readonly Field[] {
  return withRest(bytes, [readElement(bytes, start, end, publicKey, budget)], end, budget);
}

/** A Name of its own, with what it says in one line. */
export function nameFields(bytes: Uint8Array, start: number, end: number, budget: FieldBudget): readonly Field[] {
  const field = readElement(bytes, start, end, name('Name', 'RFC 5280 §4.1.2.4'), budget);
  return withRest(bytes, [{ ...field, meaning: certificateName(bytes.subarray(start, end)) }], end, budget);
}

/** Any DER. */
export function derFields(bytes: Uint8Array, start: number, end: number, budget: FieldBudget): readonly Field[] {
  return withRest(bytes, [readElement(bytes, start, end, undefined, budget)], end, budget);
}

function withRest(bytes: Uint8Array, fields: readonly Field[], end: number, budget: FieldBudget): readonly Field[] {
  const last = fields[fields.length - 1];
  const at = last.offset + last.length;
  if (at >= end) return fields;
  const reader = new FieldReader(bytes, new Reader(bytes, 'DER', at, end), budget);
  reader.rest('(not understood)');
  reader.annotate({ problem: { code: 'ERR_MALFORMED_DER', message: `${end - at} trailing bytes`, offset: at } });
  return [...fields, ...reader.fields];
}

/** "CN=example.com, O=Example" of a DER Name; undefined for what is none. */
function certificateName(der: Uint8Array): string | undefined {
  try {
    const reader = new DerReader(der, 0, der.length, new Set());
    const parts: string[] = [];
    reader.enter(SEQUENCE);
    while (!reader.done && parts.length < 64) {
      const outer = reader.enter(SET);
      const inner = reader.enter(SEQUENCE);
      const type = shortOidName(readOid(reader));
      if (!isString(reader.peek())) return undefined;
      parts.push(`${type}=${readString(reader).slice(0, 256)}`);
      reader.leave(inner);
      reader.leave(outer);
    }
    return parts.join(', ');
  } catch {
    return undefined;
  }
}
