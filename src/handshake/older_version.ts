// The versions before TLS 1.3 as settings name them: each brings its own flow, so that a bundle carries those it speaks.

import { TlsError } from '../base/errors.ts';
import type { HandshakeMessage } from '../wire/handshake_message.ts';
import type { ServerHello } from '../wire/server_hello.ts';
import type { ClientOffer } from './client_hello.ts';
import type { Steps } from './flow.ts';
import type { Handshake } from './handshake.ts';
import type { ReceivedHello } from './received_hello.ts';
import type { ClientSettings, ServerSettings } from './settings.ts';

/** A version before TLS 1.3 at a client, such as `tls12Client`. */
export interface OlderClient {
  /** ProtocolVersion. */
  readonly version: number;
  /** From the ServerHello that chose this version, which is not in the transcript yet, to the last Finished. @internal */
  handshake(
    hs: Handshake<ClientSettings>,
    offer: ClientOffer,
    hello: ServerHello,
    message: HandshakeMessage,
  ): Steps<void>;
}

/** A version before TLS 1.3 at a server, such as `tls12Server`. */
export interface OlderServer {
  /** ProtocolVersion. */
  readonly version: number;
  /** From the ClientHello, which is not in the transcript yet, to the last Finished. @internal */
  handshake(hs: Handshake<ServerSettings>, received: ReceivedHello, message: HandshakeMessage): Steps<void>;
}

/** The entry of a version that was negotiated, and so is one of the settings'. */
export function olderVersion<V extends { readonly version: number }>(older: readonly V[], version: number): V {
  const found = older.find(candidate => candidate.version === version);
  if (found === undefined) throw new TlsError('ERR_INTERNAL', `no flow for version 0x${version.toString(16)}`);
  return found;
}
