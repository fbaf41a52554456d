// Elements of DER put together from bytes, without asn1js: for contents that may be secret, and for programs that write no
// more than a public key and should not load a library for it.

/**
 * An element with the contents one behind the other (X.690 §8.1.3, §10.1: the shortest definite length).
 * @param tag identifier octet, see `tags` and `contextTag`
 */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  let octets = 0;
  if (length >= 0x80) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets++;
  const der = new Uint8Array(2 + octets + length);
  der[0] = tag;
  der[1] = octets === 0 ? length : 0x80 | octets;
  for (let i = octets + 1, rest = length; i > 1; i--, rest = Math.floor(rest / 256)) der[i] = rest % 256;
  let at = 2 + octets;
  for (const content of contents) {
    der.set(content, at);
    at += content.length;
  }
  return der;
}

/** Content octets of the INTEGER of a non-negative number: a fresh buffer. Its length depends on the highest bits. */
export function unsignedOctets(value: Uint8Array): Uint8Array {
  let from = 0;
  while (from < value.length - 1 && value[from] === 0) from++;
  if (value.length === 0) return new Uint8Array(1);
  if (value[from] < 0x80) return value.slice(from);
  const padded = new Uint8Array(value.length - from + 1);
  padded.set(value.subarray(from), 1);
  return padded;
}
