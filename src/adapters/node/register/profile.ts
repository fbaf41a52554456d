// Node's own defaults of the running version, for programs that know nothing of castls. What node weakens by a flag or a
// variable of the environment is weakened here too, with node's warning. Finite-field Diffie-Hellman is left out: its groups
// are the server's choice, and nothing tells a good one from a trapdoor.

import { constants } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { TlsError } from '../../../base/errors.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { opensslName } from '../../../registry/cipher_suites.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import { contextOptions, type SecureContextOptions } from '../tls/context_options.ts';
import type { TLSSocketOptions } from '../tls/options.ts';
import type { Profile } from '../tls/profile.ts';

/** What is read of the builtin at each use: programs set DEFAULT_*, and flags of the command line do. */
export interface Builtin {
  readonly DEFAULT_CIPHERS: string;
  readonly DEFAULT_ECDH_CURVE: string;
  readonly DEFAULT_MIN_VERSION: NonNullable<SecureContextOptions['minVersion']>;
  readonly DEFAULT_MAX_VERSION: NonNullable<SecureContextOptions['maxVersion']>;
  checkServerIdentity: NonNullable<TLSSocketOptions['checkServerIdentity']>;
}

/** node's own, which say in its words what is wrong with options that castls refuses. */
export interface Judges {
  readonly context: (options: object) => unknown;
  readonly server: (options: object) => unknown;
}

export function nodeProfile(
  tls: Builtin,
  judges: Judges,
  provider: () => CryptoProvider,
  more: Pick<Profile, 'established' | 'legacyKeys'>,
): Profile {
  const context = <T extends object>(options: T): T => {
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
      ciphers: expanded(ciphers || tls.DEFAULT_CIPHERS, provider()),
    };
  };
  const ofSocket = <T extends object>(options: T): T =>
    (options as TLSSocketOptions).secureContext == null ? context(options) : withoutContextOptions(options);
  return {
    context,
    client: options => {
      checkAsNode(options);
      const { session } = options as TLSSocketOptions;
      const {
        rejectUnauthorized = !allowsUnauthorized(),
        checkServerIdentity = tls.checkServerIdentity,
      }: TLSSocketOptions = options;
      // false is one of node's ways to have none.
      return { ...ofSocket(options), session: session || undefined, rejectUnauthorized, checkServerIdentity };
    },
    server: options => ofSocket(options),
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

/** node:tls takes what a context is made of beside a ready one, and looks at the latter alone. */
function withoutContextOptions<T extends object>(options: T): T {
  const names: readonly string[] = contextOptions;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name))) as T;
}

/** What node refuses and castls takes. */
function checkAsNode({ servername, checkServerIdentity }: TLSSocketOptions): void {
  if (typeof servername === 'string' && isIP(servername) !== 0) {
    const text = `The property 'options.servername' Setting the TLS ServerName to an IP address is not permitted. Received '${servername}'`;
    throw Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  if (checkServerIdentity === null) {
    const text = 'The "options.checkServerIdentity" property must be of type function. Received null';
    throw Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
  }
}

/** Node's own list as suites: its keyword HIGH stands for RSA key exchange and CBC, too. */
function expanded(list: string, provider: CryptoProvider): string {
  if (list !== constants.defaultCipherList) return list;
  const suites12 = provider.cipherSuites12.filter(
    ({ keyExchange, authentication, name }) =>
      keyExchange !== 'dhe' && authentication !== 'psk' && !name.includes('CCM'),
  );
  const suites13 = provider.cipherSuites13.filter(({ name }) => !name.includes('CCM'));
  return [...suites13, ...suites12].map(({ name }) => opensslName(name)).join(':');
}

let warned = false;

/** NODE_TLS_REJECT_UNAUTHORIZED=0, with node's warning. */
function allowsUnauthorized(): boolean {
  const allows = process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
  if (allows && !warned) {
    warned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS requests insecure by disabling certificate verification.",
    );
  }
  return allows;
}

/** The file of --tls-keylog; null without the flag. */
export function keyLogFile(): string | null {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  return given.find(each => each.startsWith('--tls-keylog='))?.slice('--tls-keylog='.length) ?? null;
}

/** Appends the lines of "keylog" to `file`, with node's warning. */
export function keyLogTo(file: string): (line: Buffer) => void {
  process.emitWarning(
    'Using --tls-keylog makes TLS connections insecure by writing secret key material to file ' + file,
  );
  return line => appendFileSync(file, line, { mode: 0o600 });
}
