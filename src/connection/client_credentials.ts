// Which of a client's certificates answers a CertificateRequest (RFC 9846 §4.3.2, §4.2.5; RFC 5246 §7.4.6): its key signs
// as the server wants, its extensions are those the server asks for.

import { DerReader } from '../asn1/der.ts';
import { equalVartime } from '../base/bytes.ts';
import { OLDER } from '../base/variant.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Awaitable } from '../crypto/secret.ts';
import { credentialsFingerprint, hookFingerprint } from '../handshake/authentication/fingerprints.ts';
import type { ClientSettings } from '../handshake/flow/roles.ts';
import type { CertificateRequestInfo, Credential } from '../handshake/flow/settings.ts';
import { authenticationsOf, chooseScheme12 } from '../handshake/tls12/authentication12.ts';
import { chooseScheme13 } from '../handshake/tls13/authentication13.ts';
import type { CertificateTypeName } from '../registry/certificate_types.ts';
import type { OidFilter } from '../wire/extensions/authentication.ts';
import { extensionOfCertificate } from '../x509/certificate_pieces.ts';
import { readExtendedKeyUsage, readKeyUsage } from '../x509/extensions.ts';

export type CredentialHook = (request: CertificateRequestInfo, signal: AbortSignal) => Awaitable<Credential | null>;

/** What a config may have as its `credential`. */
export type GivenCredentials = Credential | readonly Credential[] | CredentialHook;

/** The settings that say what a client shows of itself. */
export function clientCredentials(
  provider: CryptoProvider,
  given: GivenCredentials | undefined,
  types?: readonly CertificateTypeName[],
  now?: () => number,
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
    selectCredential: credentials.length === 0 ? null : request => firstFitting(credentials, request, now),
    credentialsFingerprint: credentialsFingerprint(provider, credentials),
    certificateTypes: types ?? (own.size === 0 ? ['X509'] : [...own]),
  };
}

function listOf(given: Credential | readonly Credential[] | undefined): readonly Credential[] {
  if (given === undefined) return [];
  return 'signer' in given ? [given] : given;
}

/** The first whose key signs by a scheme of the request; the others would be shown as an empty Certificate anyway. */
export function firstFitting(
  credentials: readonly Credential[],
  request: CertificateRequestInfo,
  now: () => number = Date.now,
): Credential | null {
  const { signatureSchemes, certificateTypes } = request;
  // RFC 5246 §7.4.4: in TLS 1.2 the certificate_types count, too.
  const signs = (credential: Credential) =>
    !OLDER || certificateTypes === undefined
      ? chooseScheme13(credential, signatureSchemes, request.delegatedSchemes) !== undefined
      : chooseScheme12(credential, signatureSchemes, authenticationsOf(certificateTypes)) !== undefined;
  // RFC 9345 §4.1.3: a delegated key that has ended would be refused.
  const fresh = ({ delegated }: Credential) => delegated === undefined || delegated.until > now();
  return credentials.find(each => fresh(each) && signs(each) && matching(each, request) !== null) ?? null;
}

/** RFC 9846 §4.4.2.3: a certificate that is shown MUST match the oid_filters that this side knows. */
function matching(
  credential: Credential | null,
  { certificateType = 'X509', oidFilters = [] }: CertificateRequestInfo,
): Credential | null {
  if ((credential?.certificateType ?? 'X509') !== certificateType) return null;
  // Filters are about extensions, which a raw public key has none of.
  if (credential === null || oidFilters.length === 0 || certificateType === 'RawPublicKey') return credential;
  const [leaf] = credential.certificateChain;
  return oidFilters.every(filter => matches(leaf, filter)) ? credential : null;
}

/** DER of id-ce-keyUsage and id-ce-extKeyUsage, the two that have rules (RFC 9846 §4.2.5). */
const KEY_USAGE = [0x06, 0x03, 0x55, 0x1d, 0x0f];
const EXTENDED_KEY_USAGE = [0x06, 0x03, 0x55, 0x1d, 0x25];

/** What cannot be read matches nothing; what is not recognised MUST be ignored (RFC 9846 §4.2.5). */
function matches(leaf: Uint8Array, filter: OidFilter): boolean {
  const is = (oid: readonly number[]) => equalVartime(filter.oid, Uint8Array.from(oid));
  try {
    if (is(KEY_USAGE)) return fits(leaf, filter, readKeyUsage, (own, wanted) => (own & wanted) === wanted);
    if (is(EXTENDED_KEY_USAGE)) {
      // All purposes of the filter stand in the certificate; anyExtendedKeyUsage MUST NOT be asked for.
      return fits(leaf, filter, readExtendedKeyUsage, (own, wanted) => wanted.every(each => own.includes(each)));
    }
    return true;
  } catch {
    return false;
  }
}

/** Without values the extension has to be there (RFC 9846 §4.2.5). @throws for what is no certificate or no extension */
function fits<T>(
  leaf: Uint8Array,
  { oid, values }: OidFilter,
  read: (der: DerReader) => T,
  holds: (own: T, wanted: T) => boolean,
): boolean {
  const extension = extensionOfCertificate(leaf, oid.subarray(2));
  if (extension === undefined) return false;
  const own = read(new DerReader(extension));
  return values.length === 0 || holds(own, read(new DerReader(values)));
}
