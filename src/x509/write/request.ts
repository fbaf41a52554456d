// Writes certification requests (PKCS#10, RFC 2986).

import { contextTag } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import type { GeneralName } from '../general_name.ts';
import type { Name } from '../name.ts';
import { type CertificateRequest, parseCertificateRequest, requestAttributes } from '../request.ts';
import { writePublicKey } from './algorithm.ts';
import { mustStaple, subjectAltName } from './extensions.ts';
import { alternativeName } from './general_name.ts';
import { writeName } from './name.ts';
import { type SigningOptions, signed, signingAlgorithm } from './signed.ts';

/** What is asked for. */
export interface RequestContent {
  /** RFC 4514 text or a Name; may be empty. */
  readonly subject: string | Name;
  readonly publicKey: PublicKey;
  readonly altNames?: readonly (string | GeneralName)[];
  readonly mustStaple?: boolean;
  /** A password for later dealings with the CA (RFC 2985 §5.4.1); stands in the request for everyone to read. */
  readonly challengePassword?: string;
  /** More extensions to ask for, each the DER of an Extension. */
  readonly extensions?: readonly Uint8Array[];
}

/** A request signed by the key it is for. @throws ERR_INVALID_ARGUMENT, ERR_INVALID_SIGNATURE for a signer of another key */
export async function createCertificateRequest(
  content: RequestContent,
  options: SigningOptions,
): Promise<CertificateRequest> {
  const { publicKey, challengePassword } = content;
  const subject = writeName(content.subject);
  const names = (content.altNames ?? []).map(alternativeName);
  const extensions = [
    ...(names.length > 0 ? [subjectAltName(names, subject.empty)] : []),
    ...(content.mustStaple ? [mustStaple()] : []),
    ...(content.extensions ?? []),
  ];
  if (subject.empty && names.length === 0) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a request that names nobody: give a subject or alternative names');
  }
  const attributes: Uint8Array[] = [];
  if (extensions.length > 0) {
    attributes.push(attribute(requestAttributes.extensionRequest, asn1.sequence(...extensions)));
  }
  if (challengePassword !== undefined) {
    // RFC 2985 §5.4.1: DirectoryString of 1 to 255 characters.
    if (challengePassword.length < 1 || challengePassword.length > 255) {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'a challenge password has 1 to 255 characters');
    }
    attributes.push(attribute(requestAttributes.challengePassword, asn1.utf8String(challengePassword)));
  }
  const algorithm = signingAlgorithm(options);
  const sorted = asn1.setOf(...attributes);
  // [0] IMPLICIT SET OF: the same octets under another identifier.
  sorted[0] = contextTag(0, true);
  const tbs = asn1.sequence(asn1.integer(0), subject.der, writePublicKey(publicKey), sorted);
  return parseCertificateRequest(await signed(tbs, algorithm, options, publicKey));
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(type), asn1.setOf(value));
}
