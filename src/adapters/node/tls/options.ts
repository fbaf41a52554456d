// What a TLSSocket takes beside the options of its context, with the names of node:tls.

import type { EventEmitter } from 'node:events';
import type { ConnectionOptions as NodeConnectOptions } from 'node:tls';
import type { Legacy } from '../../../connection/older_config.ts';
import type { OnReadOptions } from '../stream/on_read.ts';
import type { StartTlsProtocol } from '../stream/starttls.ts';
import type { SecureContextOptions } from './context_options.ts';
import type { TraceTarget } from './json_trace.ts';
import type { AlpnInput } from './names.ts';
import type { SecureContext } from './secure_context.ts';

export type PskAnswer = { readonly psk: Uint8Array; readonly identity: string };

/** What TLSSocket takes, whatever its role. */
export interface TLSSocketOptions extends SecureContextOptions {
  readonly secureContext?: SecureContext;
  readonly isServer?: boolean;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
  readonly ALPNProtocols?: AlpnInput;
  readonly ALPNCallback?: (offer: { servername: string; protocols: string[] }) => string | undefined;
  /** @param offer what node's has not: the protocols that the client offers */
  readonly SNICallback?: (
    servername: string,
    callback: (error: Error | null, context?: SecureContext | null) => void,
    offer: { readonly protocols: string[] },
  ) => void;
  readonly session?: Uint8Array;
  readonly requestOCSP?: boolean;
  readonly enableTrace?: boolean;
  /** Castls: where and how each connection is traced, from its beginning on. */
  readonly trace?: TraceTarget;
  readonly highWaterMark?: number;
  readonly allowHalfOpen?: boolean;
  /** Milliseconds. Default 120,000. */
  readonly handshakeTimeout?: number;
  /** Castls: milliseconds for which handshakes may hold the loop before they go on in its next turn. See `CommonOptions`. */
  readonly maxBlockMs?: number;
  /**
   * Castls: the first ten records of data, and those after a second of silence, fit in a TCP segment. Default false, but for servers
   * of castls/https.
   */
  readonly dynamicRecordSizing?: boolean;
  /**
   * Castls: milliseconds that a peer may stay silent after this side has ended, before the socket is closed as if the
   * peer had. Default 30,000; 0 for ever.
   */
  readonly halfOpenTimeout?: number;
  /**
   * Castls: an end of the peer's without close_notify is an error (ERR_TRUNCATED), unless this side ended first. Default
   * false, as in node:tls: it is "end", and `truncated` is true.
   */
  readonly requireCloseNotify?: boolean;
  readonly servername?: string;
  /** Bits, 1024-8192: the smallest group taken from a TLS 1.2 server with DHE. Default 2048, in node:tls 1024. */
  readonly minDHSize?: number;
  readonly checkServerIdentity?: NodeConnectOptions['checkServerIdentity'];
  // Clients are asked with the hint of a TLS 1.2 server, else with null; servers with the socket and the identity.
  readonly pskCallback?:
    | ((hint: string | null) => PskAnswer | null)
    | ((socket: unknown, identity: string) => Uint8Array | { readonly psk: Uint8Array } | null);
  /** Server: the hint of TLS 1.2, 256 bytes at most. */
  readonly pskIdentityHint?: string;
  readonly signal?: AbortSignal;
  /** Server: whose "newSession", "resumeSession", "OCSPRequest" and contexts this socket uses. */
  readonly server?: EventEmitter;
  /** Castls: a client offers to show its certificate after the handshake (RFC 9846 §4.6.2). Default false, as node:tls. */
  readonly postHandshakeAuth?: boolean;
  /**
   * Castls, client: bytes to send before the handshake is over, if `session` allows as many (RFC 9846 §2.3). Anybody who
   * sees them can send them to the server again. `earlyData` of the socket tells whether the server took them; where it
   * did not, they are lost, and nothing is sent again.
   */
  readonly earlyData?: Uint8Array;
  /** Castls: SSL 3.0, TLS 1.0 or TLS 1.1 and nothing else: what `legacy()` of castls/legacy made. */
  readonly legacy?: Legacy;
  /** Data goes to buffers of the program's, and not through the stream. What is no such object is passed over, as in node:net. */
  readonly onread?: OnReadOptions;
  /** Castls: begin in the clear, as the protocol does, and change to TLS. */
  readonly starttls?: StartTlsProtocol;
}
