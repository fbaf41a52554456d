// The two forms of an ECDSA signature: DER Ecdsa-Sig-Value (RFC 3279 §2.2.3), as TLS and X.509 carry it, and r || s of
// fixed length (IEEE P1363), as WebCrypto and the arithmetic use it. Neither says that r and s are below the order.

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * r || s from a DER Ecdsa-Sig-Value, or null unless it is DER to the last byte with two non-negative integers that fit.
 * @param length bytes of each integer in the result: 32, 48 or 66
 */
export function parseEcdsaSignature(der: Uint8Array, length: number): Uint8Array | null {
  const sequence = readElement(der, 0, SEQUENCE);
  if (sequence === null || sequence.end !== der.length) return null;
  const r = readElement(der, sequence.start, INTEGER);
  if (r === null) return null;
  const s = readElement(der, r.end, INTEGER);
  if (s === null || s.end !== der.length) return null;
  const out = new Uint8Array(2 * length);
  const fits = copyInteger(der, r, out.subarray(0, length)) && copyInteger(der, s, out.subarray(length));
  return fits ? out : null;
}

/** DER Ecdsa-Sig-Value of r || s. */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length >> 1;
  const r = firstOfInteger(signature, 0, half);
  const s = firstOfInteger(signature, half, signature.length);
  const rLength = half - r + signBytes(signature[r]);
  const sLength = signature.length - s + signBytes(signature[s]);
  const bodyLength = 4 + rLength + sLength;
  const headerLength = bodyLength < 0x80 ? 2 : 3;
  const der = new Uint8Array(headerLength + bodyLength);
  der[0] = SEQUENCE;
  if (headerLength === 3) der[1] = 0x81;
  der[headerLength - 1] = bodyLength;
  writeInteger(der, headerLength, signature, r, half);
  writeInteger(der, headerLength + 2 + rLength, signature, s, signature.length);
  return der;
}

interface Element {
  /** Offset of the content. */
  readonly start: number;
  readonly end: number;
}

/** The element with this tag at `at`, or null: another tag, a length that is not minimal, or past the end. */
function readElement(der: Uint8Array, at: number, tag: number): Element | null {
  if (at + 2 > der.length || der[at] !== tag) return null;
  let start = at + 2;
  let length = der[at + 1];
  if (length >= 0x80) {
    // The longest signature, of P-521, has 139 bytes: one length byte, and only where the short form cannot say it.
    if (length !== 0x81 || start >= der.length || der[start] < 0x80) return null;
    length = der[start];
    start++;
  }
  const end = start + length;
  return end <= der.length ? { start, end } : null;
}

/** Writes a DER INTEGER to the end of `out`; false if it is negative, not minimal or too long. */
function copyInteger(der: Uint8Array, element: Element, out: Uint8Array): boolean {
  let value = der.subarray(element.start, element.end);
  if (value.length === 0 || value[0] >= 0x80) return false;
  if (value[0] === 0 && value.length > 1) {
    if (value[1] < 0x80) return false;
    value = value.subarray(1);
  }
  if (value.length > out.length) return false;
  out.set(value, out.length - value.length);
  return true;
}

/** Where an integer begins behind its leading zeros: in its last byte at the latest. */
function firstOfInteger(bytes: Uint8Array, start: number, end: number): number {
  let first = start;
  while (first < end - 1 && bytes[first] === 0) first++;
  return first;
}

/** DER integers are signed: a zero stands before a high bit. */
const signBytes = (first: number): number => (first >= 0x80 ? 1 : 0);

function writeInteger(der: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  const sign = signBytes(bytes[start]);
  der[at] = INTEGER;
  der[at + 1] = end - start + sign;
  der.set(bytes.subarray(start, end), at + 2 + sign);
}
