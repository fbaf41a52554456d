// Messages that TLS 1.2 gave another form: ServerKeyExchange, CertificateRequest and CertificateVerify without algorithms, and
// what SSL 3.0 writes differently again (RFC 6101 §5.6, RFC 2246 §7.4, RFC 4346 §7.4).

import { HandshakeType } from '../registry/handshake_types.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

/** ServerKeyExchange, or what of it is signed, with its signature. */
export interface Signed10 {
  /** The params as they stand on the wire. */
  readonly encodedParams: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeServerKeyExchange10({ encodedParams, signature }: Signed10): Uint8Array {
  return encodeHandshake(HandshakeType.server_key_exchange, writer => {
    writer.bytes(encodedParams).vector(2, signature);
  });
}

/** @param length of the params at the start of the body @throws ERR_DECODE_ERROR */
export function parseServerKeyExchangeSignature10(body: Uint8Array, length: number): Signed10 {
  const reader = new Reader(body, 'ServerKeyExchange');
  const encodedParams = reader.bytes(length);
  const signature = reader.vector(2);
  reader.end();
  return { encodedParams, signature };
}

export interface CertificateRequest10 {
  /** ClientCertificateType values. */
  readonly certificateTypes: readonly number[];
  /** DER names. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

export function encodeCertificateRequest10(message: CertificateRequest10): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_request, writer => {
    writer.list8(1, message.certificateTypes).nested(2, () => {
      for (const name of message.certificateAuthorities) writer.vector(2, name);
    });
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseCertificateRequest10(body: Uint8Array): CertificateRequest10 {
  const reader = new Reader(body, 'CertificateRequest');
  const certificateTypes = reader.list8(1, 1);
  const names = reader.nested(2);
  reader.end();
  const certificateAuthorities: Uint8Array[] = [];
  while (names.remaining > 0) certificateAuthorities.push(names.vector(2, 1));
  return { certificateTypes, certificateAuthorities };
}

export function encodeCertificateVerify10(signature: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.certificate_verify, writer => writer.vector(2, signature));
}

/** The signature. @throws ERR_DECODE_ERROR */
export function parseCertificateVerify10(body: Uint8Array): Uint8Array {
  const reader = new Reader(body, 'CertificateVerify');
  const signature = reader.vector(2);
  reader.end();
  return signature;
}

/** ClientKeyExchange of SSL 3.0 with RSA: the ciphertext without a length (RFC 6101 §5.6.7.1). */
export function encodeClientKeyExchangeSsl3(ciphertext: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.client_key_exchange, writer => writer.bytes(ciphertext));
}
