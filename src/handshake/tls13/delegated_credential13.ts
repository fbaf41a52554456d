// Delegated credentials (RFC 9345) of the peer: asked for, and judged, by clients and by servers that want a certificate. A
// config that does not name them does not carry this.

import { TlsError } from '../../base/errors.ts';
import * as o from '../../base/options.ts';
import type { PublicKey } from '../../crypto/signature.ts';
import { parseDelegatedCredential } from '../../wire/delegated_credential.ts';
import { parseCertificate } from '../../x509/certificate.ts';
import { delegationContent, endOfDelegation, LONGEST_DELEGATION, notDelegating } from '../../x509/delegation.ts';
import { parsePublicKey } from '../../x509/public_key.ts';
import { requireSignature } from '../authentication/peer.ts';
import { requireSchemeFitsKey, schemeMeaning } from '../authentication/signature_schemes.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { DelegatedCredentials, Delegation } from '../flow/roles.ts';
import type { HandshakeSettings } from '../flow/settings.ts';

const table = () => ({ schemes: o.listOf(o.integer(0, 0xffff)) });

/**
 * Delegated credentials, for the option `delegatedCredentials` of either role.
 * @param options schemes: SignatureScheme values taken in the CertificateVerify of a delegated key. Default: those of the config
 * that such keys have @throws ERR_INVALID_ARGUMENT
 */
export function delegatedCredentials(options: { readonly schemes?: readonly number[] } = {}): DelegatedCredentials {
  const { schemes } = o.readOptions('delegatedCredentials', table(), options);
  const offered = (settings: Pick<HandshakeSettings, 'signatureSchemes'>) =>
    (schemes ?? settings.signatureSchemes).filter(isDelegable);
  return { schemes: offered, check: (hs, ...presented) => check(hs, offered(hs.settings), ...presented) };
}

/** RFC 9345 §4: TLS 1.3's, but for those of rsaEncryption keys. */
function isDelegable(scheme: number): boolean {
  const meaning = schemeMeaning(scheme);
  if (meaning === undefined || !meaning.handshake13) return false;
  const { parameters } = meaning;
  return parameters.type !== 'rsa-pss' || !rsaeSchemes.includes(scheme);
}

/** rsa_pss_rsae_sha256, 384, 512. */
const rsaeSchemes: readonly number[] = [0x0804, 0x0805, 0x0806];

/** RFC 9345 §4.1.3: whatever is wrong with it ends the handshake with illegal_parameter. */
function* check(
  hs: Handshake,
  offered: readonly number[],
  leaf: Uint8Array,
  encoded: Uint8Array,
  leafKey: PublicKey,
): Steps<Delegation> {
  const { settings } = hs;
  const credential = parseDelegatedCredential(encoded);
  const { scheme, algorithm, spki } = credential;
  if (!offered.includes(scheme) || !settings.signatureSchemes.includes(algorithm))
    throw illegal('a scheme not offered');
  const certificate = parseCertificate(leaf);
  const why = notDelegating(certificate);
  if (why !== undefined) throw illegal(why);
  const until = endOfDelegation(certificate, credential.validTime);
  const now = settings.now();
  if (until < now) throw illegal('it has ended');
  if (until - now > LONGEST_DELEGATION) throw illegal('it is good for more than seven days');
  const publicKey = keyOf(spki);
  requireSchemeFitsKey(scheme, publicKey, '1.3');
  const parameters = requireSchemeFitsKey(algorithm, leafKey, '1.3');
  const role = settings.role === 'client' ? 'server' : 'client';
  const content = delegationContent(role, leaf, credential.encodedKey, algorithm);
  try {
    yield* requireSignature(hs, leafKey, parameters, content, credential.signature);
  } catch (cause) {
    if (cause instanceof TlsError && cause.code === 'ERR_INVALID_SIGNATURE')
      throw illegal('its signature is wrong', cause);
    throw cause;
  }
  return { publicKey, schemes: [scheme], until };
}

function keyOf(spki: Uint8Array): PublicKey {
  try {
    return parsePublicKey(spki);
  } catch (cause) {
    throw illegal('its key cannot be read', cause);
  }
}

function illegal(detail: string, cause?: unknown): TlsError {
  return new TlsError('ERR_ILLEGAL_PARAMETER', `delegated credential: ${detail}`, { cause });
}
