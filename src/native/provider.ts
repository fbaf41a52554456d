// A CryptoProvider on node:crypto: records, key exchange and signatures are OpenSSL's, at once. Hashes and key derivation stay
// with the provider underneath, which holds every secret: a call into OpenSSL costs more than they do.

import type { CryptoProvider } from '../crypto/provider.ts';
import { nativeCipherSuites12, nativeCipherSuites13 } from './cipher_suites.ts';
import {
  type Agreement,
  hybrid,
  mlKem,
  nativeGroup,
  secp256r1,
  secp384r1,
  secp521r1,
  x448,
  x25519,
} from './key_exchange.ts';
import { nativeImporters } from './private_keys.ts';
import { nativeVerifiers } from './verifiers.ts';

/**
 * `base` with node's cryptography in front of its own: what node:crypto lacks (ML-KEM before Node 24.7, CCM, CBC, finite
 * fields, Ed448, ML-DSA) stays the base's. Its secrets are the base's.
 */
export function nativeProviderOver<P extends CryptoProvider>(base: P): P {
  const groups = nativeGroups(base);
  return {
    ...base,
    name: `native over ${base.name}`,
    cipherSuites13: nativeCipherSuites13(base),
    cipherSuites12: nativeCipherSuites12(base),
    groups: base.groups.map(group => groups.find(({ name }) => name === group.name) ?? group),
    signatureVerifiers: [...nativeVerifiers(), ...base.signatureVerifiers],
    privateKeyImporters: [...nativeImporters(base), ...base.privateKeyImporters],
  };
}

function nativeGroups(base: CryptoProvider) {
  const classical = [x25519, x448, secp256r1, secp384r1, secp521r1].map(agreed => nativeGroup(base, agreed));
  const [kem768, kem1024] = [mlKem(768), mlKem(1024)];
  // RFC 10024: X25519MLKEM768 begins with ML-KEM, the others with the curve.
  const hybrids: (Agreement | null)[] = [
    kem768 && hybrid('X25519MLKEM768', kem768, x25519),
    kem768 && hybrid('SecP256r1MLKEM768', secp256r1, kem768),
    kem1024 && hybrid('SecP384r1MLKEM1024', secp384r1, kem1024),
  ];
  return [
    ...classical,
    ...hybrids.flatMap(agreed => agreed ?? []).map(agreed => nativeGroup(base, agreed, { kem: true })),
  ];
}
