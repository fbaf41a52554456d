// TLS 1.0 and TLS 1.1 (RFC 2246, 4346; forbidden by RFC 8996): as TLS 1.2 is, with the PRF of MD5 and SHA-1, which their suites
// bring, and signatures over both digests.
import type { OlderCryptography } from '../../crypto/older_cryptography.ts';
import type { CipherSuite12 } from '../../crypto/record_protection.ts';
import { emptyCertificate12 } from '../tls12/authentication12.ts';
import { establish12, readFinished12, sendFinished12 } from '../tls12/finished12.ts';
import type { OlderProtocol } from './protocol.ts';

/** @param version ProtocolVersion of TLS 1.0 or 1.1 @param suites of that version */
export function tls10Protocol(
  version: number,
  cryptography: OlderCryptography,
  suites: readonly CipherSuite12[],
): OlderProtocol {
  return {
    version,
    suites,
    cryptography,
    extensions: true,
    keepsMessages: false,
    omitsCertificate: false,
    // RFC 2246 §7.4.8: MD5 and SHA-1 of all handshake messages, which is what this transcript is.
    verifyDigests: ({ transcript }) => transcript.digest(),
    toRsaExchange: message => message,
    fromRsaExchange: message => message,
    // RFC 2246 §7.4.6: an empty list.
    sendNoCertificate: hs => hs.send(emptyCertificate12(hs.negotiated.localCertificateType)),
    sendFinished: sendFinished12,
    readFinished: readFinished12,
    establish: establish12,
  };
}
