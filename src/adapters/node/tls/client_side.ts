// What a client socket asks of its handshake: node:tls options as ClientSettings.

import type { Duplex } from 'node:stream';
import { domainToASCII } from 'node:url';
import { TlsError } from '../../../base/errors.ts';
import { type ClientConfig, type ClientOptions, clientConfig } from '../../../connection/config.ts';
import type { PeerIdentity, PeerVerifier } from '../../../crypto/peer_verifier.ts';
import type { ClientSettings } from '../../../handshake/flow/roles.ts';
import { parseSession, type Session } from '../../../handshake/sessions/session.ts';
import { parseAlpn } from './names.ts';
import { olderRanges } from './older_ranges.ts';
import type { TLSSocketOptions } from './options.ts';
import { legacyCertificate } from './peer_certificate.ts';
import { clientPsk, clientPsk12, suitesWithKeys, type TakePsk } from './psk.ts';
import type { SecureContext } from './secure_context.ts';

/** Settings, and the session of this one connection: its owner disposes of it when the handshake is over. */
export interface ClientSide {
  readonly settings: ClientSettings;
  readonly handshakeTimeout: number;
  readonly session: Session | null;
}

export interface ClientNames {
  /** SNI; empty for none. */
  readonly serverName: string;
  /** Whom the certificate has to be for. */
  readonly host: string | undefined;
}

/** The names of a connection: `servername`, else the host. IDNs become A-labels. */
export function clientNames(options: { servername?: string; host?: string }): ClientNames {
  const host = options.servername || options.host;
  const serverName = options.servername ?? options.host ?? '';
  return { serverName: asciiName(serverName), host: host === undefined ? undefined : asciiName(host) };
}

/** Nobody said a name: that of the host a given socket was connected to, as node:tls takes it, or else its address. */
export function namesOfStream(stream: Duplex | undefined, servername: string | undefined): ClientNames {
  const { _host: name, remoteAddress } = (stream ?? {}) as {
    readonly _host?: unknown;
    readonly remoteAddress?: unknown;
  };
  const host = [name, remoteAddress].find(each => typeof each === 'string' && each !== '') as string | undefined;
  return clientNames({ servername, host });
}

function asciiName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant
  return /^[\x00-\x7f]*$/.test(name) ? name : domainToASCII(name);
}

/** @param take gets the keys that pskCallback gives, now or later */
export function clientSide(
  context: SecureContext,
  options: TLSSocketOptions,
  names: ClientNames,
  take: TakePsk,
): ClientSide {
  const session = storedSession(context, options);
  try {
    const externalPsk = clientPsk(context, options) ?? undefined;
    if (externalPsk !== undefined) take(externalPsk);
    const config = configOf(context, options, names, { externalPsk, psk12: clientPsk12(context, options, take) });
    const serverName = names.serverName || undefined;
    const earlyData = options.earlyData != null && options.earlyData.byteLength > 0;
    const settings =
      session === null && !earlyData
        ? plainSettings(config, serverName)
        : config.settings({ serverName, session: session ?? undefined, earlyData });
    return { settings, handshakeTimeout: options.handshakeTimeout ?? config.handshakeTimeout, session };
  } catch (error) {
    session?.secret.dispose();
    throw error;
  }
}

/** A session of another library, another castls or another time means a full handshake. */
function storedSession({ provider }: SecureContext, { session }: TLSSocketOptions): Session | null {
  if (session === undefined || session === null) return null;
  try {
    return parseSession(new Uint8Array(session), provider);
  } catch {
    return null;
  }
}

const lastPlain = new WeakMap<ClientConfig, ClientSettings>();

/** Without anything of one connection: all that follow each other to one server have the same. */
function plainSettings(config: ClientConfig, serverName: string | undefined): ClientSettings {
  const last = lastPlain.get(config);
  const settings = config.settings({ serverName });
  if (last !== undefined && last.serverName === settings.serverName) return last;
  lastPlain.set(config, settings);
  return settings;
}

type Psks = Pick<ClientOptions, 'externalPsk' | 'psk12'>;

const configs = new WeakMap<SecureContext, Map<string, ClientConfig>>();

/** Configs without anything of one connection are kept with their context. */
function configOf(context: SecureContext, options: TLSSocketOptions, names: ClientNames, psks: Psks): ClientConfig {
  const { checkServerIdentity, minDHSize } = options;
  const namedBySni = names.serverName !== '' && names.serverName === names.host;
  if (
    checkServerIdentity !== undefined ||
    minDHSize !== undefined ||
    options.legacy !== undefined ||
    options.pskCallback !== undefined ||
    !namedBySni
  ) {
    return makeConfig(context, options, verifierOf(context, checkServerIdentity, names), psks);
  }
  const key = JSON.stringify([
    options.rejectUnauthorized !== false,
    options.ALPNProtocols === undefined ? [] : parseAlpn(options.ALPNProtocols),
    options.handshakeTimeout,
    options.maxBlockMs,
    options.postHandshakeAuth === true,
  ]);
  let known = configs.get(context);
  if (known === undefined) configs.set(context, (known = new Map()));
  let config = known.get(key);
  if (config === undefined) known.set(key, (config = makeConfig(context, options, context.verifier, psks)));
  return config;
}

function makeConfig(
  context: SecureContext,
  options: TLSSocketOptions,
  verifier: PeerVerifier,
  psks: Psks,
): ClientConfig {
  const { credentials } = context;
  const config = options.legacy?.client ?? olderRanges()?.client ?? clientConfig;
  return config({
    ...context.settings,
    ...suitesWithKeys(context, options),
    ...psks,
    provider: context.provider,
    alpn: options.ALPNProtocols === undefined ? [] : parseAlpn(options.ALPNProtocols),
    verifier,
    dangerouslyContinueUnverified: options.rejectUnauthorized === false,
    credential: credentials,
    dangerousMinimumDheBits: options.minDHSize ?? undefined,
    postHandshakeAuth: options.postHandshakeAuth,
    sessionTickets: context.ticketStore !== null,
    handshakeTimeout: options.handshakeTimeout || undefined,
    maxBlockMs: options.maxBlockMs,
  });
}

function verifierOf(
  context: SecureContext,
  check: TLSSocketOptions['checkServerIdentity'],
  { host }: ClientNames,
): PeerVerifier {
  if (check === undefined) {
    return { verify: (peer, signal) => context.verifier.verify({ ...peer, serverName: host }, signal) };
  }
  return {
    verify(peer, signal) {
      const judge = (identity: PeerIdentity): PeerIdentity => {
        // A raw public key has no name: pinnedKeys know whose it is.
        if (peer.certificateType === 'RawPublicKey') return identity;
        // As node:tls: a socket without a name is checked as "localhost".
        const error = check(host ?? 'localhost', legacyCertificate(peer.certificates, true) as never);
        if (error) throw new TlsError('ERR_CERT_NAME_MISMATCH', error.message, { cause: error });
        return identity;
      };
      const identity = context.chainVerifier.verify(peer, signal);
      return identity instanceof Promise ? identity.then(judge) : judge(identity);
    },
  };
}
