// SEQUENCE { to be signed, AlgorithmIdentifier, BIT STRING }, the form of certificates, requests, CRLs and OCSP responses:
// which algorithm a Signer signs with, and a check that it is the Signer of the right key.

import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier, Signer } from '../../crypto/signature.ts';
import { schemeAlgorithms } from '../../crypto/signature_scheme.ts';
import { SignatureScheme } from '../../registry/signature_schemes.ts';
import { signatureIdentifier } from './algorithm.ts';

/** Who signs, and how. */
export interface SigningOptions {
  readonly signer: Signer;
  /**
   * An IANA SignatureScheme of the signer's. Default: its first, but RSASSA-PKCS1-v1_5 with SHA-256 before RSASSA-PSS,
   * because not everything that reads certificates knows the latter.
   */
  readonly scheme?: number;
  /** Verifies what was signed with the key it is for: a Signer of another key is found out at once. */
  readonly verifiers?: readonly SignatureVerifier[];
  readonly signal?: AbortSignal;
}

export interface SigningAlgorithm {
  readonly scheme: number;
  readonly parameters: SignatureParameters;
  /** DER AlgorithmIdentifier. */
  readonly identifier: Uint8Array;
}

/** @throws ERR_UNSUPPORTED_ALGORITHM for a scheme that the signer has not, or that X.509 has not */
export function signingAlgorithm({ signer, scheme }: SigningOptions): SigningAlgorithm {
  const chosen = scheme ?? defaultScheme(signer.schemes);
  const algorithm = chosen === undefined ? undefined : schemeAlgorithms.get(chosen);
  if (chosen === undefined || algorithm === undefined || !signer.schemes.includes(chosen)) {
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      chosen === undefined ? 'the signer has no signature scheme' : `the signer does not sign 0x${chosen.toString(16)}`,
    );
  }
  return { scheme: chosen, parameters: algorithm.parameters, identifier: signatureIdentifier(algorithm.parameters) };
}

function defaultScheme(schemes: readonly number[]): number | undefined {
  const isPss = (scheme: number) => schemeAlgorithms.get(scheme)?.parameters.type === 'rsa-pss';
  const preferred = SignatureScheme.rsa_pkcs1_sha256;
  return schemes.length > 0 && isPss(schemes[0]) && schemes.includes(preferred) ? preferred : schemes[0];
}

/**
 * Signs and puts the three parts together.
 * @param publicKey of the signer, as what is signed will be verified with
 * @param rest elements behind the signature
 * @throws ERR_INVALID_SIGNATURE if the signature is not by that key
 */
export async function signed(
  tbs: Uint8Array,
  algorithm: SigningAlgorithm,
  options: SigningOptions,
  publicKey: PublicKey,
  ...rest: readonly Uint8Array[]
): Promise<Uint8Array> {
  const signature = await options.signer.sign(algorithm.scheme, tbs, options.signal);
  const { parameters } = algorithm;
  const verifier = options.verifiers?.find(candidate => candidate.handles(publicKey, parameters));
  if (options.verifiers !== undefined && !(await verifier?.verify(publicKey, parameters, tbs, signature))) {
    throw new TlsError('ERR_INVALID_SIGNATURE', 'the signer does not sign with the key of the certificate');
  }
  return asn1.sequence(tbs, algorithm.identifier, asn1.bitString(signature), ...rest);
}
