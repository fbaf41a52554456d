// Signatures before TLS 1.2 (RFC 2246 §4.7, §7.4.3, §7.4.8; RFC 8422 §5.4): RSA over MD5 and SHA-1 together, ECDSA over SHA-1.
// Nothing negotiates them; the kind of the key says it.

import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { olderParameters, rsaPkcs1Md5Sha1, schemeAlgorithms } from '../../crypto/signature_scheme.ts';
import { ClientCertificateType } from '../../registry/certificate_types.ts';
import { SignatureScheme } from '../../registry/signature_schemes.ts';
import { requireSignature } from '../authentication/peer.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Credential } from '../flow/settings.ts';
import { recordSignature } from '../flow/work.ts';

export type KeyKind = Exclude<CipherSuite12['authentication'], 'psk'>;

/** What is signed, as either kind of key takes it. */
export interface SignedContent {
  /** MD5 and SHA-1: 36 bytes. */
  digests(): Uint8Array;
  message(): Uint8Array;
}

const schemeOf: Record<KeyKind, number> = { rsa: rsaPkcs1Md5Sha1, ecdsa: SignatureScheme.ecdsa_sha1 };

/** The kind of key a credential signs with before TLS 1.2; undefined if it does not. */
export function kindOf({ signer }: Credential): KeyKind | undefined {
  const { olderSchemes = [] } = signer;
  return (['rsa', 'ecdsa'] as const).find(kind => olderSchemes.includes(schemeOf[kind]));
}

/**
 * SignatureScheme values that stand for a kind of key where hooks are told what a peer takes: nobody says more before TLS 1.2.
 */
export function schemesOfKinds(kinds: readonly KeyKind[]): number[] {
  const schemes: number[] = [];
  for (const [scheme, { parameters }] of schemeAlgorithms) {
    if (parameters.type === 'ecdsa' && kinds.includes('ecdsa')) schemes.push(scheme);
    if (parameters.type === 'rsa-pkcs1' && kinds.includes('rsa')) schemes.push(scheme);
  }
  return schemes;
}

/** The kinds of keys that ClientCertificateTypes stand for (RFC 2246 §7.4.4, RFC 8422 §5.5). */
export function kindsOfTypes(types: readonly number[]): KeyKind[] {
  const kinds: KeyKind[] = [];
  if (types.includes(ClientCertificateType.rsa_sign)) kinds.push('rsa');
  if (types.includes(ClientCertificateType.ecdsa_sign)) kinds.push('ecdsa');
  return kinds;
}

/** Signs with the credential's key, of this kind. */
export function* sign10(
  hs: Handshake,
  credential: Credential,
  kind: KeyKind,
  content: SignedContent,
): Steps<Uint8Array> {
  const message = kind === 'rsa' ? content.digests() : content.message();
  const signature = yield* hs.ask('signer', (signal, pace) =>
    credential.signer.sign(schemeOf[kind], message, signal, pace),
  );
  recordSignature(hs.work, signature.length);
  return signature;
}

/** Checks a signature of the peer: possession of the identity's key. @throws ERR_INVALID_SIGNATURE, ERR_UNSUPPORTED_CERTIFICATE */
export function* checkSignature10(
  hs: Handshake,
  { publicKey }: PeerIdentity,
  signature: Uint8Array,
  content: SignedContent,
): Steps<void> {
  const kind: KeyKind | undefined = publicKey.type === 'rsa' ? 'rsa' : publicKey.type === 'ec' ? 'ecdsa' : undefined;
  const pss = publicKey.type === 'rsa' && publicKey.pss !== undefined;
  if (kind === undefined || pss) {
    const keys = pss ? 'RSASSA-PSS' : publicKey.type;
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `${keys} keys do not sign before TLS 1.2`);
  }
  const message = kind === 'rsa' ? content.digests() : content.message();
  yield* requireSignature(hs, publicKey, olderParameters(schemeOf[kind]), message, signature);
}
