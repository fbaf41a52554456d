// What a server socket asks of its handshake: node:tls options as ServerSettings. The config is made once for a server;
// hooks that belong to one connection are put over it.

import { TlsError } from '../../../base/errors.ts';
import { type ServerConfig, serverConfig } from '../../../connection/config.ts';
import type { EarlyDataOptions } from '../../../connection/early_data.ts';
import type { Fleet } from '../../../connection/fleet.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { Awaitable } from '../../../crypto/secret.ts';
import type { PskServer12, ServerSettings } from '../../../handshake/flow/roles.ts';
import type { ClientHelloInfo, Credential, ExternalPsk } from '../../../handshake/flow/settings.ts';
import { MemorySingleUseRegister } from '../../../handshake/sessions/single_use.ts';
import type { SessionIdStore, TicketStore } from '../../../handshake/sessions/stores.ts';
import { isFiniteFieldGroup } from '../../../registry/named_groups.ts';
import { ProtocolVersion, type ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import { nodeArgumentError } from './argument_errors.ts';
import { parseAlpn } from './names.ts';
import { olderRanges } from './older_ranges.ts';
import type { TLSSocketOptions } from './options.ts';
import { profile } from './profile.ts';
import { serverPsk12, suitesWithKeys } from './psk.ts';
import { type ContextSettings, SecureContext } from './secure_context.ts';

/** Whether clients are asked for a certificate, and whether they go on without a good one. */
export interface ClientRules {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/** A context for some names, with rules of its own where it has some. */
export interface ChosenContext {
  readonly context: SecureContext;
  readonly rules?: Partial<ClientRules>;
}

/** What one connection brings along. */
export interface ServerPeer {
  /** `this` of callbacks. */
  readonly socket: object;
  /** The hello of the client, before a certificate is chosen. */
  onHello(hello: ClientHelloInfo): void;
  /** A context that stands in for all others. */
  override(): SecureContext | null;
  /** The key for an identity; whoever answers owns it. */
  readonly findPsk: ((identity: Uint8Array) => ExternalPsk | null) | null;
  /** The same for the PSK suites of TLS 1.2. */
  readonly psk12: PskServer12 | null;
  readonly sessionIds: SessionIdStore | null;
  /** Context for a name that the server knows by addContext; null for none. */
  contextFor(serverName: string): ChosenContext | null;
  /** What the context of this client asks for. */
  onRules(rules: ClientRules): void;
  /** A stapled response for the chosen certificate; null for none. */
  readonly staple: ((credential: Credential) => Promise<Uint8Array | null>) | null;
}

/** Options that a server has beside those of its sockets. */
export type ServerSideOptions = TLSSocketOptions & {
  readonly acceptEarlyData?: boolean | Partial<EarlyDataOptions>;
  readonly fleet?: Fleet;
};

export class ServerSide {
  readonly #options: ServerSideOptions;
  readonly #context: SecureContext;
  readonly #config: ServerConfig;
  /** Configs of the contexts that names choose. */
  readonly #others = new WeakMap<SecureContext, ServerConfig>();

  constructor(context: SecureContext, options: ServerSideOptions) {
    if (options.ALPNProtocols !== undefined && options.ALPNCallback !== undefined) {
      throw nodeArgumentError(
        'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS',
        'The ALPNCallback and ALPNProtocols TLS options are mutually exclusive',
      );
    }
    this.#options = options;
    this.#context = context;
    this.#config = makeConfig(context, { context }, options);
  }

  get handshakeTimeout(): number {
    return this.#options.handshakeTimeout ?? this.#config.handshakeTimeout;
  }

  /** The chosen context decides before anything else does: trust, authorities, certificates, sessions, suites. */
  settings(peer: ServerPeer): ServerSettings {
    const own = { context: this.#context };
    return this.#settingsOf(own, peer, hello => {
      peer.onHello(hello);
      const chosen = this.#chooseContext(hello, peer);
      if (chosen instanceof Promise) return chosen.then(other => this.#settingsOf(other ?? own, peer));
      // The settings are as they were, unless setKeyCert was called meanwhile.
      if (chosen === null && peer.override() === null) return null;
      return this.#settingsOf(chosen ?? own, peer);
    });
  }

  #settingsOf(chosen: ChosenContext, peer: ServerPeer, forClient: ServerSettings['forClient'] = null): ServerSettings {
    const base = this.#configOf(chosen).settings();
    const { findPsk } = peer;
    const { ALPNCallback } = this.#options;
    peer.onRules(rulesOf(chosen, this.#options));
    return {
      ...base,
      // What setKeyCert or "OCSPRequest" will bring is not known yet.
      ownFingerprints: peer.override() === null ? base.ownFingerprints : null,
      sessionIds: peer.sessionIds ?? base.sessionIds,
      selectAlpn: ALPNCallback === undefined ? base.selectAlpn : hello => chooseAlpn(peer.socket, ALPNCallback, hello),
      findExternalPsk: findPsk,
      psk12: base.psk12 && peer.psk12,
      renewTickets: profile().renewTickets,
      forClient,
      afterHandshake: base,
      selectCredential: (hello, signal) => present(base, hello, signal, peer),
    };
  }

  #configOf(chosen: ChosenContext): ServerConfig {
    if (chosen.context === this.#context) return this.#config;
    let config = this.#others.get(chosen.context);
    if (config === undefined) {
      config = makeConfig(this.#context, chosen, this.#options);
      this.#others.set(chosen.context, config);
    }
    return config;
  }

  #chooseContext(hello: ClientHelloInfo, peer: ServerPeer): Awaitable<ChosenContext | null> {
    const { serverName } = hello;
    if (serverName === null) return null;
    const { SNICallback } = this.#options;
    if (SNICallback === undefined) return peer.contextFor(serverName);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, context?: SecureContext | null) => {
        if (error) reject(error);
        else if (context == null) resolve(null);
        else if (context instanceof SecureContext) resolve({ context });
        else reject(nodeArgumentError('ERR_TLS_INVALID_CONTEXT', 'Invalid SNI context'));
      };
      // What node's callback has not: a certificate may be for one protocol alone (RFC 8737 §3).
      SNICallback.call(peer.socket, serverName, done, { protocols: [...hello.alpn] });
    });
  }
}

