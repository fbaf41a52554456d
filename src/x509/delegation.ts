// Which certificates may delegate, until when what they delegated is good, and what their keys sign (RFC 9345 §4).

import { concat } from '../base/bytes.ts';
import { isNull } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import { keyUsages } from './extensions.ts';

/** The DelegationUsage extension: NULL. */
export const DELEGATION_USAGE = '1.3.6.1.4.1.44363.44';

/** RFC 9345 §4.1.3: without an application profile no credential is good for longer, from now on. Milliseconds. */
export const LONGEST_DELEGATION = 7 * 86_400_000;

/** Undefined for a certificate that may delegate, else why not. */
export function notDelegating(certificate: Certificate): string | undefined {
  const usage = certificate.extensions.get(DELEGATION_USAGE);
  if (usage === undefined) return 'the certificate has no DelegationUsage (RFC 9345 §4.2)';
  if (!isNull(usage.value)) return 'DelegationUsage is not NULL (RFC 9345 §4.2)';
  const { keyUsage } = certificate;
  const signs = keyUsage !== undefined && (keyUsage & keyUsages.digitalSignature) !== 0;
  return signs ? undefined : 'the certificate lacks the key usage digitalSignature (RFC 9345 §4.2)';
}

/** When a delegated credential ends, milliseconds since the epoch. @param validTime seconds from notBefore */
export function endOfDelegation(certificate: Certificate, validTime: number): number {
  return certificate.notBefore + validTime * 1000;
}

/** The Credential of a DelegatedCredential. @param validTime seconds from notBefore @param scheme SignatureScheme @param spki DER */
export function encodeDelegatedKey(validTime: number, scheme: number, spki: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(9));
  head.setUint32(0, validTime);
  head.setUint16(4, scheme);
  head.setUint8(6, spki.length >> 16);
  head.setUint16(7, spki.length & 0xffff);
  return concat([new Uint8Array(head.buffer), spki]);
}

/** DelegatedCredential. @param algorithm SignatureScheme of the signature */
export function encodeDelegatedCredential(key: Uint8Array, algorithm: number, signature: Uint8Array): Uint8Array {
  return concat([key, u16(algorithm), u16(signature.length), signature]);
}

/** What the key of the certificate signs. @param certificate DER of the end entity */
export function delegationContent(
  role: 'server' | 'client',
  certificate: Uint8Array,
  key: Uint8Array,
  algorithm: number,
): Uint8Array {
  const context = new TextEncoder().encode(`TLS, ${role} delegated credentials`);
  return concat([new Uint8Array(64).fill(0x20), context, Uint8Array.of(0), certificate, key, u16(algorithm)]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
