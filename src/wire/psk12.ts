// What a pre-shared key adds to the key exchange messages of TLS 1.2 (RFC 4279 §2-3, RFC 5489 §2): the hint before the
// server's params, the identity before the client's public value.

import { HandshakeType } from '../registry/handshake_types.ts';
import { encodeHandshake } from './handshake_message.ts';
import { type DheParams, type EcdheParams, readDheParams, readEcdheParams } from './key_exchange12.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** How a PSK suite agrees on more than the key. */
export type PskExchangeKind = 'psk' | 'ecdhe' | 'dhe';

/** ServerKeyExchange of a PSK suite: without a signature. */
export interface PskServerParams {
  /** 0-65,535 bytes; empty for none. */
  readonly identityHint: Uint8Array;
  readonly ecdhe: EcdheParams | null;
  readonly dhe: DheParams | null;
}

/** @param encodedParams ServerECDHParams or ServerDHParams; empty with a PSK alone */
export function encodePskServerKeyExchange(identityHint: Uint8Array, encodedParams: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.server_key_exchange, writer => {
    writer.vector(2, identityHint).bytes(encodedParams);
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a curve that is not a named one */
export function parsePskServerKeyExchange(body: Uint8Array, kind: PskExchangeKind): PskServerParams {
  const reader = new Reader(body, 'ServerKeyExchange');
  const identityHint = reader.vector(2);
  const ecdhe = kind === 'ecdhe' ? readEcdheParams(reader) : null;
  const dhe = kind === 'dhe' ? readDheParams(reader) : null;
  reader.end();
  return { identityHint, ecdhe, dhe };
}

/** @param identity 0-65,535 bytes @param publicValue null with a PSK alone */
export function encodePskClientKeyExchange(
  identity: Uint8Array,
  kind: PskExchangeKind,
  publicValue: Uint8Array | null,
): Uint8Array {
  return encodeHandshake(HandshakeType.client_key_exchange, writer => {
    writer.vector(2, identity);
    if (publicValue !== null) writer.vector(kind === 'ecdhe' ? 1 : 2, publicValue);
  });
}

/** The identity, and the client's public value (null with a PSK alone). @throws ERR_DECODE_ERROR */
export function parsePskClientKeyExchange(
  body: Uint8Array,
  kind: PskExchangeKind,
): { readonly identity: Uint8Array; readonly publicValue: Uint8Array | null } {
  const reader = new Reader(body, 'ClientKeyExchange');
  const identity = reader.vector(2);
  const publicValue = kind === 'psk' ? null : reader.vector(kind === 'ecdhe' ? 1 : 2, 1);
  reader.end();
  return { identity, publicValue };
}

/** The length that stands before each half of a premaster secret (RFC 4279 §2). */
export function encodeLength(length: number): Uint8Array {
  return new Writer().u16(length).finish();
}
