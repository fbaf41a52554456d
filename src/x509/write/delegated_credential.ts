// Delegated credentials (RFC 9345): a key for some days, signed by the key of an end-entity certificate that allows it.

import { TlsError } from '../../base/errors.ts';
import * as o from '../../base/options.ts';
import type { PublicKey, SignatureVerifier, Signer } from '../../crypto/signature.ts';
import { schemeAlgorithms, schemesOfKey } from '../../crypto/signature_scheme.ts';
import { signatureSchemeName } from '../../registry/signature_schemes.ts';
import {
  delegationContent,
  encodeDelegatedCredential,
  encodeDelegatedKey,
  endOfDelegation,
  LONGEST_DELEGATION,
  notDelegating,
} from '../delegation.ts';
import { type CertificateInput, certificateFrom, type PublicKeyInput, publicKeyFrom } from '../input.ts';
import { writePublicKey } from './algorithm.ts';
import { refuse } from './content.ts';

/** What is delegated. */
export interface DelegatedCredentialContent {
  /** PEM, DER or a PublicKey: not an RSA key, whose signatures would be good elsewhere (RFC 9345 §3.1); RSASSA-PSS keys are. */
  readonly publicKey: PublicKeyInput;
  /** When it ends: within the certificate's life, and seven days from now at most. */
  readonly notAfter: Date | number;
  /** SignatureScheme of the CertificateVerify. Default: the first of the key's. */
  readonly scheme?: number;
  /** Who will use it. Default "server". */
  readonly role?: 'server' | 'client';
  /** Milliseconds since the epoch. Default: those of the clock. */
  readonly now?: number | Date;
}

/** Who delegates: an end-entity certificate with DelegationUsage, and who signs with its key. */
export interface Delegator {
  readonly certificate: CertificateInput;
  readonly signer: Signer;
  /** SignatureScheme of the signer's, one of TLS 1.3. Default: its first. */
  readonly algorithm?: number;
  /** Verify what was signed: a Signer of another key is found out at once. */
  readonly verifiers?: readonly SignatureVerifier[];
}

const contentTable = () => ({
  publicKey: o.required(o.unchecked<PublicKeyInput>()),
  notAfter: o.required(o.instant),
  scheme: o.integer(0, 0xffff),
  role: o.withDefault(o.oneOf('server', 'client'), 'server'),
  now: o.instant,
});

const delegatorTable = () => ({
  certificate: o.required(o.unchecked<CertificateInput>()),
  signer: o.required(o.objectWith<Signer>('a Signer', 'schemes', 'sign')),
  algorithm: o.integer(0, 0xffff),
  verifiers: o.listOf(o.objectWith<SignatureVerifier>('a SignatureVerifier', 'handles', 'verify')),
});

/**
 * A DelegatedCredential, encoded: with the certificate and its own private key it makes a credential of a server.
 * @throws ERR_INVALID_ARGUMENT for what no client would take; ERR_UNSUPPORTED_ALGORITHM, ERR_INVALID_SIGNATURE
 */
export async function issueDelegatedCredential(
  content: DelegatedCredentialContent,
  by: Delegator,
): Promise<Uint8Array> {
  const { role, scheme, ...wanted } = o.readOptions('issueDelegatedCredential', contentTable(), content);
  const delegator = o.readOptions('the delegator of issueDelegatedCredential', delegatorTable(), by);
  const certificate = certificateFrom(delegator.certificate);
  const why = notDelegating(certificate);
  if (why !== undefined) refuse(why);
  const notAfter = Number(wanted.notAfter);
  const now = Number(wanted.now ?? Date.now());
  if (notAfter <= now || notAfter > certificate.notAfter) refuse('notAfter is past, or after the certificate');
  if (notAfter - now > LONGEST_DELEGATION)
    refuse('a delegated credential is good for seven days at most (RFC 9345 §4.1.3)');
  const publicKey = publicKeyFrom(wanted.publicKey);
  const validTime = Math.floor((notAfter - endOfDelegation(certificate, 0)) / 1000);
  const algorithm = algorithmOf(delegator.signer, delegator.algorithm);
  const encodedKey = encodeDelegatedKey(validTime, schemeOf(publicKey, scheme), writePublicKey(publicKey));
  const toSign = delegationContent(role, certificate.der, encodedKey, algorithm);
  const signature = await delegator.signer.sign(algorithm, toSign);
  const { parameters } = schemeAlgorithms.get(algorithm)!;
  const verifier = delegator.verifiers?.find(each => each.handles(certificate.publicKey, parameters));
  if (delegator.verifiers && !(await verifier?.verify(certificate.publicKey, parameters, toSign, signature))) {
    throw new TlsError('ERR_INVALID_SIGNATURE', 'the signer does not sign with the key of the certificate');
  }
  return encodeDelegatedCredential(encodedKey, algorithm, signature);
}

function schemeOf(key: PublicKey, wanted: number | undefined): number {
  // RFC 9345 §4: MUST NOT be rsaEncryption.
  const schemes = key.type === 'rsa' && key.pss === undefined ? [] : schemesOfKey(key);
  const chosen = wanted ?? schemes[0];
  if (chosen !== undefined && schemes.includes(chosen)) return chosen;
  const named = wanted === undefined ? '' : ` by ${signatureSchemeName(wanted)}`;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `nothing can be delegated to this ${key.type} key${named}`);
}

/** RFC 9345 §4: a scheme that TLS 1.3 has for signatures in the handshake. */
function algorithmOf({ schemes }: Signer, wanted: number | undefined): number {
  const fit = schemes.filter(scheme => {
    const algorithm = schemeAlgorithms.get(scheme);
    if (algorithm === undefined || algorithm.parameters.type === 'rsa-pkcs1') return false;
    return algorithm.parameters.type !== 'ecdsa' || algorithm.curve !== undefined;
  });
  const chosen = wanted ?? fit[0];
  if (chosen !== undefined && fit.includes(chosen)) return chosen;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the signer has no such scheme of TLS 1.3');
}
