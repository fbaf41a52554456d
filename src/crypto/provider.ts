// A CryptoProvider is a plain struct of lists: whoever builds a config names what it may use, and a bundle carries that.

import type { HashName, KeyDerivation } from './hash.ts';
import type { FiniteFieldDh, KeyExchangeGroup } from './key_exchange.ts';
import type { CipherSuite12, CipherSuite13 } from './record_protection.ts';
import type { RandomSource, Secret } from './secret.ts';
import type { PrivateKeyImporter, RsaKeyTransport, SignatureVerifier } from './signature.ts';

export interface CryptoProvider {
  readonly name: string;
  readonly random: RandomSource;
  /** The only way in: copies `bytes`, which stay the caller's to wipe. @throws ERR_OUT_OF_MEMORY */
  importSecret(bytes: Uint8Array): Secret;
  /** The only way out: for key logs, exporters and sealed session state. */
  dangerousReveal(secret: Secret): Uint8Array;
  /** `first` followed by `second`, as hybrids and PSK premasters need it. Both stay the caller's. */
  concatSecrets(first: Secret, second: Secret): Secret;
  /** `length` bytes of `secret` from `offset`, as a secret of its own. */
  sliceSecret(secret: Secret, offset: number, length: number): Secret;
  /** True if both hold the same bytes; compares in constant time. */
  equalBytes(a: Uint8Array, b: Uint8Array): boolean;
  /** Key derivation over a hash. @throws ERR_UNSUPPORTED_ALGORITHM */
  keyDerivation(hash: HashName): KeyDerivation;
  /** In order of preference. */
  readonly cipherSuites13: readonly CipherSuite13[];
  readonly cipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
  readonly finiteFieldDh?: FiniteFieldDh;
  /** For clients that offer RSA key exchange in TLS 1.2. */
  readonly rsaKeyTransport?: RsaKeyTransport;
  readonly signatureVerifiers: readonly SignatureVerifier[];
  readonly privateKeyImporters: readonly PrivateKeyImporter[];
}
