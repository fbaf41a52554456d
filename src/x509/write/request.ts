// Writes certification requests (PKCS#10, RFC 2986).

import { contextTag } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import {
  either,
  flag,
  integer,
  listOf,
  type OptionValues,
  readOptions,
  required,
  rule,
  text,
} from '../../base/options.ts';
import { extensionOids as ids } from '../extensions.ts';
import type { GeneralName } from '../general_name.ts';
import { type PublicKeyInput, publicKeyFrom } from '../input.ts';
import { Name } from '../name.ts';
import { type CertificateRequest, parseCertificateRequest, requestAttributes } from '../request.ts';
import { writePublicKey } from './algorithm.ts';
import { type KeyUsageName, nameList } from './content.ts';
import * as write from './extensions.ts';
import { alternativeName } from './general_name.ts';
import { writeName } from './name.ts';
import { keyUsageBits, purposeOf } from './profiles.ts';
import { type SigningOptions, signed, signingAlgorithm } from './signed.ts';

/** What is asked for. */
export interface RequestContent {
  /** Text (see `writeName`) or a Name; may be absent or empty. */
  readonly subject?: string | Name;
  /** The key that signs: a key, what has one, or PEM or DER. */
  readonly publicKey: PublicKeyInput;
  readonly altNames?: readonly (string | GeneralName)[];
  /** Names of `keyUsages`, or their bits. */
  readonly keyUsage?: number | readonly KeyUsageName[];
  /** Names of `purposes` or identifiers. */
  readonly extendedKeyUsage?: readonly string[];
  readonly mustStaple?: boolean;
  /** A password for later dealings with the CA (RFC 2985 §5.4.1); stands in the request for everyone to read. */
  readonly challengePassword?: string;
  /** More extensions to ask for. */
  readonly extensions?: readonly write.ExtensionInput[];
}

const names = listOf(rule<string>('a string', value => typeof value === 'string'));
const table = {
  subject: rule<string | Name>('a name as text or a Name', value => typeof value === 'string' || value instanceof Name),
  publicKey: required(rule<PublicKeyInput>('a public key, PEM or DER', value => value !== null)),
  altNames: nameList,
  keyUsage: either(integer(0, 511), names),
  extendedKeyUsage: names,
  mustStaple: flag,
  challengePassword: text,
  extensions: listOf(rule<write.ExtensionInput>('an extension', value => typeof value === 'object' && value !== null)),
} as const;

/** A request signed by the key it is for. @throws ERR_INVALID_ARGUMENT, ERR_INVALID_SIGNATURE for a signer of another key */
export async function createCertificateRequest(
  content: RequestContent,
  options: SigningOptions,
): Promise<CertificateRequest> {
  const given = readOptions('createCertificateRequest', table, content);
  const publicKey = publicKeyFrom(given.publicKey);
  const subject = writeName(given.subject ?? '');
  const altNames = (given.altNames ?? []).map(alternativeName);
  const extensions = requestedExtensions(given, subject, altNames);
  if (subject.empty && altNames.length === 0 && !extensions.has(ids.subjectAltName)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a request that names nobody: give a subject or alternative names');
  }
  const attributes: Uint8Array[] = [];
  if (extensions.size > 0) {
    attributes.push(attribute(requestAttributes.extensionRequest, asn1.sequence(...extensions.values())));
  }
  const { challengePassword } = given;
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

/** DER of the extensions by identifier; what the caller gave stands where castls would have written its own. */
function requestedExtensions(
  given: OptionValues<typeof table>,
  subject: Name,
  altNames: readonly GeneralName[],
): Map<string, Uint8Array> {
  const usage = given.keyUsage === undefined ? 0 : keyUsageBits(given.keyUsage);
  const purposes = (given.extendedKeyUsage ?? []).map(purposeOf);
  const own = [
    ...(altNames.length > 0 ? [write.subjectAltName(altNames, subject.empty)] : []),
    ...(usage !== 0 ? [write.keyUsage(usage)] : []),
    ...(purposes.length > 0 ? [write.extendedKeyUsage(purposes)] : []),
    ...(given.mustStaple ? [write.mustStaple()] : []),
  ];
  const found = new Map<string, Uint8Array>();
  for (const each of [...own, ...(given.extensions ?? [])]) {
    const { oid, der } = write.extensionFrom(each);
    found.set(oid, der);
  }
  return found;
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(type), asn1.setOf(value));
}
