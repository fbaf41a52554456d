// Handshake messages after a TLS 1.2 handshake: asking to renegotiate is the only thing they can mean, and castls does
// not (RFC 5746 §4.2, RFC 9325 §3.4: the connection goes on under the keys it has).

import { TlsError } from '../../base/errors.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { parseEmptyMessage } from '../../wire/session_messages.ts';

/** Requests that are refused with a warning before the connection ends: as many as warnings of the peer are taken. */
export const MAX_REFUSED_RENEGOTIATIONS = 4;

/**
 * Checks that a message asks for renegotiation, which is answered by a no_renegotiation warning (RFC 5246 §7.2.2).
 * @param refused how many were refused before
 * @throws ERR_UNEXPECTED_MESSAGE for any other message; ERR_RENEGOTIATION_REFUSED when it is enough
 */
export function refuseRenegotiation(role: 'client' | 'server', message: HandshakeMessage, refused: number): void {
  const request = role === 'client' ? HandshakeType.hello_request : HandshakeType.client_hello;
  if (message.type !== request) {
    throw new TlsError('ERR_UNEXPECTED_MESSAGE', `handshake message ${message.type} after the handshake`);
  }
  if (role === 'client') parseEmptyMessage(message.body, 'HelloRequest');
  if (refused >= MAX_REFUSED_RENEGOTIATIONS) {
    throw new TlsError('ERR_RENEGOTIATION_REFUSED', 'the peer insists on renegotiation');
  }
}
