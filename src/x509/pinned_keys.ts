// The verifier without X.509: the peer has one of the keys that are known, in a certificate or as it is (RFC 7250).

import { toHex } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { readOptions, required, rule } from '../base/options.ts';
import { type PeerVerifier, type PresentedPeer, pinnedKey, rawKey } from '../crypto/peer_verifier.ts';
import { spkiOfCertificate } from './certificate_pieces.ts';
import { type PemFeature, requirePem, type VerifierFeatures } from './features.ts';
import { parsePublicKey } from './public_key.ts';

/** SHA-256. */
type Digest = (bytes: Uint8Array) => Uint8Array;

const DIGEST_LENGTH = 32;

/** A key: DER SubjectPublicKeyInfo, 32 bytes of its SHA-256, PEM "PUBLIC KEY", or "sha256/" and base64 of the digest. */
export type PinnedKey = Uint8Array | string;

/** Whom `pinnedKeyVerifier` knows. */
export interface PinnedKeyOptions {
  /** At least one. */
  readonly keys: readonly PinnedKey[];
}

const table = () => ({
  keys: required(
    rule<readonly PinnedKey[]>('a list of at least one key', value => Array.isArray(value) && value.length > 0),
  ),
});

/** @throws ERR_INVALID_ARGUMENT for no key at all, or what is none; what parsePublicKey throws for a key castls cannot use */
export function createPinnedKeyVerifier(
  options: PinnedKeyOptions,
  sha256: Digest,
  { pem }: Pick<VerifierFeatures, 'pem'>,
): PeerVerifier {
  const { keys } = readOptions('pinnedKeyVerifier', table(), options);
  const known = new Set(keys.flatMap(key => digestsOf(key, sha256, pem).map(toHex)));
  return { verify: peer => judge(peer, known, sha256) };
}

function judge({ certificateType, certificates }: PresentedPeer, known: ReadonlySet<string>, sha256: Digest) {
  const raw = certificateType === 'RawPublicKey';
  const spki = raw ? certificates[0] : spkiOfCertificate(certificates[0]);
  if (!known.has(toHex(sha256(spki)))) {
    throw new TlsError('ERR_CERT_UNKNOWN_ISSUER', "the peer's key is none of those that are pinned");
  }
  const publicKey = parsePublicKey(spki);
  return raw ? rawKey(publicKey) : pinnedKey(publicKey, certificates);
}

function digestsOf(key: PinnedKey, sha256: Digest, pem: PemFeature | undefined): Uint8Array[] {
  if (key instanceof Uint8Array) return [key.length === DIGEST_LENGTH ? key : digestOfKey(key, sha256)];
  if (typeof key !== 'string') throw notAKey();
  if (key.includes('-----BEGIN ')) {
    const found = requirePem(pem).publicKeys(key);
    if (found.length === 0) throw notAKey();
    return found.map(bytes => digestOfKey(bytes, sha256));
  }
  const [, digest] = /^sha256\/{1,2}([A-Za-z0-9+/]{43}=)$/.exec(key) ?? [];
  if (digest === undefined) throw notAKey();
  return [Uint8Array.from(atob(digest), character => character.charCodeAt(0))];
}

function digestOfKey(spki: Uint8Array, sha256: Digest): Uint8Array {
  parsePublicKey(spki);
  return sha256(spki);
}

function notAKey(): TlsError {
  return new TlsError(
    'ERR_INVALID_ARGUMENT',
    'a pinned key is a DER or PEM SubjectPublicKeyInfo, its SHA-256 (32 bytes), or "sha256/" and base64 of that',
  );
}
