// Node's own defaults of the running version, for programs that know nothing of castls. What node weakens by a flag or a
// variable of the environment is weakened here too, with node's warning. Finite-field Diffie-Hellman is left out: its groups
// are the server's choice, and nothing tells a good one from a trapdoor.

import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import { TlsError } from '../../../base/errors.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import { nodeArgumentError, requireFunction } from '../tls/argument_errors.ts';
import { contextOptions, type SecureContextOptions } from '../tls/context_options.ts';
import type { TLSSocketOptions } from '../tls/options.ts';
import type { Profile, Refused } from '../tls/profile.ts';
import { allowsUnauthorized, keyLogOfFlag, traceOfFlag } from './flags.ts';

/** What is read of the builtin at each use: programs set DEFAULT_*, and flags of the command line do. */
export interface Builtin {
  readonly DEFAULT_CIPHERS: string;
  readonly DEFAULT_ECDH_CURVE: string;
  readonly DEFAULT_MIN_VERSION: NonNullable<SecureContextOptions['minVersion']>;
  readonly DEFAULT_MAX_VERSION: NonNullable<SecureContextOptions['maxVersion']>;
  checkServerIdentity: NonNullable<TLSSocketOptions['checkServerIdentity']>;
  /** Castls', unless a program has put its own in its place. */
  createSecureContext(options: object): NonNullable<TLSSocketOptions['secureContext']>;
}

/** node's own, which say in its words what is wrong with options that castls refuses. */
export type Judges = Readonly<Record<Refused, (options: object) => unknown>>;

export function nodeProfile(
  tls: Builtin,
  judges: Judges,
  createSecureContext: unknown,
  more: Pick<Profile, 'established' | 'legacyKeys' | 'provider'>,
): Profile {
  const context = <T extends object>(given: T): T => {
    const options = pairedKeys(given, judges);
    const { ciphers, secureProtocol, minVersion, maxVersion, ecdhCurve }: SecureContextOptions = options;
    // secureProtocol says it all, but for the lower end of SSLv23_method.
    const ofSslv23 = /^SSLv23(_client|_server)?_method$/.test(secureProtocol ?? '') && !minVersion && !maxVersion;
    const versions = ofSslv23
      ? { minVersion: tls.DEFAULT_MIN_VERSION, maxVersion: 'TLSv1.2', secureProtocol: undefined }
      : secureProtocol
        ? {}
        : { minVersion: minVersion ?? tls.DEFAULT_MIN_VERSION, maxVersion: maxVersion ?? tls.DEFAULT_MAX_VERSION };
    return {
      ...options,
      ...versions,
      // Without DHE its parameters have no effect.
      dhparam: undefined,
      ecdhCurve: ecdhCurve ?? tls.DEFAULT_ECDH_CURVE,
      ciphers: inOwnOrder(ciphers || tls.DEFAULT_CIPHERS),
    };
  };
  const ofSocket = <T extends object>(options: T): T => {
    if ((options as TLSSocketOptions).secureContext != null) return withoutContextOptions(options);
    // Programs wrap it, to bring trust of their own to every connection.
    if (tls.createSecureContext === createSecureContext) return context(options);
    const secureContext = tls.createSecureContext({ ciphers: tls.DEFAULT_CIPHERS, ...options });
    return { ...withoutContextOptions(options), secureContext };
  };
  const client = <T extends object>(options: T): T => {
    checkAsNode(options);
    const { session, checkServerIdentity = tls.checkServerIdentity }: TLSSocketOptions = options;
    // false is one of node's ways to have none.
    return { ...ofSocket(options), session: session || undefined, checkServerIdentity };
  };
  return {
    context,
    client: options => {
      const { rejectUnauthorized = !allowsUnauthorized() }: TLSSocketOptions = options;
      return client({ ...options, rejectUnauthorized });
    },
    // As in node nobody looks at the certificate but the program, which asks `authorized` or `ssl.verifyError()`.
    bareClient: options => {
      const { rejectUnauthorized = false }: TLSSocketOptions = options;
      return client({ ...options, rejectUnauthorized });
    },
    server: options => ofSocket(options),
    trustsPfx: true,
    wideKeywords: true,
    hasGroup: name => takes(judges.context, { ecdhCurve: name }),
    tellsOfHooks: false,
    anyKeyUse: true,
    tracesAll: traceOfFlag(),
    renewTickets: false,
    keyLog: keyLogOfFlag(),
    refusal: (error, what, options) => {
      try {
        judges[what](options);
      } catch (ofNode) {
        if (ofNode !== error && ofNode instanceof Error) return Object.assign(ofNode, { cause: error });
      }
      return error;
    },
    olderRefusal,
    clientsWait: true,
    ...more,
  };
}

const namesOfOlder: Readonly<Partial<Record<ProtocolVersionName, string>>> = {
  SSLv3: 'ssl3.0',
  TLSv1: 'tls1.0',
  'TLSv1.1': 'tls1.1',
};

function olderRefusal(option: string, version: ProtocolVersionName): TlsError {
  const text =
    `the option ${option}: ${version} is not spoken unless it is named: node --import castls/legacy/register, ` +
    `or CASTLS_LEGACY=${namesOfOlder[version]} beside castls/register`;
  return new TlsError('ERR_UNSUPPORTED_OPTION', text);
}

function takes(judge: (options: object) => unknown, options: object): boolean {
  try {
    judge(options);
    return true;
  } catch {
    return false;
  }
}

/**
 * node takes a certificate without its key and a key without its certificate, which show nobody anything, and for the absence
 * of either whatever is false.
 */
function pairedKeys<T extends SecureContextOptions>(options: T, judges: Judges): T {
  const { ca, cert, key, pfx } = options;
  const paired = Boolean(cert) === Boolean(key);
  if (!paired && !pfx) judges.context(options);
  const shown =
    paired || pfx ? { cert: cert || undefined, key: key || undefined } : { cert: undefined, key: undefined };
  return { ...options, ca: ca || undefined, ...shown };
}

/** Node's own list stands for the same suites in castls' order: what is fastest without instructions for AES comes first. */
function inOwnOrder(list: string): string {
  return list === constants.defaultCipherList ? 'DEFAULT' : list;
}

/** node:tls takes what a context is made of beside a ready one, and looks at the latter alone. */
function withoutContextOptions<T extends object>(options: T): T {
  const names: readonly string[] = contextOptions;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))) as T;
}

/** What node refuses and castls takes. */
function checkAsNode(options: TLSSocketOptions): void {
  const { servername, checkServerIdentity } = options;
  if (typeof servername === 'string' && isIP(servername) !== 0) {
    const text = `The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted. Received '${servername}'`;
    throw nodeArgumentError('ERR_INVALID_ARG_VALUE', text);
  }
  if ('checkServerIdentity' in options) requireFunction('options.checkServerIdentity', checkServerIdentity);
}
