// What comes after the handshake: the messages that begin something, and a server's request for a certificate.

import { TlsError } from '../base/errors.ts';
import { flag, readOptions } from '../base/options.ts';
import { OLDER } from '../base/variant.ts';
import type { Steps } from '../handshake/flow/flow.ts';
import type { Handshake } from '../handshake/flow/handshake.ts';
import type { Negotiated } from '../handshake/flow/negotiated.ts';
import type { ClientSettings, PendingRequest, ServerSettings } from '../handshake/flow/roles.ts';
import { refuseRenegotiation } from '../handshake/tls12/post_handshake12.ts';
import { mayCome13, postHandshake13 } from '../handshake/tls13/post_handshake13.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';

export interface CertificateDemand {
  /** Refuse a client that shows none (ERR_CERTIFICATE_REQUIRED). Default: as in the handshake, by `clientAuth`. */
  readonly require?: boolean;
}

export class PostHandshake {
  #refusedRenegotiations = 0;
  #pendingRequest: PendingRequest | null = null;

  /**
   * Which messages may come after the handshake, by the header alone.
   * @param busy a flow waits for a job: what belongs to it may come already
   * @throws ERR_UNEXPECTED_MESSAGE
   */
  admit(negotiated: Negotiated, type: number, busy: boolean): void {
    const allowed =
      !OLDER || negotiated.version === TLS13
        ? mayCome13(negotiated, type, this.#pendingRequest !== null) || (busy && lateAnswers.has(type))
        : type === (negotiated.role === 'client' ? HandshakeType.hello_request : HandshakeType.client_hello);
    if (!allowed) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `handshake message ${type} after the handshake`);
  }

  /**
   * A message of TLS 1.2 and below: a request to renegotiate, which is to be answered by no_renegotiation.
   * @throws whatever refuseRenegotiation throws
   */
  message12(role: 'client' | 'server', message: HandshakeMessage): void {
    if (OLDER) refuseRenegotiation(role, message, this.#refusedRenegotiations++);
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
    const required = require ?? hs.settings.clientAuth === 'require';
    this.#pendingRequest = hs.settings.lateAuthentication.request(hs, required);
  }

  /** The client answered. */
  answered(): void {
    this.#pendingRequest = null;
  }

  dispose(): void {
    this.#pendingRequest?.transcript.dispose();
  }
}

const TLS13 = ProtocolVersion['TLSv1.3'];

/** Behind the Certificate of an authentication after the handshake. */
const lateAnswers: ReadonlySet<number> = new Set([HandshakeType.certificate_verify, HandshakeType.finished]);

function isServer(hs: Handshake<ClientSettings | ServerSettings>): hs is Handshake<ServerSettings> {
  return hs.settings.role === 'server';
}