function present(
  base: ServerSettings,
  hello: ClientHelloInfo,
  signal: AbortSignal,
  peer: ServerPeer,
): Awaitable<Credential | null> {
  const override = peer.override();
  const select = override === null ? base.selectCredential : selectorOf(override);
  const chosen = select(hello, signal);
  const { staple } = peer;
  if (staple === null) return chosen;
  return Promise.resolve(chosen).then(async credential => {
    if (credential === null) return null;
    const ocspResponse = await staple(credential);
    return ocspResponse === null ? credential : { ...credential, ocspResponse };
  });
}

const selectors = new WeakMap<SecureContext, ServerSettings['selectCredential']>();

/** The choice among the certificates of a context that setKeyCert gave. */
function selectorOf(context: SecureContext): ServerSettings['selectCredential'] {
  let selector = selectors.get(context);
  if (selector === undefined) {
    const { provider, settings, credentials } = context;
    const config = olderRanges()?.server ?? serverConfig;
    selector = config({ ...settings, provider, credentials }).settings().selectCredential;
    selectors.set(context, selector);
  }
  return selector;
}

function rulesOf({ rules }: ChosenContext, options: TLSSocketOptions): ClientRules {
  return {
    requestCert: rules?.requestCert ?? options.requestCert ?? false,
    rejectUnauthorized: rules?.rejectUnauthorized ?? options.rejectUnauthorized ?? true,
  };
}

/** @param server its context, whose lists hold where the chosen one says nothing */
function makeConfig(server: SecureContext, chosen: ChosenContext, options: ServerSideOptions): ServerConfig {
  const { context } = chosen;
  const settings = settingsOf(server, context);
  const provided = { provider: context.provider, settings };
  const { requestCert, rejectUnauthorized } = rulesOf(chosen, options);
  const config = options.legacy?.server ?? olderRanges()?.server ?? serverConfig;
  return config({
    ...settings,
    ...suitesWithKeys(provided, options),
    psk12: serverPsk12(provided, options),
    provider: context.provider,
    // As node:tls: a context without certificates changes nothing about them.
    credentials: context.credentials.length > 0 ? context.credentials : server.credentials,
    clientAuth: requestCert ? (rejectUnauthorized ? 'require' : 'request') : 'none',
    // For requestClientCertificate, too, which may come where the handshake asks for none.
    verifier: context.verifier,
    dangerouslyContinueUnverified: !rejectUnauthorized,
    certificateAuthorities: context.certificateAuthorities,
    tickets: ticketsOf(server, context, options.fleet),
    sessionIds: options.fleet?.sessionIds,
    preferServerOrder: context.honorCipherOrder,
    alpn: options.ALPNProtocols == null ? undefined : parseAlpn(options.ALPNProtocols),
    handshakeTimeout: options.handshakeTimeout || undefined,
    maxBlockMs: options.maxBlockMs,
    earlyData: earlyDataOf(options),
  });
}

const registers = new WeakMap<object, MemorySingleUseRegister>();

