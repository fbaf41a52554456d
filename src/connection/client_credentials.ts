// Which of a client's certificates answers a CertificateRequest (RFC 9846 §4.3.2, §4.2.5; RFC 5246 §7.4.6): its key signs
// as the server wants, its extensions are those the server asks for.

import { DerReader } from '../asn1/der.ts';
import { equalVartime } from '../base/bytes.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Awaitable } from '../crypto/secret.ts';
import { credentialsFingerprint, hookFingerprint } from '../handshake/authentication/fingerprints.ts';
import type { ClientSettings } from '../handshake/flow/roles.ts';
import type { CertificateRequestInfo, Credential } from '../handshake/flow/settings.ts';
import { authenticationsOf, chooseScheme12 } from '../handshake/tls12/authentication12.ts';
import type { CertificateTypeName } from '../registry/certificate_types.ts';
import type { OidFilter } from '../wire/extensions/authentication.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { readExtendedKeyUsage, readKeyUsage } from '../x509/extensions.ts';

export type CredentialHook = (request: CertificateRequestInfo, signal: AbortSignal) => Awaitable<Credential | null>;

/** The settings that say what a client shows of itself. */
export function clientCredentials(
  provider: CryptoProvider,
  given: Credential | readonly Credential[] | CredentialHook | undefined,
  types?: readonly CertificateTypeName[],
): Pick<ClientSettings, 'selectCredential' | 'credentialsFingerprint' | 'certificateTypes'> {
  if (typeof given === 'function') {
    const hook: CredentialHook = (request, signal) => {
      const chosen = given(request, signal);
      return chosen instanceof Promise
        ? chosen.then(credential => matching(credential, request))
        : matching(chosen, request);
    };
    return {
      selectCredential: hook,
      credentialsFingerprint: hookFingerprint(provider, given),
      certificateTypes: types ?? ['X509'],
    };
  }
  const credentials = listOf(given);
  const own = new Set(credentials.map(({ certificateType = 'X509' }) => certificateType));
  return {
    selectCredential: credentials.length === 0 ? null : request => firstFitting(credentials, request),
    credentialsFingerprint: credentialsFingerprint(provider, credentials),
    certificateTypes: types ?? (own.size === 0 ? ['X509'] : [...own]),
  };
}

function listOf(given: Credential | readonly Credential[] | undefined): readonly Credential[] {
  if (given === undefined) return [];
  return 'signer' in given ? [given] : given;
}

/** The first whose key signs by a scheme of the request; the others would be shown as an empty Certificate anyway. */
export function firstFitting(credentials: readonly Credential[], request: CertificateRequestInfo): Credential | null {
  const { signatureSchemes, certificateTypes } = request;
  // RFC 5246 §7.4.4: in TLS 1.2 the certificate_types count, too.
  const signs = (credential: Credential) =>
    certificateTypes === undefined
      ? credential.signer.schemes.some(scheme => signatureSchemes.includes(scheme))
      : chooseScheme12(credential, signatureSchemes, authenticationsOf(certificateTypes)) !== undefined;
  return credentials.find(each => signs(each) && matching(each, request) !== null) ?? null;
}

/** RFC 9846 §4.4.2.3: a certificate that is shown MUST match the oid_filters that this side knows. */
function matching(
  credential: Credential | null,
  { certificateType = 'X509', oidFilters = [] }: CertificateRequestInfo,
): Credential | null {
  if ((credential?.certificateType ?? 'X509') !== certificateType) return null;
  // Filters are about extensions, which a raw public key has none of.
  if (credential === null || oidFilters.length === 0 || certificateType === 'RawPublicKey') return credential;
  let leaf: Certificate;
  try {
    leaf = parseCertificate(credential.certificateChain[0]);
  } catch {
    return null; // what cannot be read matches nothing
  }
  return oidFilters.every(filter => matches(leaf, filter)) ? credential : null;
}

/** DER of id-ce-keyUsage and id-ce-extKeyUsage, the two that have rules (RFC 9846 §4.2.5). */
const KEY_USAGE = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x0f);
const EXTENDED_KEY_USAGE = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x25);

function matches(leaf: Certificate, { oid, values }: OidFilter): boolean {
  // RFC 9846 §4.2.5: without values the extension has to be there; what is not recognised MUST be ignored.
  if (equalVartime(oid, KEY_USAGE)) {
    return values.length === 0 ? leaf.keyUsage !== undefined : hasAllBits(leaf, values);
  }
  if (equalVartime(oid, EXTENDED_KEY_USAGE)) {
    return values.length === 0 ? leaf.extendedKeyUsage !== undefined : hasAllPurposes(leaf, values);
  }
  return true;
}

/** All bits of the filter are asserted in the certificate. */
function hasAllBits({ keyUsage }: Certificate, values: Uint8Array): boolean {
  const wanted = decoded(values, readKeyUsage);
  return wanted !== null && keyUsage !== undefined && (keyUsage & wanted) === wanted;
}

/** All purposes of the filter stand in the certificate; anyExtendedKeyUsage MUST NOT be asked for. */
function hasAllPurposes({ extendedKeyUsage = [] }: Certificate, values: Uint8Array): boolean {
  const wanted = decoded(values, readExtendedKeyUsage);
  return wanted?.every(purpose => extendedKeyUsage.includes(purpose)) ?? false;
}

function decoded<T>(values: Uint8Array, read: (der: DerReader) => T): T | null {
  try {
    return read(new DerReader(values));
  } catch {
    return null;
  }
}
