// Signatures that were found to be right are right for ever: those of authorities under certificates come again with each
// connection to the same server. What is remembered is compared byte by byte, so that nobody can pass one thing for another.

import { copyOfBytes, equalVartime, fromLatin1, withBytes } from '../base/bytes.ts';
import type { PublicKey, SignatureParameters, SignatureVerifier } from './signature.ts';

/** Signatures that are remembered: chains of some ten servers. */
const KEPT = 32;
/** Certificates are shorter; what is longer is not kept. */
const LONGEST = 8192;

interface Remembered {
  readonly key: PublicKey;
  readonly parameters: SignatureParameters;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The verifiers, with one memory of valid signatures for all of them. For certificates; variable time, as verification is. */
export function rememberSignatures(verifiers: readonly SignatureVerifier[]): SignatureVerifier[] {
  /** By the end of the signature, the oldest use first. */
  const known = new Map<string, Remembered>();
  const remember = (entry: Remembered | null): void => {
    if (entry === null) return;
    const name = nameOf(entry.signature);
    if (known.size >= KEPT && !known.has(name)) known.delete(known.keys().next().value as string);
    known.set(name, entry);
  };
  const knows = (entry: Remembered): boolean => {
    const name = nameOf(entry.signature);
    const found = known.get(name);
    if (found === undefined || !same(found, entry)) return false;
    known.delete(name);
    known.set(name, found);
    return true;
  };
  return verifiers.map(verifier => ({
    name: verifier.name,
    dangerousStrength: verifier.dangerousStrength,
    handles: (key, parameters) => verifier.handles(key, parameters),
    verify(key, parameters, message, signature) {
      const entry = { key, parameters, message, signature };
      if (!isOwn(message) || !isOwn(signature)) {
        return verifier.verify(key, parameters, message, signature);
      }
      if (knows(entry)) return true;
      const answer = verifier.verify(key, parameters, message, signature);
      if (answer === true) remember(copyOf(entry));
      else if (answer !== false) {
        // Now, while it is what is being verified: the caller may change its bytes meanwhile.
        const copy = copyOf(entry);
        return answer.then(valid => {
          if (valid) remember(copy);
          return valid;
        });
      }
      return answer;
    },
  }));
}

/** Bytes that no other thread changes while they are looked at. */
function isOwn(bytes: unknown): bytes is Uint8Array {
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer;
}

function nameOf(signature: Uint8Array): string {
  return fromLatin1(signature.subarray(-24));
}

/** Copies: a view would keep the whole of what came with it. Null for what is too long to be kept. */
function copyOf({ key, parameters, message, signature }: Remembered): Remembered | null {
  if (message.length + signature.length > LONGEST) return null;
  return {
    key: withBytes(key, copyOfBytes),
    parameters: withBytes(parameters, copyOfBytes),
    message: copyOfBytes(message),
    signature: copyOfBytes(signature),
  };
}

/** Equal in all parts: bytes, texts, numbers, and objects of these. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalVartime(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return names.every(name => Object.hasOwn(other, name) && same(one[name], other[name]));
}
