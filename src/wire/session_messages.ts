// The small messages: Finished, NewSessionTicket, KeyUpdate, and those without a body
// (RFC 9846 §4.4.4, §4.5, §4.6; RFC 5246 §7.4.1.1, §7.4.5, §7.4.9; RFC 5077 §3.3).

import { TlsError } from '../base/errors.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { KeyUpdateRequest } from '../registry/psk_key_exchange_modes.ts';
import { type Extension, parseExtensions, writeExtensions } from './extensions.ts';
import { encodeHandshake } from './handshake_message.ts';
import { Reader } from './reader.ts';

export function encodeFinished(verifyData: Uint8Array): Uint8Array {
  return encodeHandshake(HandshakeType.finished, writer => writer.bytes(verifyData));
}

/**
 * The verify_data.
 * @param length what it has to be: the hash's length (1.3), 12 (1.2), 36 (SSL 3.0)
 * @throws ERR_DECODE_ERROR for any other length
 */
export function parseFinished(body: Uint8Array, length: number): Uint8Array {
  const reader = new Reader(body, 'Finished');
  const verifyData = reader.bytes(length);
  reader.end();
  return verifyData;
}

/** NewSessionTicket of TLS 1.3. */
export interface NewSessionTicket13 {
  /** Seconds, at most 604,800. */
  readonly ticketLifetime: number;
  /** 32 bits. */
  readonly ticketAgeAdd: number;
  /** 0-255 bytes. */
  readonly ticketNonce: Uint8Array;
  /** 1-65,535 bytes. */
  readonly ticket: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function encodeNewSessionTicket13(message: NewSessionTicket13): Uint8Array {
  return encodeHandshake(HandshakeType.new_session_ticket, writer => {
    writer.u32(message.ticketLifetime).u32(message.ticketAgeAdd);
    writer.vector(1, message.ticketNonce).vector(2, message.ticket);
    writeExtensions(writer, message.extensions);
  });
}

/** @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a repeated extension */
export function parseNewSessionTicket13(body: Uint8Array): NewSessionTicket13 {
  const reader = new Reader(body, 'NewSessionTicket');
  const ticketLifetime = reader.u32();
  const ticketAgeAdd = reader.u32();
  const ticketNonce = reader.vector(1);
  const ticket = reader.vector(2, 1);
  const extensions = parseExtensions(reader);
  reader.end();
  return { ticketLifetime, ticketAgeAdd, ticketNonce, ticket, extensions };
}

/** NewSessionTicket of TLS 1.2 (RFC 5077). */
export interface NewSessionTicket12 {
  /** Seconds; 0 says nothing. */
  readonly ticketLifetimeHint: number;
  /** 0-65,535 bytes: empty if the server thought better of it. */
  readonly ticket: Uint8Array;
}

export function encodeNewSessionTicket12(message: NewSessionTicket12): Uint8Array {
  return encodeHandshake(HandshakeType.new_session_ticket, writer => {
    writer.u32(message.ticketLifetimeHint).vector(2, message.ticket);
  });
}

/** @throws ERR_DECODE_ERROR */
export function parseNewSessionTicket12(body: Uint8Array): NewSessionTicket12 {
  const reader = new Reader(body, 'NewSessionTicket');
  const ticketLifetimeHint = reader.u32();
  const ticket = reader.vector(2);
  reader.end();
  return { ticketLifetimeHint, ticket };
}

/** @param request KeyUpdateRequest */
export function encodeKeyUpdate(request: number): Uint8Array {
  return encodeHandshake(HandshakeType.key_update, writer => writer.u8(request));
}

/** The KeyUpdateRequest. @throws ERR_DECODE_ERROR; ERR_ILLEGAL_PARAMETER for a value that is none (RFC 9846 §4.6.3) */
export function parseKeyUpdate(body: Uint8Array): number {
  const reader = new Reader(body, 'KeyUpdate');
  const request = reader.u8();
  reader.end();
  if (request !== KeyUpdateRequest.update_not_requested && request !== KeyUpdateRequest.update_requested) {
    throw new TlsError('ERR_ILLEGAL_PARAMETER', `KeyUpdate: request_update is ${request}`);
  }
  return request;
}

export function encodeEndOfEarlyData(): Uint8Array {
  return encodeHandshake(HandshakeType.end_of_early_data, () => {});
}

export function encodeHelloRequest(): Uint8Array {
  return encodeHandshake(HandshakeType.hello_request, () => {});
}

export function encodeServerHelloDone(): Uint8Array {
  return encodeHandshake(HandshakeType.server_hello_done, () => {});
}

/** For EndOfEarlyData, HelloRequest and ServerHelloDone. @throws ERR_DECODE_ERROR if there is a body */
export function parseEmptyMessage(body: Uint8Array, name: string): void {
  new Reader(body, name).end();
}
