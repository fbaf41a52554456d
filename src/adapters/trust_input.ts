// What a verifier of castls/parts is told to trust: DER, or PEM where the feature is named.

import { isDer, trimmedDer } from '../asn1/der.ts';
import { parsePem } from '../asn1/pem.ts';
import { requireBytes } from '../base/arguments.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { type PemFeature, requirePem, type VerifierFeatures } from '../x509/features.ts';
import { type PemInput, readTrustList } from './credentials.ts';

/** `ca` and pinned keys may be PEM, as text or as the octets of a file. What cannot be read is left out with a warning. */
export const pem: VerifierFeatures = {
  pem: {
    certificates: input => readTrustList(input as PemInput | readonly PemInput[], 'ca'),
    publicKeys: text => parsePem(text, 'PUBLIC KEY').map(({ bytes }) => bytes),
  },
};

/** Certificates in DER. @throws ERR_INVALID_ARGUMENT for PEM and what is no bytes, ERR_CERT_MALFORMED */
export const derAlone: Pick<PemFeature, 'certificates'> = {
  certificates: input =>
    (Array.isArray(input) ? input : [input]).map((each: unknown) => {
      if (typeof each === 'string') requirePem(undefined);
      requireBytes(each, 'a certificate of ca');
      if (!isDer(each)) requirePem(undefined);
      return parseCertificate(new Uint8Array(trimmedDer(each)));
    }),
};
