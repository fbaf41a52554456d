// Private key material on its way: who owns the secrets, and which importer takes it.

import { isObject, requireObject, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { PrivateKey, PrivateKeyImporter, PrivateKeyMaterial, SignatureParameters } from './signature.ts';

/** Wipes every secret of a material. */
export function disposeMaterial(material: PrivateKeyMaterial): void {
  for (const value of Object.values(material)) {
    if (typeof value === 'object' && 'dispose' in value) value.dispose();
  }
}

/** For people: "RSA", "EC P-256", "ED25519", "ML-DSA-65". */
export function materialText(key: {
  readonly type: string;
  readonly curve?: string;
  readonly parameterSet?: string;
}): string {
  if (!isObject(key)) return textOf(key);
  const { type, curve, parameterSet } = key;
  if (parameterSet !== undefined) return textOf(parameterSet);
  return curve === undefined ? textOf(type).toUpperCase() : `EC ${textOf(curve)}`;
}

/** The first importer for such keys. @throws ERR_UNSUPPORTED_ALGORITHM, for what is no key at all, too */
export function importerFor(
  importers: readonly PrivateKeyImporter[],
  key: { readonly type: string; readonly curve?: string; readonly parameterSet?: string },
): PrivateKeyImporter {
  const importer = importers.find(candidate => candidate.handles(key));
  if (importer !== undefined) return importer;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no given importer takes ${materialText(key)} private keys`);
}

/** Imports and wipes the material. @throws ERR_UNSUPPORTED_ALGORITHM, ERR_INVALID_PRIVATE_KEY, ERR_WEAK_KEY */
export function importMaterial(importers: readonly PrivateKeyImporter[], material: PrivateKeyMaterial): PrivateKey {
  try {
    return importerFor(importers, material).import(material);
  } finally {
    disposeMaterial(material);
  }
}

/** What an id-RSASSA-PSS key allows (RFC 4055 §1.2). */
export type PssRestriction = NonNullable<Extract<PrivateKey['publicKey'], { type: 'rsa' }>['pss']>;

/** An RSA key that is for PSS only. The key becomes the result's. */
export function restrictToPss(key: PrivateKey, pss: PssRestriction): PrivateKey {
  requireObject(key, 'the private key');
  if (key.publicKey.type !== 'rsa') throw new TlsError('ERR_INVALID_ARGUMENT', 'only RSA keys make PSS signatures');
  const fits = (parameters: SignatureParameters) =>
    isObject(parameters) &&
    parameters.type === 'rsa-pss' &&
    parameters.hash === (pss.hash ?? parameters.hash) &&
    parameters.mgfHash === (pss.mgfHash ?? parameters.mgfHash) &&
    parameters.saltLength >= (pss.minimumSaltLength ?? 0);
  return {
    publicKey: { ...key.publicKey, pss },
    sign(parameters, message, random, pace) {
      if (fits(parameters)) return key.sign(parameters, message, random, pace);
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'the RSASSA-PSS key is not for such signatures (RFC 4055 §1.2)');
    },
    dangerousExport: () => key.dangerousExport(),
    dispose: () => key.dispose(),
  };
}
