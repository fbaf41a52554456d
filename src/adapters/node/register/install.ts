// What castls/register does when it is imported.

import { createRequire, syncBuiltinESMExports } from 'node:module';
import { debuglog } from 'node:util';
import { entryOf } from '../../../base/arguments.ts';
import { TlsError } from '../../../base/errors.ts';
import { nodeTls } from '../stream/of_node.ts';
import { type ConnectArguments, normalizeConnect } from '../tls/connect_arguments.ts';
import { type EstablishedSocket, type Profile, useProfile } from '../tls/profile.ts';
import type { TlsSocketBase } from '../tls/tls_socket.ts';
import { type Builtin, type Judges, nodeProfile } from './profile.ts';
import { optionsOfChildren, packagesBefore, reachOf } from './reach.ts';

type Connect = (...given: ConnectArguments) => TlsSocketBase;

export interface Registered {
  /** Of the entry, which children import too. */
  readonly url: string;
  /** What takes the place of node's, by name. */
  readonly tls: Readonly<Record<string, unknown>> & { readonly connect: Connect };
  readonly https: Readonly<Record<string, unknown>>;
  /** By the names that CASTLS_PROVIDER takes; null for the entry's own. */
  readonly providers: Readonly<Record<string, Profile['provider']>>;
  readonly legacyKeys: Profile['legacyKeys'];
}

const INSTALLED = Symbol.for('castls.register');
const debug = debuglog('castls');

/** Replaces the properties of the builtin objects, unless CASTLS says no. Once in a process. */
export function install({ url, tls, https, providers, legacyKeys }: Registered): void {
  const reach = reachOf(process.env['CASTLS']);
  const state = globalThis as { [INSTALLED]?: boolean };
  if (reach.off || state[INSTALLED]) return;
  const provider = chosenProvider(providers, process.env['CASTLS_PROVIDER']);
  state[INSTALLED] = true;
  const require = createRequire(url);
  // Taken before it is replaced.
  nodeTls();
  const builtin = require('node:tls') as Record<string, unknown>;
  sayWhatIsOutOfReach(Object.keys(require.cache));
  const more = { established: tell, legacyKeys, provider };
  useProfile(nodeProfile(builtin as unknown as Builtin, judgesOf(builtin), tls['createSecureContext'], more));
  const ofNode = nodeConnect(builtin);
  const setOfNode = builtin['setDefaultCACertificates'] as SetCertificates | undefined;
  const { connect, ...replaced } = tls;
  const either = connectBy(connect, (...given) => {
    const { host, servername } = normalizeConnect(given).options;
    return [host, servername].some(name => typeof name === 'string' && reach.leavesToNode(name)) ? ofNode : null;
  });
  builtin['connect'] = named('connect', either);
  for (const [name, own] of Object.entries(replaced)) {
    if (name in builtin || name !== 'createSecurePair') builtin[name] = named(name, own);
  }
  const setDefault = setForBoth(setOfNode, tls['setDefaultCACertificates'] as SetCertificates);
  builtin['setDefaultCACertificates'] = named('setDefaultCACertificates', setDefault);
  Object.assign(require('node:https') as object, https);
  syncBuiltinESMExports();
  process.env['NODE_OPTIONS'] = optionsOfChildren(url, process.env['NODE_OPTIONS']);
}

/** @throws ERR_INVALID_ARGUMENT for a name that is none: nobody gets other cryptography than they asked for */
function chosenProvider(providers: Registered['providers'], name = ''): Profile['provider'] {
  const chosen = name === '' ? null : entryOf(providers, name);
  if (chosen !== undefined) return chosen;
  const names = Object.keys(providers).join(' or ');
  throw new TlsError('ERR_INVALID_ARGUMENT', `CASTLS_PROVIDER is ${names}, not "${name}"`);
}

/** Bundles shorten names, which programs print and instruments look for. */
function named(name: string, own: unknown): unknown {
  if (typeof own === 'function' && own.name !== name) Object.defineProperty(own, 'name', { value: name });
  return own;
}

type SetCertificates = (certificates: readonly unknown[]) => void;

/** node says in its own words what it refuses, and hosts that are left to it trust the same. */
function setForBoth(ofNode: SetCertificates | undefined, own: SetCertificates): SetCertificates {
  return function setDefaultCACertificates(certificates) {
    ofNode?.(certificates);
    own(certificates);
  };
}

/** Taken before they are replaced. */
function judgesOf(builtin: Record<string, unknown>): Judges {
  const context = builtin['createSecureContext'] as Judges['context'];
  const Server = builtin['Server'] as new (options: object) => object;
  const Socket = builtin['TLSSocket'] as new (stream: undefined, options: object) => { destroy(): void };
  return {
    context,
    server: options => new Server(options),
    socket: options => new Socket(undefined, { ...options, secureContext: context(options) }).destroy(),
  };
}

/** tls.connect as it was. It calls createSecureContext by its name, which is castls' by then. */
function nodeConnect(builtin: Record<string, unknown>): Connect {
  const connect = builtin['connect'] as (options: object, callback?: () => void) => TlsSocketBase;
  const createSecureContext = builtin['createSecureContext'] as (options: object) => object;
  return (...given) => {
    const { options, callback } = normalizeConnect(given);
    const secureContext = options.secureContext ?? createSecureContext(options);
    return connect({ ...options, secureContext }, callback);
  };
}

function connectBy(own: Connect, leftTo: (...given: ConnectArguments) => Connect | null): Connect {
  return function connect(...given: ConnectArguments): TlsSocketBase {
    const other = leftTo(...given);
    if (other !== null) return other(...given);
    return own(...given);
  };
}

/** NODE_DEBUG=castls: what was negotiated, a line for each connection; "from" says that it was accepted. */
function tell(
  { info, alpnProtocol, servername, remoteAddress, remotePort }: EstablishedSocket,
  role: 'client' | 'server',
): void {
  debug(
    '%s%s:%s %s %s %s alpn=%s %s',
    role === 'server' ? 'from ' : '',
    (role === 'client' && servername) || remoteAddress,
    remotePort,
    info?.protocolVersion,
    info?.cipherSuite?.name,
    info?.group?.name ?? 'no key exchange',
    alpnProtocol || 'none',
    info?.resumed ? 'resumed' : 'full handshake',
  );
}

function sayWhatIsOutOfReach(files: readonly string[]): void {
  const before = packagesBefore(files);
  const { moduleLoadList = [] } = process as unknown as { moduleLoadList?: string[] };
  if (moduleLoadList.includes('NativeModule http2')) before.push('node:http2');
  if (before.length === 0) return;
  process.emitWarning(
    `castls/register: loaded before it, so that they keep node's TLS: ${before.join(', ')}. Import castls/register first`,
    { code: 'CASTLS_REGISTERED_LATE' },
  );
}
