// Server: net.Server whose connections speak TLS, with the events and methods of tls.Server.

import { captureRejectionSymbol } from 'node:events';
import { type AddressInfo, Server as NetServer, type ServerOpts, type Socket } from 'node:net';
import { TlsError } from '../../../base/errors.ts';
import { refuseBeside } from '../../../base/options.ts';
import type { EarlyDataOptions } from '../../../connection/early_data.ts';
import type { Fleet } from '../../../connection/fleet.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { fillRandom } from '../../../crypto/random.ts';
import { adopting } from '../stream/adopt.ts';
import { bytesOf, requireBytes } from './argument_errors.ts';
import { convertALPNProtocols } from './constants.ts';
import { refuseIgnored } from './context_options.ts';
import { checkedOptions } from './option_tables.ts';
import type { TLSSocketOptions } from './options.ts';
import { SecureContext } from './secure_context.ts';
import type { ServerOwner } from './server_peer.ts';
import { type ChosenContext, ServerSide } from './server_side.ts';
import type { SocketMaker } from './socket_handshake.ts';
import type { TlsSocketBase } from './tls_socket.ts';

export type TlsServerOptions = TLSSocketOptions &
  ServerOpts & {
    /**
     * Castls: handshakes under way at most; beyond that the oldest gives way to the newest, as "tlsClientError" with
     * ERR_TOO_MANY_HANDSHAKES. Default 1024: what strangers begin and do not end is bounded.
     */
    readonly maxHandshakes?: number;
    /**
     * Castls: take early data, as event "earlyData" of server and socket, apart from all other data: true, or how. A
     * `write` before "secureConnection" answers it. Default: none is taken.
     */
    readonly acceptEarlyData?: boolean | Partial<EarlyDataOptions>;
    /**
     * Castls: sessions, ticket keys and the register of early data that this server shares with others: what redisFleet of
     * castls/redis or processFleet of castls/fleet made. Not beside `ticketKeys`. Stays the caller's.
     */
    readonly fleet?: Fleet;
  };

export type SocketClass = new (stream: Socket, options: TLSSocketOptions, maker: SocketMaker) => TlsSocketBase;

const TICKET_KEYS = 48;
const MAX_HANDSHAKES = 1024;

const ServerShaped: typeof NetServer = adopting(NetServer);

export class TlsServerBase extends ServerShaped implements ServerOwner {
  /** As the options have them, the protocols in the form of the wire. */
  ALPNProtocols: Buffer | undefined;
  ALPNCallback: TLSSocketOptions['ALPNCallback'];
  readonly #Socket: SocketClass;
  #options: TLSSocketOptions;
  #context: SecureContext;
  #side: ServerSide;
  /** The same for all sockets until setSecureContext. */
  #socketOptions: TLSSocketOptions | null = null;
  readonly #maker: SocketMaker = { server: this };
  #contexts: { readonly pattern: RegExp; readonly chosen: ChosenContext }[] = [];
  #ticketKeys: Buffer | undefined;
  readonly #maxHandshakes: number;
  /** Sockets whose handshake is under way, the oldest first. */
  readonly #underWay = new Set<TlsSocketBase>();

  /** @param options with `secureContext` or `provider` set */
  constructor(Socket: SocketClass, given: TlsServerOptions, listener?: ((socket: TlsSocketBase) => void) | null) {
    const options = checkedOptions('createServer', given);
    refuseBeside('createServer', options, 'fleet', ['ticketKeys']);
    // No delay, as node:https has it: what belongs together leaves in one write already.
    super(
      {
        ...options,
        noDelay: options.noDelay ?? true,
        highWaterMark: undefined,
      },
      raw => this.#accept(raw),
    );
    refuseIgnored('createServer', options);
    this.#Socket = Socket;
    this.#maxHandshakes = options.maxHandshakes ?? MAX_HANDSHAKES;
    this.#options = options;
    this.#context = options.secureContext ?? makeContext(options);
    this.#side = new ServerSide(this.#context, options);
    this.#ticketKeys = options.ticketKeys === undefined ? undefined : Buffer.from(options.ticketKeys);
    this.ALPNCallback = options.ALPNCallback;
    if (options.ALPNProtocols !== undefined) convertALPNProtocols(options.ALPNProtocols, this);
    if (listener) this.on('secureConnection', listener);
  }

  /** captureRejections: a listener of "secureConnection" that fails costs its connection, as in node:tls. */
  override [captureRejectionSymbol](error: Error, event: string, ...given: unknown[]): void {
    if (event === 'secureConnection') (given[0] as TlsSocketBase).destroy(error);
    else this.emit('error', error);
  }

  get side(): ServerSide {
    return this.#side;
  }

