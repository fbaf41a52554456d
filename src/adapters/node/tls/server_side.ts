// What a server socket asks of its handshake: node:tls options as ServerSettings. The config is made once for a server;
// hooks that belong to one connection are put over it.

import { TlsError } from '../../../base/errors.ts';
import { type ServerConfig, serverConfig } from '../../../connection/config.ts';
import type { Awaitable } from '../../../crypto/secret.ts';
import type { ServerSettings } from '../../../handshake/flow/roles.ts';
import type { ClientHelloInfo, Credential, ExternalPsk } from '../../../handshake/flow/settings.ts';
import type { SessionIdStore } from '../../../handshake/sessions/stores.ts';
import { parseAlpn } from './names.ts';
import type { TLSSocketOptions } from './options.ts';
import type { SecureContext } from './secure_context.ts';

/** What one connection brings along. */
export interface ServerPeer {
  /** The hello of the client, before a certificate is chosen. */
  onHello(hello: ClientHelloInfo): void;
  /** A context that stands in for all others. */
  override(): SecureContext | null;
  /** The key for an identity; whoever answers owns it. */
  readonly findPsk: ((identity: Uint8Array) => ExternalPsk | null) | null;
  readonly sessionIds: SessionIdStore | null;
  /** Context for a name that the server knows by addContext; null for none. */
  contextFor(serverName: string): SecureContext | null;
  /** A stapled response for the chosen certificate; null for none. */
  readonly staple: ((credential: Credential) => Promise<Uint8Array | null>) | null;
}

export class ServerSide {
  readonly #options: TLSSocketOptions;
  readonly #context: SecureContext;
  readonly #config: ServerConfig;

  constructor(context: SecureContext, options: TLSSocketOptions) {
    if (options.ALPNProtocols !== undefined && options.ALPNCallback !== undefined) {
      throw new TlsError('ERR_INVALID_ARGUMENT', 'ALPNProtocols and ALPNCallback exclude each other');
    }
    this.#options = options;
    this.#context = context;
    this.#config = makeConfig(context, options);
  }

  get handshakeTimeout(): number {
    return this.#config.handshakeTimeout;
  }

  settings(peer: ServerPeer): ServerSettings {
    const base = this.#config.settings();
    const { findPsk } = peer;
    return {
      ...base,
      sessionIds: peer.sessionIds,
      findExternalPsk: findPsk === null ? null : identity => findPsk(identity),
      selectCredential: (hello, signal) => {
        peer.onHello(hello);
        const chosen = this.#chooseContext(hello, peer);
        if (chosen instanceof Promise) {
          return chosen.then(context => present(peer.override() ?? context, hello, signal, peer));
        }
        return present(peer.override() ?? chosen, hello, signal, peer);
      },
    };
  }

  #chooseContext(hello: ClientHelloInfo, peer: ServerPeer): Awaitable<SecureContext> {
    const { serverName } = hello;
    if (serverName === null) return this.#context;
    const { SNICallback } = this.#options;
    if (SNICallback === undefined) return peer.contextFor(serverName) ?? this.#context;
    return new Promise((resolve, reject) => {
      SNICallback(serverName, (error, context) => {
        if (error) reject(error);
        else resolve(context ?? this.#context);
      });
    });
  }
}

function present(
  context: SecureContext,
  hello: ClientHelloInfo,
  signal: AbortSignal,
  peer: ServerPeer,
): Awaitable<Credential | null> {
  const chosen = selectorOf(context)(hello, signal);
  const { staple } = peer;
  if (staple === null) return chosen;
  return Promise.resolve(chosen).then(async credential => {
    if (credential === null) return null;
    const ocspResponse = await staple(credential);
    return ocspResponse === null ? credential : { ...credential, ocspResponse };
  });
}

const selectors = new WeakMap<SecureContext, ServerSettings['selectCredential']>();

/** The choice among the certificates of one context. */
function selectorOf(context: SecureContext): ServerSettings['selectCredential'] {
  let selector = selectors.get(context);
  if (selector === undefined) {
    const { provider, settings, credentials } = context;
    selector = serverConfig({ ...settings, provider, credentials }).settings().selectCredential;
    selectors.set(context, selector);
  }
  return selector;
}

function makeConfig(context: SecureContext, options: TLSSocketOptions): ServerConfig {
  const { requestCert = false, rejectUnauthorized = true, ALPNCallback } = options;
  return serverConfig({
    ...context.settings,
    provider: context.provider,
    credentials: context.credentials,
    clientAuth: requestCert ? (rejectUnauthorized ? 'require' : 'request') : 'none',
    // For requestClientCertificate, too, which may come where the handshake asks for none.
    verifier: context.verifier,
    dangerouslyContinueUnverified: !rejectUnauthorized,
    certificateAuthorities: context.certificateAuthorities,
    tickets: context.ticketStore ?? undefined,
    preferServerOrder: context.honorCipherOrder,
    alpn: options.ALPNProtocols === undefined ? [] : parseAlpn(options.ALPNProtocols),
    selectAlpn: ALPNCallback === undefined ? undefined : hello => chooseAlpn(ALPNCallback, hello),
    handshakeTimeout: options.handshakeTimeout,
  });
}

/** As node:tls: without an answer the connection is refused. */
function chooseAlpn(callback: NonNullable<TLSSocketOptions['ALPNCallback']>, hello: ClientHelloInfo): string {
  const chosen = callback({ servername: hello.serverName ?? '', protocols: [...hello.alpn] });
  if (chosen === undefined) throw new TlsError('ERR_NO_APPLICATION_PROTOCOL', 'ALPNCallback refused the protocols');
  return chosen;
}
