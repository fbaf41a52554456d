// Pieces of a certificate that are wanted where nothing else of it is, and the code that reads all of it need not be there:
// the key, the signature's algorithm, one extension (RFC 5280 §4.1). Views of the certificate; what they do not read they do
// not check.

import { contextTag, DerReader, tags } from '../asn1/der.ts';
import { equalVartime } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { SignatureParameters } from '../crypto/signature.ts';
import { readAlgorithm, signatureParametersOf } from './algorithm.ts';

/** The subjectPublicKeyInfo. @throws ERR_CERT_MALFORMED */
export function spkiOfCertificate(certificate: Uint8Array): Uint8Array {
  return reading(() => inTbs(certificate).element(tags.SEQUENCE));
}

/** How the certificate is signed; undefined for a way castls does not know. @throws ERR_CERT_MALFORMED */
export function signatureParametersOfCertificate(certificate: Uint8Array): SignatureParameters | undefined {
  return reading(() => {
    const der = new DerReader(certificate);
    der.enter(tags.SEQUENCE);
    der.skip(tags.SEQUENCE);
    return signatureParametersOf(readAlgorithm(der));
  });
}

/**
 * The value of an extension, DER. @param oid content of the OBJECT IDENTIFIER
 * @returns undefined without it @throws ERR_CERT_MALFORMED
 */
export function extensionOfCertificate(certificate: Uint8Array, oid: Uint8Array): Uint8Array | undefined {
  return reading(() => {
    const der = inTbs(certificate);
    der.skip(tags.SEQUENCE);
    for (const number of [1, 2]) if (der.peek() === contextTag(number, false)) der.skip(contextTag(number, false));
    if (der.done) return undefined;
    der.enter(contextTag(3, true));
    der.enter(tags.SEQUENCE);
    while (!der.done) {
      const extension = der.enter(tags.SEQUENCE);
      const found = equalVartime(der.content(tags.OBJECT_IDENTIFIER), oid);
      if (der.peek() === tags.BOOLEAN) der.skip(tags.BOOLEAN);
      const value = der.content(tags.OCTET_STRING);
      if (found) return value;
      der.leave(extension);
    }
    return undefined;
  });
}

/** In front of the subjectPublicKeyInfo. */
function inTbs(certificate: Uint8Array): DerReader {
  const der = new DerReader(certificate);
  der.enter(tags.SEQUENCE);
  der.enter(tags.SEQUENCE);
  if (der.peek() === contextTag(0, true)) der.skip(contextTag(0, true));
  der.skip(tags.INTEGER);
  // signature, issuer, validity, subject
  for (let i = 0; i < 4; i++) der.skip(tags.SEQUENCE);
  return der;
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TlsError('ERR_CERT_MALFORMED', 'not a certificate', { cause });
  }
}
