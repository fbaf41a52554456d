// RSA keys for tests, from the JWK that node:crypto and Wycheproof give.

import type { WasmCore } from '../../src/wasm/core.ts';
import { disposeRsaMaterial, RsaPrivateKey } from '../../src/wasm/rsa_private.ts';

/** The key of a private JWK (RFC 7518 §6.3). @throws what the import of a wrong or weak key throws */
export function importRsaJwk(core: WasmCore, jwk: Record<string, string>): RsaPrivateKey {
  const bytes = (name: string) => new Uint8Array(Buffer.from(jwk[name], 'base64url'));
  const secret = (name: string) => core.importSecret(bytes(name));
  const material = {
    type: 'rsa',
    modulus: bytes('n'),
    exponent: bytes('e'),
    prime1: secret('p'),
    prime2: secret('q'),
    exponent1: secret('dp'),
    exponent2: secret('dq'),
    coefficient: secret('qi'),
    privateExponent: secret('d'),
  } as const;
  try {
    return new RsaPrivateKey(core, material);
  } finally {
    disposeRsaMaterial(material);
  }
}
