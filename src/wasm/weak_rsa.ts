// A provider for RSA keys of sizes that nobody should have any more, the peer's and one's own: for castls/legacy.

import type { CryptoProvider } from '../crypto/provider.ts';
import { type RsaPolicy, rsaLimits } from '../crypto/rsa_public_key.ts';
import type { WasmCore } from './core.ts';
import { rsaVerifier } from './rsa.ts';
import { rsaKeyTransport } from './rsa_key_transport.ts';
import { rsaKeyImporter } from './rsa_private.ts';

export interface WeakPolicy extends RsaPolicy {
  /** Certificates count that are signed with SHA-1. */
  readonly dangerousSha1?: boolean;
}

/** `provider`, one over `core`, with all that is RSA under another policy. @throws ERR_INVALID_ARGUMENT */
export function withWeakRsa<P extends CryptoProvider>(provider: P, core: WasmCore, policy: WeakPolicy): P {
  const { dangerousMinimumBits = rsaLimits.minimumBits, dangerousSha1 = false } = policy;
  const dangerousStrength = { minimumRsaBits: dangerousMinimumBits, sha1: dangerousSha1 };
  const verifier = { ...rsaVerifier(core, { dangerousMinimumBits }), dangerousStrength };
  const importer = rsaKeyImporter(core, { dangerousMinimumBits });
  return {
    ...provider,
    signatureVerifiers: provider.signatureVerifiers.map(each => (each.name === verifier.name ? verifier : each)),
    privateKeyImporters: provider.privateKeyImporters.map(each => (each.name === importer.name ? importer : each)),
    rsaKeyTransport: rsaKeyTransport(core, { dangerousMinimumBits }),
  };
}
