// OCSP responses (RFC 6960 §4.2.1), as servers staple them, as fields.

import { tags } from '../asn1/der.ts';
import { algorithm, certificateShape, name, oid } from './certificate.ts';
import { each, inOrder, readElement, type Shape } from './der.ts';
import type { Field, FieldBudget } from './field.ts';

const { SEQUENCE, ENUMERATED, OBJECT_IDENTIFIER, OCTET_STRING, INTEGER, BIT_STRING, GENERALIZED_TIME } = tags;
const SECTION = 'RFC 6960 §4.2.1';

const statuses = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
];

const certificateId: Shape = {
  name: 'certID',
  section: 'RFC 6960 §4.1.1',
  inside: inOrder(
    [SEQUENCE, algorithm('hashAlgorithm', 'RFC 6960 §4.1.1')],
    [OCTET_STRING, { name: 'issuerNameHash' }],
    [OCTET_STRING, { name: 'issuerKeyHash' }],
    [INTEGER, { name: 'serialNumber' }],
  ),
};

const singleResponse: Shape = {
  name: 'SingleResponse',
  section: SECTION,
  inside: inOrder(
    [SEQUENCE, certificateId],
    [0x80, { name: 'certStatus', meaning: () => 'good' }],
    [0xa1, { name: 'revoked', inside: inOrder([GENERALIZED_TIME, { name: 'revocationTime' }]) }],
    [0x82, { name: 'certStatus', meaning: () => 'unknown' }],
    [GENERALIZED_TIME, { name: 'thisUpdate' }],
    [0xa0, { name: 'nextUpdate', inside: each({ name: 'nextUpdate' }) }],
    [0xa1, { name: 'singleExtensions' }],
  ),
};

const responseData: Shape = {
  name: 'tbsResponseData',
  section: SECTION,
  inside: inOrder(
    [0xa0, { name: 'version' }],
    [0xa1, { name: 'responderID', inside: each(name('byName', SECTION)) }],
    [0xa2, { name: 'responderID', inside: each({ name: 'byKey' }) }],
    [GENERALIZED_TIME, { name: 'producedAt' }],
    [SEQUENCE, { name: 'responses', inside: each(singleResponse) }],
    [0xa1, { name: 'responseExtensions' }],
  ),
};

const basicResponse: Shape = {
  name: 'BasicOCSPResponse',
  section: SECTION,
  inside: inOrder(
    [SEQUENCE, responseData],
    [SEQUENCE, algorithm('signatureAlgorithm', SECTION)],
    [BIT_STRING, { name: 'signature' }],
    [0xa0, { name: 'certs', inside: each({ name: 'certs', inside: each(certificateShape) }) }],
  ),
};

const response: Shape = {
  name: 'OCSPResponse',
  section: SECTION,
  inside: inOrder(
    [ENUMERATED, { name: 'responseStatus', meaning: content => statuses[content[0]] }],
    [
      0xa0,
      {
        name: 'responseBytes',
        inside: each({
          name: 'ResponseBytes',
          inside: inOrder(
            [OBJECT_IDENTIFIER, oid('responseType')],
            [OCTET_STRING, { name: 'response', octets: () => basicResponse }],
          ),
        }),
      },
    ],
  ),
};

/** The OCSPResponse that stands at `start`. */
export function ocspFields(bytes: Uint8Array, start: number, end: number, budget: FieldBudget): readonly Field[] {
  return start >= end ? [] : [readElement(bytes, start, end, response, budget)];
}
