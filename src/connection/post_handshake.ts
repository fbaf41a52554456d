// What comes after the handshake: the messages that begin something, and a server's request for a certificate.

import { TlsError } from '../base/errors.ts';
import { flag, readOptions } from '../base/options.ts';
import type { Steps } from '../handshake/flow/flow.ts';
import type { Handshake } from '../handshake/flow/handshake.ts';
import type { ClientSettings, ServerSettings } from '../handshake/flow/roles.ts';
import { refuseRenegotiation } from '../handshake/tls12/post_handshake12.ts';
import {
  type PendingRequest,
  postHandshake13,
  requestLateAuthentication,
} from '../handshake/tls13/post_handshake13.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';

export interface CertificateDemand {
  /** Refuse a client that shows none (ERR_CERTIFICATE_REQUIRED). Default: as in the handshake, by `clientAuth`. */
  readonly require?: boolean;
}

export class PostHandshake {
  #refusedRenegotiations = 0;
  #pendingRequest: PendingRequest | null = null;

  /**
   * A message of TLS 1.2 and below: a request to renegotiate, which is to be answered by no_renegotiation.
   * @throws whatever refuseRenegotiation throws
   */
  message12(role: 'client' | 'server', message: HandshakeMessage): void {
    refuseRenegotiation(role, message, this.#refusedRenegotiations++);
  }

  /** @returns the flow that the message begins, or null if it is done with @throws whatever postHandshake13 throws */
  message13(hs: Handshake, message: HandshakeMessage, onKeyUpdate: (requested: boolean) => void): Steps<void> | null {
    return postHandshake13(hs, message, this.#pendingRequest, onKeyUpdate);
  }

  /** @throws ERR_INVALID_STATE where a client cannot be asked, or was asked and has not answered */
  requestCertificate(hs: Handshake<ClientSettings | ServerSettings>, options: CertificateDemand): void {
    const { require } = readOptions('requestClientCertificate', { require: flag }, options);
    if (!isServer(hs) || hs.settings.verifier === null || this.#pendingRequest !== null) {
      throw new TlsError('ERR_INVALID_STATE', 'no client certificate can be asked for');
    }
    this.#pendingRequest = requestLateAuthentication(hs, require ?? hs.settings.clientAuth === 'require');
  }

  /** The client answered. */
  answered(): void {
    this.#pendingRequest = null;
  }

  dispose(): void {
    this.#pendingRequest?.transcript.dispose();
  }
}

function isServer(hs: Handshake<ClientSettings | ServerSettings>): hs is Handshake<ServerSettings> {
  return hs.settings.role === 'server';
}
