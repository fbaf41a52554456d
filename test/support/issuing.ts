// Keys and tools for tests that issue certificates.

import { formatPem } from '../../src/asn1/pem.ts';
import type { HashName } from '../../src/crypto/hash.ts';
import type { KeyGenerationParameters, PrivateKey } from '../../src/crypto/signature.ts';
import { keySigner } from '../../src/crypto/signature_scheme.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import type { Issuer } from '../../src/x509/write/issue.ts';
import type { SigningOptions } from '../../src/x509/write/signed.ts';
import { hostRandom } from './core.ts';
import { testKeyProvider } from './key_provider.ts';

export const DAY = 86_400_000;
/** Whole seconds near the clock that openssl uses. */
export const NOW = Math.floor(Date.now() / 1000) * 1000;

export const hash = (name: HashName) => testKeyProvider().keyDerivation(name).hash;
export const tools = { random: hostRandom, sha256: hash('sha256') };

const keys = new Map<string, Promise<PrivateKey>>();

/** Kinds by the names that the command uses. */
export const keyKinds: Readonly<Record<string, KeyGenerationParameters>> = {
  p256: { type: 'ec', curve: 'P-256' },
  p384: { type: 'ec', curve: 'P-384' },
  p521: { type: 'ec', curve: 'P-521' },
  ed25519: { type: 'ed25519' },
  ed448: { type: 'ed448' },
  rsa: { type: 'rsa', bits: 2048 },
  mldsa44: { type: 'mldsa', parameterSet: 'ML-DSA-44' },
  mldsa65: { type: 'mldsa', parameterSet: 'ML-DSA-65' },
};

/** A key of the product; the same kind and name give the same key. */
export function makeKey(kind: string, name = ''): Promise<PrivateKey> {
  const id = `${kind} ${name}`;
  let key = keys.get(id);
  if (key === undefined) {
    const parameters = keyKinds[kind];
    const importer = testKeyProvider().privateKeyImporters.find(each => each.handles(parameters));
    key = Promise.resolve(importer!.generate(parameters, hostRandom));
    keys.set(id, key);
  }
  return key;
}

/** How `key` signs, checked by the product's verifiers. */
export function signing(key: PrivateKey, scheme?: number): SigningOptions {
  return { signer: keySigner(key, hostRandom), scheme, verifiers: testKeyProvider().signatureVerifiers };
}

export const issuerOf = (certificate: Certificate, key: PrivateKey): Issuer => ({ certificate, options: signing(key) });

export const pemOf = (der: Uint8Array, label = 'CERTIFICATE'): string => formatPem(label, der);
