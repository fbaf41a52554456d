// A CryptoProvider on the host's WebCrypto. What TLS needs at once (hashes, key derivation, record protection) WebCrypto
// cannot give synchronously, so it stays with the provider underneath; key agreement and signatures are the host's.

import type { CryptoProvider } from '../crypto/provider.ts';
import { hostSubtle } from './algorithms.ts';
import type { HostSubtle } from './host_types.ts';
import { webCryptoGroups } from './key_exchange.ts';
import { webCryptoVerifiers } from './verifier.ts';

/**
 * `base` with the host's groups and verifiers in front of its own: base's groups of the same name give way, the others
 * (hybrids, X448) follow. Answers arrive later.
 * @param host the host's SubtleCrypto
 */
export function webCryptoProvider(base: CryptoProvider, host: HostSubtle = hostSubtle()): CryptoProvider {
  const subtle = host as unknown as SubtleCrypto;
  const own = webCryptoGroups(subtle, bytes => base.importSecret(bytes));
  const names = new Set(own.map(group => group.name));
  return {
    ...base,
    name: `webcrypto over ${base.name}`,
    groups: [...own, ...base.groups.filter(group => !names.has(group.name))],
    signatureVerifiers: [...webCryptoVerifiers(subtle), ...base.signatureVerifiers],
  };
}