  /** What this server shares with others; null if it shares nothing. */
  get fleet(): Fleet | null {
    return (this.#options as TlsServerOptions).fleet ?? null;
  }

  get sessionTimeout(): number {
    return this.#context.sessionTimeout;
  }

  #accept(raw: Socket): void {
    this.#socketOptions ??= socketOptions(this.#options, this.#context);
    const socket = new this.#Socket(raw, this.#socketOptions, this.#maker);
    // node's http2 finds its server by it.
    Object.assign(socket, { server: this });
    // As with node:tls, which has a listener of its own there: no client takes a server down that does not listen.
    socket.on('error', () => {});
    if ((this.#options as ServerOpts).pauseOnConnect) socket.pause();
    this.#countHandshake(socket);
  }

  /** A stranger that begins handshakes without an end takes the place of its own, not that of the others. */
  #countHandshake(socket: TlsSocketBase): void {
    const over = () => this.#underWay.delete(socket);
    this.#underWay.add(socket);
    socket.once('secure', over).once('close', over);
    if (this.#underWay.size <= this.#maxHandshakes) return;
    const [oldest] = this.#underWay;
    this.#underWay.delete(oldest);
    const error = new TlsError('ERR_TOO_MANY_HANDSHAKES', `${this.#maxHandshakes} handshakes are under way`);
    this.emit('tlsClientError', error, oldest);
    oldest.destroy();
  }

  /** The context for a name: the latest addContext that fits. */
  contextFor(serverName: string): ChosenContext | null {
    return this.#contexts.findLast(({ pattern }) => pattern.test(serverName))?.chosen ?? null;
  }

  /**
   * For clients that ask for this name the context decides: certificates, trust, lists of suites; with options also
   * `requestCert` and `rejectUnauthorized`, which are the server's where they are not said.
   * @param hostname "*" stands for one label
   */
  addContext(hostname: string, context: SecureContext | TLSSocketOptions): void {
    const escaped = hostname
      .toLowerCase()
      .replace(/[.^$+?\-\\[\]{}()|]/g, '\\$&')
      .replaceAll('*', '[^.]*');
    const chosen = context instanceof SecureContext ? { context } : chosenContext(this.#context.provider, context);
    this.#contexts.push({ pattern: new RegExp(`^${escaped}$`), chosen });
  }

  /** Certificates, keys and lists for connections from now on. */
  setSecureContext(given: TLSSocketOptions): void {
    const options = checkedOptions('createServer', given);
    refuseIgnored('setSecureContext', options);
    const { secureContext: _, ...rest } = this.#options;
    this.#context = options.secureContext ?? makeContext({ provider: this.#context.provider, ...options });
    this.#options = { ...rest, ...options };
    this.#socketOptions = null;
    this.#side = new ServerSide(this.#context, this.#options);
    if (this.#ticketKeys !== undefined) this.#context.ticketStore?.replace([this.#ticketKeys]);
  }

  /**
   * 48 bytes. Until they are asked for or set, keys rotate by themselves; from then on they stay.
   * @throws ERR_INVALID_STATE for a server of a fleet, whose keys are nobody's alone
   */
  getTicketKeys(): Buffer {
    this.#requireOwnKeys();
    if (this.#ticketKeys === undefined) {
      const keys = Buffer.alloc(TICKET_KEYS);
      fillRandom(this.#context.provider.random, keys);
      this.setTicketKeys(keys);
    }
    return Buffer.from(this.#ticketKeys as Buffer);
  }

  /** @param keys 48 bytes @throws ERR_INVALID_ARG_TYPE, ERR_BAD_LENGTH; ERR_INVALID_STATE for a server of a fleet */
  setTicketKeys(keys: ArrayBufferView): void {
    this.#requireOwnKeys();
    requireBytes('buffer', keys);
    if (keys.byteLength !== TICKET_KEYS) {
      throw new TlsError('ERR_BAD_LENGTH', 'Session ticket keys must be a 48-byte buffer');
    }
    this.#ticketKeys = Buffer.from(bytesOf(keys));
    this.#context.ticketStore?.replace([this.#ticketKeys]);
  }

  #requireOwnKeys(): void {
    if (this.fleet !== null) throw new TlsError('ERR_INVALID_STATE', 'the ticket keys are those of the fleet');
  }

  /** node's cluster: what the workers of one address share. */
  _getServerData(): { readonly ticketKeys: string } {
    return { ticketKeys: this.getTicketKeys().toString('hex') };
  }

  _setServerData({ ticketKeys }: { readonly ticketKeys: string }): void {
    this.setTicketKeys(Buffer.from(ticketKeys, 'hex'));
  }

  override address(): AddressInfo | string | null {
    return super.address();
  }
}

/** What belongs to one connection is no option of a server's socket. */
function socketOptions(options: TLSSocketOptions, secureContext: SecureContext): TLSSocketOptions {
  const { session: _, signal: __, ...rest } = options;
  return { ...rest, isServer: true, secureContext };
}

/** Options of a socket that are no options of a context: beside a name they would have no effect. */
const notForOneName = [
  'ALPNProtocols',
  'ALPNCallback',
  'SNICallback',
  'pskCallback',
  'handshakeTimeout',
  'maxBlockMs',
  'dynamicRecordSizing',
] as const;

function chosenContext(provider: CryptoProvider, given: TLSSocketOptions): ChosenContext {
  const options = checkedOptions('TLSSocket', given);
  const ignored = notForOneName.find(name => options[name] !== undefined && options[name] !== null);
  if (ignored !== undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `addContext: ${ignored} is an option of the server, not of one name`);
  }
  refuseIgnored('addContext', options);
  const { requestCert, rejectUnauthorized } = options;
  const context = options.secureContext ?? makeContext({ provider, ...options });
  return { context, rules: { requestCert, rejectUnauthorized } };
}

function makeContext(options: TLSSocketOptions): SecureContext {
  if (options.provider === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'there is no provider');
  return new SecureContext(options.provider, options);
}
