// A CryptoProvider is a plain struct of lists: whoever builds a config names what it may use, and a bundle carries that.

import type { HashName, KeyDerivation } from './hash.ts';
import type { FiniteFieldDh, KeyExchangeGroup } from './key_exchange.ts';
import type { CipherSuite12, CipherSuite13 } from './record_protection.ts';
import type { RandomSource, Secret } from './secret.ts';
import type { PrivateKeyImporter, RsaKeyTransport, SignatureVerifier } from './signature.ts';

/**
 * All cryptography that a connection, a session cache or a certificate needs: what is in the lists is what can be
 * negotiated. Immutable and shared by any number of connections. Answers of groups, verifiers and keys may come later; hashes,
 * key derivation and record protection are synchronous. Whatever its functions throw is a TlsError: ERR_INVALID_ARGUMENT for
 * values of the wrong kind, ERR_STALE_HANDLE and ERR_FOREIGN_HANDLE for secrets, ERR_OUT_OF_MEMORY.
 */
export interface CryptoProvider {
  /** For people: "wasm". */
  readonly name: string;
  /** The host's random bytes, for whoever has no source of their own. */
  readonly random: RandomSource;
  /** The only way in: copies `bytes`, which stay the caller's to wipe. @throws ERR_OUT_OF_MEMORY */
  importSecret(bytes: Uint8Array): Secret;
  /** The only way out: for key logs, exporters and sealed session state. */
  dangerousReveal(secret: Secret): Uint8Array;
  /** `first` followed by `second`, as hybrids and PSK premasters need it. Both stay the caller's. */
  concatSecrets(first: Secret, second: Secret): Secret;
  /** `length` bytes of `secret` from `offset`, as a secret of its own. @throws ERR_BAD_LENGTH */
  sliceSecret(secret: Secret, offset: number, length: number): Secret;
  /** True if both hold the same bytes; compares in constant time. */
  equalBytes(a: Uint8Array, b: Uint8Array): boolean;
  /** Key derivation over a hash. @throws ERR_UNSUPPORTED_ALGORITHM */
  keyDerivation(hash: HashName): KeyDerivation;
  /** Suites of TLS 1.3 and of TLS 1.2, and groups, in order of preference. */
  readonly cipherSuites13: readonly CipherSuite13[];
  readonly cipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
  /** For DHE in TLS 1.2. */
  readonly finiteFieldDh?: FiniteFieldDh;
  /** For clients that offer RSA key exchange in TLS 1.2. */
  readonly rsaKeyTransport?: RsaKeyTransport;
  /** The first that handles a key and an algorithm verifies. */
  readonly signatureVerifiers: readonly SignatureVerifier[];
  /** The first that handles a private key makes it. */
  readonly privateKeyImporters: readonly PrivateKeyImporter[];
}
