// ServerKeyExchange and ClientKeyExchange of TLS 1.2 (RFC 5246 §7.4.3, §7.4.7; RFC 8422 §5.4, §5.7).

import { TlsError } from '../base/errors.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { EcCurveType } from '../registry/named_groups.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** ServerECDHParams on a named curve. */
export interface EcdheParams {
  /** NamedGroup. */
  readonly group: number;
  /** 1-255 bytes. */
  readonly publicValue: Uint8Array;
}

/** ServerDHParams; integers big-endian as sent. */
export interface DheParams {
  readonly prime: Uint8Array;
  readonly generator: Uint8Array;
  readonly publicValue: Uint8Array;
}

/** ServerKeyExchange with its signature. */
export interface ServerKeyExchange<Params> {
  readonly params: Params;
  /** The params as they stand on the wire: what the signature covers behind the two randoms. */
  readonly encodedParams: Uint8Array;
  /** SignatureAndHashAlgorithm. */
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

/** ServerECDHParams alone, as they are signed. */
export function encodeEcdheParams(params: EcdheParams): Uint8Array {
  return new Writer().u8(EcCurveType.named_curve).u16(params.group).vector(1, params.publicValue).finish();
}

/** ServerDHParams alone, as they are signed. */
export function encodeDheParams(params: DheParams): Uint8Array {
  return new Writer().vector(2, params.prime).vector(2, params.generator).vector(2, params.publicValue).finish();
}

/** The message with its header, from params that are encoded and signed. */
export function encodeServerKeyExchange(
  encodedParams: Uint8Array,
  algorithm: number,
  signature: Uint8Array,
): Uint8Array {
  return encodeHandshake(HandshakeType.server_key_exchange, writer => {
    writer.bytes(encodedParams).u16(algorithm).vector(2, signature);
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a curve that is not a named one */
export function parseServerKeyExchangeEcdhe(body: Uint8Array): ServerKeyExchange<EcdheParams> {
  return parseSigned(body, readEcdheParams);
}

/** @throws as parseServerKeyExchangeEcdhe */
export function readEcdheParams(reader: Reader): EcdheParams {
  // RFC 8422 §5.4: explicit curves are not offered, so they are not understood.
  if (reader.u8() !== EcCurveType.named_curve) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', 'ServerKeyExchange: not a named curve');
  }
  return { group: reader.u16(), publicValue: reader.vector(1, 1) };
}

/** @throws ERR_DECODE_ERROR */
export function parseServerKeyExchangeDhe(body: Uint8Array): ServerKeyExchange<DheParams> {
  return parseSigned(body, readDheParams);
}

/** @throws ERR_DECODE_ERROR */
export function readDheParams(reader: Reader): DheParams {
  return { prime: reader.vector(2, 1), generator: reader.vector(2, 1), publicValue: reader.vector(2, 1) };
}

function parseSigned<Params>(body: Uint8Array, parseParams: (reader: Reader) => Params): ServerKeyExchange<Params> {
  const reader = new Reader(body, 'ServerKeyExchange');
  const params = parseParams(reader);
  const encodedParams = body.subarray(0, reader.offset);
  const algorithm = reader.u16();
  const signature = reader.vector(2);
  reader.end();
  return { params, encodedParams, algorithm, signature };
}

/** ClientKeyExchange with an EC point: a length of one byte. */
export function encodeClientKeyExchangeEcdhe(publicValue: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.client_key_exchange, writer => writer.vector(1, publicValue));
}

/** The client's public value, 1-255 bytes. @throws ERR_DECODE_ERROR */
export function parseClientKeyExchangeEcdhe(body: Uint8Array): Uint8Array {
  return parseSingleVector(body, 1, 1);
}

/** ClientKeyExchange with a Diffie-Hellman value or an RSA ciphertext: a length of two bytes. */
export function encodeClientKeyExchange(value: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.client_key_exchange, writer => writer.vector(2, value));
}

/** The client's dh_Yc, 1-65,535 bytes. @throws ERR_DECODE_ERROR */
export function parseClientKeyExchangeDhe(body: Uint8Array): Uint8Array {
  return parseSingleVector(body, 2, 1);
}

/** The EncryptedPreMasterSecret; its length is the Decrypter's business. @throws ERR_DECODE_ERROR */
export function parseClientKeyExchangeRsa(body: Uint8Array): Uint8Array {
  return parseSingleVector(body, 2, 0);
}

function parseSingleVector(body: Uint8Array, prefix: 1 | 2, minimum: number): Uint8Array {
  const reader = new Reader(body, 'ClientKeyExchange');
  const value = reader.vector(prefix, minimum);
  reader.end();
  return value;
}
