// What one connection brings to the hooks of a server: PSKs, sessions by ID, staples, contexts by name.

import type { EventEmitter } from 'node:events';
import { TlsError } from '../../../base/errors.ts';
import type { Fleet } from '../../../connection/fleet.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { ClientHelloInfo, ExternalPsk } from '../../../handshake/flow/settings.ts';
import type { SessionIdStore } from '../../../handshake/sessions/stores.ts';
import type { TLSSocketOptions } from './options.ts';
import { pskSuites12, serverPsk } from './psk.ts';
import type { SecureContext } from './secure_context.ts';
import type { ChosenContext, ClientRules, ServerPeer, ServerSide } from './server_side.ts';

/** The server a socket belongs to. */
export interface ServerOwner extends EventEmitter {
  readonly side: ServerSide;
  readonly sessionTimeout: number;
  readonly fleet: Fleet | null;
  contextFor(serverName: string): ChosenContext | null;
}

export interface SocketSide {
  onHello(hello: ClientHelloInfo): void;
  onRules(rules: ClientRules): void;
  /** The socket owns the key. */
  onPsk(psk: ExternalPsk): void;
  /** The context that setKeyCert gave. */
  override(): SecureContext | null;
}

/** `server` of a socket that no server of castls made: its events and, where it is one of ours, its contexts. */
export function ownerOf({ server, sessionTimeout = 300 }: TLSSocketOptions): ServerOwner | undefined {
  if (server === undefined) return undefined;
  if ('contextFor' in server) return server as ServerOwner;
  return Object.create(server, {
    sessionTimeout: { value: sessionTimeout },
    fleet: { value: null },
    contextFor: { value: () => null },
  });
}

export function serverPeer(
  socket: object,
  provider: CryptoProvider,
  options: TLSSocketOptions,
  server: ServerOwner | undefined,
  side: SocketSide,
): ServerPeer {
  const findPsk = serverPsk(socket, provider, options, psk => side.onPsk(psk));
  return {
    socket,
    onHello: hello => side.onHello(hello),
    onRules: rules => side.onRules(rules),
    override: () => side.override(),
    findPsk,
    psk12: pskSuites12(options, findPsk),
    sessionIds: server === undefined ? null : sessionEvents(server),
    contextFor: name => server?.contextFor(name) ?? null,
    staple: server === undefined || server.listenerCount('OCSPRequest') === 0 ? null : stapleFrom(server),
  };
}

/** "newSession" and "resumeSession": TLS 1.2 sessions by their ID, kept by whoever listens. */
function sessionEvents(server: ServerOwner): SessionIdStore | null {
  if (server.listenerCount('newSession') === 0 && server.listenerCount('resumeSession') === 0) return null;
  return {
    lifetime: server.sessionTimeout,
    store: (id, state) =>
      new Promise(resolve => {
        // The state is wiped after the call; the listener keeps its own.
        const kept = Buffer.from(state);
        if (!server.emit('newSession', Buffer.from(id), kept, () => resolve())) resolve();
      }),
    load: id =>
      new Promise((resolve, reject) => {
        const answer = (error: Error | null, state?: Uint8Array | null): void => {
          if (error) reject(error);
          else resolve(state == null ? null : new Uint8Array(state));
        };
        if (!server.emit('resumeSession', Buffer.from(id), answer)) resolve(null);
      }),
  };
}

/** "OCSPRequest": the response to staple, from whoever listens. */
function stapleFrom(server: ServerOwner): NonNullable<ServerPeer['staple']> {
  return ({ certificateChain: [leaf, issuer] }) =>
    new Promise((resolve, reject) => {
      const answer = (error: Error | null, response?: Uint8Array | null): void => {
        if (error) reject(new TlsError('ERR_HOOK_FAILED', 'OCSPRequest failed', { cause: error }));
        else resolve(response == null ? null : new Uint8Array(response));
      };
      const asBuffer = (der: Uint8Array | undefined) => (der === undefined ? null : Buffer.from(der));
      server.emit('OCSPRequest', asBuffer(leaf), asBuffer(issuer), answer);
    });
}
