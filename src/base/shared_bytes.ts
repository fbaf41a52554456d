// Bytes that many connections of a process have in common - the certificates of a server that is connected to again and
// again - held once. They are found by their end and compared whole, so that nobody can pass one thing for another.
// How much is known is bounded, whatever peers send. What is shared never leaves castls but as a copy.

import { copyOfBytes, equalVartime, fromLatin1 } from './bytes.ts';

/** What each of the two generations may weigh: chains of some 64 servers. */
const GENERATION = 192 * 1024;
/** What is longer is not shared. A certificate of ML-DSA-87 has 8 KiB, an OCSPResponse with its signer's certificate as much. */
const LONGEST = 12 * 1024;
/** What an engine holds beside the bytes: array, buffer, name. */
const OVERHEAD = 400;

/** By the end: certificates and OCSPResponses end in signatures, keys in their number. */
let young = /* @__PURE__ */ new Map<string, Uint8Array>();
/** What was asked for before that: it goes, but for what is asked for again, once the young ones weigh as much as they may. */
let old: typeof young = young;
let weight = 0;

/**
 * The bytes of `bytes` in an array that all who ask for them share while they are known: to be read, and given to users as
 * copies only. Variable time: for public values.
 */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > LONGEST) return copyOfBytes(bytes);
  const name = fromLatin1(bytes.subarray(-24));
  let own = young.get(name) ?? old.get(name);
  if (own === undefined || !equalVartime(own, bytes)) own = copyOfBytes(bytes);
  if (young.get(name) === own) return own;
  young.set(name, own);
  weight += bytes.length + OVERHEAD;
  if (weight > GENERATION) {
    old = young;
    young = new Map();
    weight = 0;
  }
  return own;
}