/** With a register in this process where none is given, one for all contexts of a server. */
function earlyDataOf(options: ServerSideOptions) {
  const { acceptEarlyData } = options;
  if (acceptEarlyData === undefined || acceptEarlyData === null || acceptEarlyData === false) return undefined;
  if (acceptEarlyData !== true && typeof acceptEarlyData !== 'object') {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'acceptEarlyData is true, false or an object');
  }
  if (options.fleet !== undefined) {
    return { register: options.fleet.register, ...(acceptEarlyData === true ? {} : acceptEarlyData) };
  }
  let register = registers.get(options);
  if (register === undefined) registers.set(options, (register = new MemorySingleUseRegister()));
  return { register, ...(acceptEarlyData === true ? {} : acceptEarlyData) };
}

/** What the chosen context leaves open is as the server has it; a version is spoken where both allow it. */
function settingsOf(own: SecureContext, context: SecureContext): ContextSettings {
  const { settings: server } = own;
  const { settings: chosen } = context;
  const highest = (a: ProtocolVersionName, b: ProtocolVersionName) => (ProtocolVersion[a] > ProtocolVersion[b] ? a : b);
  const lowest = (a: ProtocolVersionName, b: ProtocolVersionName) => (ProtocolVersion[a] < ProtocolVersion[b] ? a : b);
  return {
    ...withFiniteFields(context.provider, own.finiteFields || context.finiteFields, {
      cipherSuites: chosen.cipherSuites ?? server.cipherSuites,
      groups: chosen.groups ?? server.groups,
    }),
    signatureSchemes: chosen.signatureSchemes ?? server.signatureSchemes,
    minVersion: highest(chosen.minVersion ?? 'TLSv1.2', server.minVersion ?? 'TLSv1.2'),
    maxVersion: lowest(chosen.maxVersion ?? 'TLSv1.3', server.maxVersion ?? 'TLSv1.3'),
    certificateCompression: chosen.certificateCompression ?? server.certificateCompression,
    peerCertificateTypes: chosen.peerCertificateTypes ?? server.peerCertificateTypes,
    delegatedCredentials: chosen.delegatedCredentials ?? server.delegatedCredentials,
    sessionContext: chosen.sessionContext ?? server.sessionContext,
    now: chosen.now ?? server.now,
  };
}

type Lists = Pick<ContextSettings, 'cipherSuites' | 'groups'>;

/** As node:tls: a server has DHE only with `dhparam: 'auto'`, or where `ecdhCurve` names a finite field. */
function withFiniteFields(provider: CryptoProvider, auto: boolean, { cipherSuites, groups }: Lists): Lists {
  const fields = provider.groups.filter(({ id }) => isFiniteFieldGroup(id)).map(({ name }) => name);
  if (auto) {
    const others = groups ?? provider.groups.map(({ name }) => name).filter(name => !fields.includes(name));
    return { cipherSuites, groups: [...others, ...['ffdhe2048', 'ffdhe3072'].filter(name => fields.includes(name))] };
  }
  if (cipherSuites === undefined || groups?.some(name => fields.includes(name))) return { cipherSuites, groups };
  const dhe = new Set(provider.cipherSuites12.filter(suite => suite.keyExchange === 'dhe').map(({ name }) => name));
  return { cipherSuites: cipherSuites.filter(name => !dhe.has(name)), groups };
}

/** The server's ticket keys, which setTicketKeys replaces, unless the context brings some or gives no tickets. */
function ticketsOf(server: SecureContext, context: SecureContext, fleet: Fleet | undefined): TicketStore | undefined {
  const own = context.bringsTicketKeys || context.ticketStore === null;
  const store: TicketStore | null = own ? context.ticketStore : (fleet?.tickets ?? server.ticketStore);
  if (store === null) return undefined;
  const lifetime = fleet === undefined ? context.sessionTimeout : Math.min(context.sessionTimeout, store.lifetime);
  if (store.lifetime === lifetime) return store;
  const seal: TicketStore['seal'] = (state, signal) => store.seal(state, signal);
  const open: TicketStore['open'] = (ticket, signal) => store.open(ticket, signal);
  return { lifetime, now: store.now, seal, open, spend: (ticket, signal) => store.spend?.(ticket, signal) ?? true };
}

/** As node:tls: without an answer the connection is refused. */
function chooseAlpn(
  socket: object,
  callback: NonNullable<TLSSocketOptions['ALPNCallback']>,
  hello: ClientHelloInfo,
): string {
  const chosen = callback.call(socket, { servername: hello.serverName ?? '', protocols: [...hello.alpn] });
  if (chosen === undefined) throw new TlsError('ERR_NO_APPLICATION_PROTOCOL', 'ALPNCallback refused the protocols');
  if (!hello.alpn.includes(chosen)) {
    const cause = nodeArgumentError(
      'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT',
      `ALPN callback returned a value (${chosen}) that did not match any of the client's offered protocols (${hello.alpn.join(', ')})`,
    );
    throw new TlsError('ERR_NO_APPLICATION_PROTOCOL', 'ALPNCallback chose what the client does not offer', { cause });
  }
  return chosen;
}
