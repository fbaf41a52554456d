// Node's own defaults of the running version, for programs that know nothing of castls. What node weakens by a flag or a
// variable of the environment is weakened here too, with node's warning. Finite-field Diffie-Hellman is left out: its groups
// are the server's choice, and nothing tells a good one from a trapdoor.

import { constants } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import { opensslName } from '../../../registry/cipher_suites.ts';
import type { SecureContextOptions } from '../tls/context_options.ts';
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

export function nodeProfile(tls: Builtin, provider: () => CryptoProvider, legacyKeys: Profile['legacyKeys']): Profile {
  const context = <T extends object>(options: T): T => {
    const { ciphers, secureProtocol, minVersion, maxVersion, ecdhCurve }: SecureContextOptions = options;
    const versions =
      secureProtocol == null
        ? { minVersion: minVersion ?? tls.DEFAULT_MIN_VERSION, maxVersion: maxVersion ?? tls.DEFAULT_MAX_VERSION }
        : {};
    return {
      ...options,
      ...versions,
      ecdhCurve: ecdhCurve ?? tls.DEFAULT_ECDH_CURVE,
      ciphers: expanded(ciphers ?? tls.DEFAULT_CIPHERS, provider()),
    };
  };
  const ofSocket = <T extends object>(options: T): T =>
    (options as TLSSocketOptions).secureContext == null ? context(options) : options;
  return {
    context,
    client: options => {
      const {
        rejectUnauthorized = !allowsUnauthorized(),
        checkServerIdentity = tls.checkServerIdentity,
      }: TLSSocketOptions = options;
      return { ...ofSocket(options), rejectUnauthorized, checkServerIdentity };
    },
    server: options => ofSocket(options),
    legacyKeys,
  };
}

/** Node's own list as suites: its keyword HIGH stands for RSA key exchange and CBC, too. */
function expanded(list: string, provider: CryptoProvider): string {
  if (list !== constants.defaultCipherList) return list;
  const suites12 = provider.cipherSuites12.filter(
    ({ keyExchange, name }) => keyExchange !== 'dhe' && !name.includes('CCM'),
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
