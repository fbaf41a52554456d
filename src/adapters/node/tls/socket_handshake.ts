// What a TLSSocket brings to its handshake, and what of it lives no longer than that: context, names, the session to resume,
// PSKs, key log.

import type { Duplex } from 'node:stream';
import type { ClientSettings, ServerSettings } from '../../../handshake/flow/roles.ts';
import type { ClientHelloInfo, ExternalPsk } from '../../../handshake/flow/settings.ts';
import { disposeSession, type Session } from '../../../handshake/sessions/session.ts';
import { type ClientNames, clientNames, clientSide, namesOfStream } from './client_side.ts';
import { JsonTrace, type TraceTarget } from './json_trace.ts';
import { heard } from './key_log.ts';
import type { TLSSocketOptions } from './options.ts';
import type { SecureContext } from './secure_context.ts';
import { ownerOf, type ServerOwner, serverPeer } from './server_peer.ts';
import { ServerSide } from './server_side.ts';
import { newContext, providerOf, sharedContext } from './shared_context.ts';
import { sharedSignatureAlgorithms } from './socket_facts.ts';

/** What the maker of a socket knows beside the options. */
export interface SocketMaker {
  readonly names?: ClientNames;
  readonly server?: ServerOwner;
}

/** The socket whose handshake it is. */
export interface HandshakeSocket {
  servername: string | false | null;
  emit(event: 'keylog', ...given: readonly unknown[]): boolean;
  listenerCount(event: string): number;
}

const none: readonly never[] = [];

/** What the last client offered: most that come to one server offer the same, and sockets keep it for those who ask. */
let lastOffered: readonly number[] = none;

function sharedList(offered: readonly number[]): readonly number[] {
  const same = offered.length === lastOffered.length && offered.every((scheme, i) => scheme === lastOffered[i]);
  if (!same) lastOffered = Object.freeze([...offered]);
  return lastOffered;
}

export class SocketHandshake {
  readonly isServer: boolean;
  readonly context: SecureContext;
  names: ClientNames;
  /** Serialised; null for none. */
  resume: Uint8Array | undefined;
  /** A certificate of the peer was asked for, in the handshake or after it. */
  asked: boolean;
  rejects: boolean;
  /** Of the client's hello; empty at a client. */
  #offeredSchemes: readonly number[] = none;
  /** What setKeyCert gave. */
  override: SecureContext | null = null;
  trace: JsonTrace | null = null;
  readonly #socket: HandshakeSocket;
  readonly #options: TLSSocketOptions;
  readonly #server: ServerOwner | undefined;

  readonly #ownsContext: boolean;
  #usedSession: Session | null = null;
  #psks: readonly ExternalPsk[] = none;

  constructor(socket: HandshakeSocket, options: TLSSocketOptions, { names, server }: SocketMaker) {
    this.#socket = socket;
    this.#options = options;
    this.#server = server;
    this.isServer = options.isServer ?? false;
    this.asked = !this.isServer || options.requestCert === true;
    this.rejects = options.rejectUnauthorized !== false;
    const shared = options.secureContext ?? (this.isServer ? null : sharedContext(providerOf(options), options));
    this.#ownsContext = shared === null;
    this.context = shared ?? newContext(options);
    this.names = names ?? clientNames(options);
    this.resume = options.session;
  }

  /** A host to verify the certificate for, where nobody said one yet. */
  nameHost(host: string | undefined): void {
    if (this.names.host === undefined && host !== undefined) {
      this.names = clientNames({ servername: this.#options.servername, host });
    }
  }

  /** @param stream what the handshake goes over */
  settings(stream: Duplex | undefined): { settings: ClientSettings | ServerSettings; handshakeTimeout: number } {
    const { settings, handshakeTimeout } = this.isServer ? this.#serverSide() : this.#clientSide(stream);
    return { settings: heard(settings, this.#socket, this.#server, this.trace), handshakeTimeout };
  }

  #clientSide(stream: Duplex | undefined): { settings: ClientSettings; handshakeTimeout: number } {
    if (this.names.host === undefined) this.names = namesOfStream(stream, this.#options.servername);
    const options = { ...this.#options, session: this.resume };
    const side = clientSide(this.context, options, this.names, psk => this.#take(psk));
    this.#usedSession = side.session;
    return side;
  }

  #serverSide(): { settings: ServerSettings; handshakeTimeout: number } {
    const owner = this.#server ?? ownerOf(this.#options);
    const side = this.#server?.side ?? new ServerSide(this.context, this.#options);
    const peer = serverPeer(this.#socket, this.context.provider, this.#options, owner, {
      onHello: hello => this.#noteHello(hello),
      onRules: rules => {
        this.asked = rules.requestCert;
        this.rejects = rules.rejectUnauthorized;
      },
      onPsk: psk => this.#take(psk),
      override: () => this.override,
    });
    return { settings: side.settings(peer), handshakeTimeout: side.handshakeTimeout };
  }

  /** Traces the connection from its beginning on. @returns what hears the bytes */
  traceTo({ write, dangerousSecrets = false }: TraceTarget): JsonTrace['bytes'] {
    const { host: peer, serverName } = this.names;
    const about = { peer, serverName, dangerousSecrets };
    this.trace = new JsonTrace(write, this.isServer ? 'server' : 'client', this.context.provider, about);
    return this.trace.bytes;
  }

  #take(psk: ExternalPsk): void {
    this.#psks = [...this.#psks, psk];
  }

  #noteHello(hello: ClientHelloInfo): void {
    this.#socket.servername = hello.serverName ?? false;
    this.#offeredSchemes = sharedList(hello.signatureSchemes);
  }

  /** Schemes both sides take, in the client's order, by OpenSSL's names. */
  get sharedSchemes(): string[] {
    return sharedSignatureAlgorithms(this.#offeredSchemes, this.context.settings.signatureSchemes);
  }

  /** Wipes what the handshake needed, when it is over. */
  release(): void {
    for (const { key } of this.#psks) key.dispose();
    this.#psks = none;
    if (this.#usedSession !== null) disposeSession(this.#usedSession);
    this.#usedSession = null;
  }

  /** With the socket. */
  dispose(): void {
    this.release();
    if (this.#ownsContext) this.context.dispose();
  }
}
