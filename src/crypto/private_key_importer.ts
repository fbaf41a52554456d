// How importers of private keys are made, and what private keys check before they sign: here, once.

import { isObject, requireBytes, requireFunction, requireObject } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { Awaitable, RandomSource } from './secret.ts';
import type {
  KeyGenerationParameters,
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  SignatureParameters,
} from './signature.ts';

type KeyType = PrivateKeyMaterial['type'] & KeyGenerationParameters['type'];
// Members whose type is one of several, such as 'ed25519' | 'ed448', count too.
type Of<Union extends { readonly type: string }, K extends KeyType> = Union extends { readonly type: infer T }
  ? K extends T
    ? Union
    : never
  : never;
export type MaterialOf<K extends KeyType> = Of<PrivateKeyMaterial, K>;
export type GenerationOf<K extends KeyType> = Of<KeyGenerationParameters, K>;

/** An importer of keys of one type. */
export interface ImporterParts<K extends KeyType> {
  readonly name: string;
  readonly keyType: K;
  /** What else is asked of a key: the curve, the parameter set. */
  readonly fits?: (key: { readonly curve?: unknown; readonly parameterSet?: unknown }) => boolean;
  /** Gets material of the type above that fits. */
  readonly import: (material: MaterialOf<K>) => PrivateKey;
  /** Gets parameters of the type above that fit. */
  readonly generate: (
    parameters: GenerationOf<K>,
    random: RandomSource,
    onProgress?: (candidates: number) => void,
  ) => Awaitable<PrivateKey>;
}

/**
 * An importer that is called only with what it handles. Its functions
 * @throws ERR_UNSUPPORTED_ALGORITHM for keys it does not handle, ERR_INVALID_ARGUMENT for what is no random source
 */
export function makeImporter<K extends KeyType>(parts: ImporterParts<K>): PrivateKeyImporter {
  const { name, keyType, fits = () => true } = parts;
  const handles = (key: {
    readonly type: string;
    readonly curve?: unknown;
    readonly parameterSet?: unknown;
  }): boolean => isObject(key) && key.type === keyType && fits(key);
  const requireHandled = (key: { readonly type: string }): void => {
    if (!handles(key)) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${name} has no such private keys`);
  };
  return {
    name,
    handles,
    import(material) {
      requireHandled(material);
      return parts.import(material as MaterialOf<K>);
    },
    generate(parameters, random, onProgress) {
      requireHandled(parameters);
      requireFunction(random, 'the random source');
      if (onProgress !== undefined) requireFunction(onProgress, 'onProgress');
      return parts.generate(parameters as GenerationOf<K>, random, onProgress);
    },
  };
}

/**
 * Passes the arguments of `PrivateKey.sign`. @param types of the signatures that the key makes
 * @throws ERR_UNSUPPORTED_ALGORITHM for parameters of another type, ERR_INVALID_ARGUMENT
 */
export function requireSigning(
  types: readonly SignatureParameters['type'][],
  parameters: SignatureParameters,
  message: Uint8Array,
  random: RandomSource,
): void {
  requireObject(parameters, 'the parameters of a signature');
  if (!types.includes(parameters.type)) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `the key makes signatures of ${types.join(' and ')} only`);
  }
  requireBytes(message, 'the message');
  requireFunction(random, 'the random source');
}
