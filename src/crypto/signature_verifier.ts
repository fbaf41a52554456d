// How verifiers are made: what every one of them has to check of its arguments stands here, once.

import { isObject, unsharedBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { Awaitable } from './secret.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from './signature.ts';

export type KeyOf<K extends PublicKey['type']> = Extract<PublicKey, { readonly type: K }>;
export type ParametersOf<P extends SignatureParameters['type']> = Extract<SignatureParameters, { readonly type: P }>;

/** A verifier for keys of one type. */
export interface VerifierParts<K extends PublicKey['type'], P extends SignatureParameters['type']> {
  readonly name: string;
  readonly keyType: K;
  readonly signatureTypes: readonly P[];
  /** What else is asked of the two: the curve, the hash, the parameter set. */
  readonly fits?: (key: KeyOf<K>, parameters: ParametersOf<P>) => boolean;
  /** Gets a key and parameters of the types above that fit, and bytes. */
  readonly verify: (
    key: KeyOf<K>,
    parameters: ParametersOf<P>,
    message: Uint8Array,
    signature: Uint8Array,
  ) => Awaitable<boolean>;
}

/**
 * A verifier that is called only with what it handles. Its `verify`
 * @throws ERR_UNSUPPORTED_ALGORITHM for a key or parameters it does not handle, ERR_INVALID_ARGUMENT for a message or a
 * signature that is no bytes
 */
export function makeVerifier<K extends PublicKey['type'], P extends SignatureParameters['type']>(
  parts: VerifierParts<K, P>,
): SignatureVerifier {
  const { name, keyType, fits = () => true } = parts;
  const signatureTypes: readonly string[] = parts.signatureTypes;
  const handles = (key: PublicKey, parameters: SignatureParameters): boolean =>
    isObject(key) &&
    isObject(parameters) &&
    key.type === keyType &&
    signatureTypes.includes(parameters.type) &&
    fits(key as KeyOf<K>, parameters as ParametersOf<P>);
  return {
    name,
    handles,
    verify(key, parameters, message, signature) {
      if (!handles(key, parameters)) {
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${name} verifies no such signature by such a key`);
      }
      const ownMessage = unsharedBytes(message, 'the message');
      const ownSignature = unsharedBytes(signature, 'the signature');
      return parts.verify(key as KeyOf<K>, parameters as ParametersOf<P>, ownMessage, ownSignature);
    },
  };
}
