// Signatures of TLS 1.2: which scheme to sign with, what is signed, and how a peer's signature is checked
// (RFC 5246 §7.4.1.4.1, §7.4.3, §7.4.8; RFC 8422 §5.4; RFC 9846 §4.2.3 for RSASSA-PSS in 1.2).

import { TlsError } from '../../base/errors.ts';
import type { PeerIdentity } from '../../crypto/peer_verifier.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import type { EcCurveName } from '../../crypto/signature.ts';
import { type CertificateTypeName, ClientCertificateType } from '../../registry/certificate_types.ts';
import { NamedGroup } from '../../registry/named_groups.ts';
import { signatureSchemeName } from '../../registry/signature_schemes.ts';
import {
  encodeCertificate12,
  encodeRawPublicKey12,
  parseCertificate12,
  parseRawPublicKey12,
} from '../../wire/certificate.ts';
import { requireSignature } from '../authentication/peer.ts';
import { requireSchemeFitsKey, schemeMeaning } from '../authentication/signature_schemes.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Credential } from '../flow/settings.ts';
import { recordSignature } from '../flow/work.ts';

/** What a suite wants the certificate's key to be. RFC 8422 §2.2: EdDSA keys go with the ECDSA suites. */
export type Authentication = CipherSuite12['authentication'];

/** True if signatures of this scheme are made by keys for such suites, and in TLS 1.2 at all. */
export function authenticates(scheme: number, authentication: Authentication): boolean {
  const meaning = schemeMeaning(scheme);
  if (meaning === undefined || !meaning.tls12 || authentication === 'psk') return false;
  return meaning.parameters.type.startsWith('rsa') === (authentication === 'rsa');
}

/**
 * The scheme to sign with: the signer's first that the peer takes; undefined if there is none.
 * @param authentications what the suite, or the types of a CertificateRequest, allow
 * @param peerGroups the client's supported_groups, null or empty if it named none
 */
export function chooseScheme12(
  credential: Credential,
  peerSchemes: readonly number[],
  authentications: readonly Authentication[],
  peerGroups: readonly number[] | null = null,
): number | undefined {
  // RFC 9345 §4.1.1: a delegated key is for TLS 1.3 alone.
  if (credential.delegated !== undefined) return undefined;
  return credential.signer.schemes.find(
    scheme =>
      peerSchemes.includes(scheme) &&
      authentications.some(wanted => authenticates(scheme, wanted)) &&
      (peerGroups === null || peerGroups.length === 0 || curveIsTaken(scheme, peerGroups)),
  );
}

const groupOfCurve: Record<EcCurveName, number> = {
  'P-256': NamedGroup.secp256r1,
  'P-384': NamedGroup.secp384r1,
  'P-521': NamedGroup.secp521r1,
};

/** RFC 8422 §5.1, §5.3: the curves a client names are those it takes in certificates as well. */
function curveIsTaken(scheme: number, peerGroups: readonly number[]): boolean {
  const curve = schemeMeaning(scheme)?.curve;
  return curve === undefined || peerGroups.includes(groupOfCurve[curve]);
}

/** The kinds of keys that ClientCertificateTypes stand for (RFC 5246 §7.4.4, RFC 8422 §5.5). */
export function authenticationsOf(certificateTypes: readonly number[]): Authentication[] {
  const authentications: Authentication[] = [];
  if (certificateTypes.includes(ClientCertificateType.rsa_sign)) authentications.push('rsa');
  if (certificateTypes.includes(ClientCertificateType.ecdsa_sign)) authentications.push('ecdsa');
  return authentications;
}

/** Certificate with a chain, or with a raw public key (RFC 7250 §3). */
export function certificateMessage12({ certificateType, certificateChain }: Credential): Uint8Array {
  if (certificateType === 'RawPublicKey') return encodeRawPublicKey12(certificateChain[0]);
  return encodeCertificate12({ certificates: certificateChain });
}

/** Certificate without any. */
export function emptyCertificate12(type: CertificateTypeName): Uint8Array {
  return type === 'RawPublicKey' ? encodeRawPublicKey12(new Uint8Array(0)) : encodeCertificate12({ certificates: [] });
}

/** What a Certificate brings, copies; empty if the peer has nothing. @throws ERR_DECODE_ERROR */
export function readCertificate12(body: Uint8Array, type: CertificateTypeName): Uint8Array[] {
  if (type === 'X509') return parseCertificate12(body).certificates.map(data => data.slice());
  const spki = parseRawPublicKey12(body);
  return spki.length === 0 ? [] : [spki.slice()];
}

/** Signs a message with the credential's key. */
export function* sign12(hs: Handshake, credential: Credential, scheme: number, content: Uint8Array): Steps<Uint8Array> {
  const signature = yield* hs.ask('signer', (signal, pace) => credential.signer.sign(scheme, content, signal, pace));
  recordSignature(hs.work, signature.length);
  return signature;
}

/**
 * Checks a signature of the peer: possession of the identity's key.
 * @param offered SignatureSchemes this side takes
 * @throws ERR_ILLEGAL_PARAMETER for a scheme that was not offered or does not fit the key; ERR_INVALID_SIGNATURE
 */
export function* checkSignature12(
  hs: Handshake,
  identity: PeerIdentity,
  offered: readonly number[],
  { algorithm, signature }: { readonly algorithm: number; readonly signature: Uint8Array },
  content: Uint8Array,
): Steps<void> {
  if (!offered.includes(algorithm)) {
    throw new TlsError(
      'ERR_ILLEGAL_PARAMETER',
      `signature by ${signatureSchemeName(algorithm)}, which was not offered`,
    );
  }
  const parameters = requireSchemeFitsKey(algorithm, identity.publicKey, '1.2');
  yield* requireSignature(hs, identity.publicKey, parameters, content, signature);
}

/** @throws ERR_UNSUPPORTED_CERTIFICATE if the peer's key is of another kind than the suite wants (RFC 5246 §7.4.2) */
export function requireKeyFitsSuite(identity: PeerIdentity, suite: CipherSuite12): void {
  const { publicKey } = identity;
  const { type } = publicKey;
  const fits =
    suite.authentication === 'rsa' ? type === 'rsa' : type === 'ec' || type === 'ed25519' || type === 'ed448';
  // RFC 4055 §1.2: an id-RSASSA-PSS key signs, and does nothing else.
  const transports = publicKey.type === 'rsa' && publicKey.pss === undefined;
  if (!fits || (suite.keyExchange === 'rsa' && !transports))
    throw new TlsError('ERR_UNSUPPORTED_CERTIFICATE', `a certificate with ${type} key for ${suite.name}`);
}
