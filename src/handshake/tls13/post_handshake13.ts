// What may come after a TLS 1.3 handshake (RFC 9846 §4.6): KeyUpdate, tickets, and a client's late authentication.

import { workUnits } from '../../base/cost.ts';
import { TlsError } from '../../base/errors.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import { KeyUpdateRequest } from '../../registry/psk_key_exchange_modes.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import { encodeKeyUpdate, parseKeyUpdate } from '../../wire/session_messages.ts';
import type { Steps } from '../flow/flow.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { Negotiated } from '../flow/negotiated.ts';
import type { ClientSettings, PendingRequest, ServerSettings } from '../flow/roles.ts';

/** Whether a message of this type may stand after the handshake. @param pending a certificate was asked for */
export function mayCome13({ role, postHandshakeTranscript }: Negotiated, type: number, pending: boolean): boolean {
  if (type === HandshakeType.key_update) return true;
  if (role === 'server') return type === HandshakeType.certificate && pending;
  if (type === HandshakeType.certificate_request) return postHandshakeTranscript !== null;
  return type === HandshakeType.new_session_ticket;
}

/**
 * A message that is done at once, or the flow it begins.
 * @param pending a server's request for a certificate
 * @throws ERR_UNEXPECTED_MESSAGE for every message that may not stand here
 */
export function postHandshake13(
  hs: Handshake,
  message: HandshakeMessage,
  pending: PendingRequest | null,
  onKeyUpdate: (requested: boolean) => void,
): Steps<void> | null {
  const { settings, negotiated } = hs;
  if (message.type === HandshakeType.key_update && hs.carrier.traits.keyUpdate) {
    const request = parseKeyUpdate(message.body);
    hs.work.charge(workUnits.keyUpdate, 'a KeyUpdate');
    negotiated.keys13?.update(hs.carrier, 'read');
    onKeyUpdate(request === KeyUpdateRequest.update_requested);
    return null;
  }
  if (isClient(hs)) {
    if (message.type === HandshakeType.new_session_ticket) {
      // Without resumption none was asked for (§4.2.9), and one that comes all the same is of no use.
      hs.settings.features.resumption?.takeTicket(hs, message);
      return null;
    }
    const { clientCertificates } = hs.settings.features;
    const { postHandshakeTranscript } = negotiated;
    if (message.type === HandshakeType.certificate_request && clientCertificates && postHandshakeTranscript !== null) {
      if (++negotiated.certificateRequests > settings.limits.maxCertificateRequests) {
        throw new TlsError('ERR_TOO_MANY_CERTIFICATE_REQUESTS', 'the server asks for a certificate again and again');
      }
      return clientCertificates.authenticateLate(hs, message, postHandshakeTranscript);
    }
  } else if (isServer(hs) && message.type === HandshakeType.certificate && pending !== null) {
    return hs.settings.lateAuthentication.read(hs, message, pending);
  }
  throw new TlsError('ERR_UNEXPECTED_MESSAGE', `handshake message ${message.type} after a ${settings.role} handshake`);
}

function isClient(hs: Handshake): hs is Handshake<ClientSettings> {
  return hs.settings.role === 'client';
}

function isServer(hs: Handshake): hs is Handshake<ServerSettings> {
  return hs.settings.role === 'server';
}

/** Sends a KeyUpdate and goes on with the next write keys (RFC 9846 §4.6.3). */
export function sendKeyUpdate(hs: Handshake, request: boolean): void {
  const wanted = request ? KeyUpdateRequest.update_requested : KeyUpdateRequest.update_not_requested;
  hs.carrier.send(encodeKeyUpdate(wanted));
  hs.negotiated.keys13?.update(hs.carrier, 'write');
}
