// Importing external PSKs (RFC 9258): from a key that came from elsewhere, one bound to this protocol, to a hash and to a
// context, so that the same key may serve elsewhere without harm.

import { TlsError } from '../../base/errors.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import type { Secret } from '../../crypto/secret.ts';
import { ProtocolVersion } from '../../registry/protocol_versions.ts';
import { Writer } from '../../wire/writer.ts';
import type { ExternalPsk } from '../flow/settings.ts';

/** IANA "TLS KDF Identifiers" (RFC 9258 §10.1). */
const kdfIdentifiers: Partial<Record<HashName, number>> = { sha256: 0x0001, sha384: 0x0002 };

/** A key as both sides got it. */
export interface PskToImport {
  /** 1-65,535 bytes. */
  readonly externalIdentity: Uint8Array;
  /** Stays the caller's. */
  readonly key: Secret;
  /** What both sides bind the key to, such as their roles; may be empty. */
  readonly context: Uint8Array;
  /** Hash that goes with the key; SHA-256 if nothing else is said (RFC 9258 §5.1). */
  readonly hash?: HashName;
}

/**
 * The imported PSK for suites of one hash. Its key is the caller's to dispose of when no config uses it any more.
 * @param target hash of the TLS 1.3 suites it is for
 * @throws ERR_UNSUPPORTED_ALGORITHM for a target without a KDF identifier
 */
export function importPsk(provider: CryptoProvider, psk: PskToImport, target: HashName): ExternalPsk {
  const kdf = kdfIdentifiers[target];
  if (kdf === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no PSK import for ${target}`);
  const identity = new Writer()
    .vector(2, psk.externalIdentity)
    .vector(2, psk.context)
    .u16(ProtocolVersion['TLSv1.3'])
    .u16(kdf)
    .finish();
  const derivation = provider.keyDerivation(psk.hash ?? 'sha256');
  const { outputLength } = provider.keyDerivation(target).hash;
  // RFC 9258 §5.1: epskx = HKDF-Extract(0, epsk), ipskx = HKDF-Expand-Label(epskx, "derived psk", Hash(identity), L).
  const extracted = derivation.extract(null, psk.key);
  try {
    const key = derivation.expandLabel(extracted, 'derived psk', derivation.hash.digest(identity), outputLength);
    return { identity, key, hash: target, imported: true };
  } finally {
    extracted.dispose();
  }
}
