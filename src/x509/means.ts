// What the methods of a certificate need besides its bytes: hashes and signature verifiers. Floor 5 has neither, so the
// entry that hands certificates out brings them with its first call. (With an import it must not: importing has no effects.)

import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm, HashName } from '../crypto/hash.ts';
import type { PublicKey, SignatureParameters } from '../crypto/signature.ts';

export interface CertificateMeans {
  /** @throws ERR_UNSUPPORTED_ALGORITHM for a hash that it has not */
  hash(name: HashName): HashAlgorithm;
  /** True if the key made the signature, and signatures of its kind are worth anything. */
  verifySignature(
    key: PublicKey,
    parameters: SignatureParameters | undefined,
    oid: string,
    message: Uint8Array,
    signature: Uint8Array,
  ): boolean;
}

let brought: CertificateMeans | undefined;

/** The first one stays: all are the same functions. */
export function bringMeans(means: CertificateMeans): void {
  brought ??= means;
}

/** @throws ERR_INVALID_STATE if nobody brought any: the certificate was not made by a function of castls/x509 */
export function means(): CertificateMeans {
  if (brought !== undefined) return brought;
  throw new TlsError('ERR_INVALID_STATE', 'parse the certificate with castls/x509, or give the hash algorithm itself');
}
