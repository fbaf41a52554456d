// SSL 3.0, TLS 1.0 and TLS 1.1 for programs that name versions in the way of node:tls: `minVersion`, `maxVersion`, `secureProtocol`.
// castls/register loads it where CASTLS_LEGACY is set, castls/legacy/register in any case. It is no entry of the package.

import { warnOfVersions } from './adapters/legacy_warning.ts';
import { type OlderRanges, speakOlder } from './adapters/node/tls/older_ranges.ts';
import { clientsBeside, serversBeside } from './connection/older_beside.ts';
import type { CipherSuite12 } from './crypto/record_protection.ts';
import { clientConfig, serverConfig, TlsError, tls12Client, tls12Server } from './index.ts';
import { type LegacyCipher, type LegacyVersion, legacy, type legacyProvider, ssl30, tls10, tls11 } from './legacy.ts';
import { ProtocolVersion, type ProtocolVersionName } from './registry/protocol_versions.ts';
import { defaultCore } from './wasm/default_core.ts';
import { wasmOlderCryptography } from './wasm/older_cryptography.ts';

/** By the names that CASTLS_LEGACY and the command have. */
const versionsByName: Readonly<Record<string, LegacyVersion>> = { 'ssl3.0': ssl30, 'tls1.0': tls10, 'tls1.1': tls11 };

/**
 * Versions that contexts whose range reaches down to them speak from now on, in the whole process.
 * @param setting names between commas: ssl3.0, tls1.0, tls1.1; dangerous-rsa-1024 (or another size) and dangerous-sha1 for contexts
 *   that speak nothing newer, and name no version @throws ERR_INVALID_ARGUMENT for any other, and where no version is named
 */
export function speakLegacy(setting: string): void {
  const words = setting.split(',').map(word => word.trim());
  const versions: LegacyVersion[] = [];
  let dangers: Dangers = {};
  for (const word of words.filter(each => each !== '')) {
    const bits = /^dangerous-rsa-(\d{3,4})$/.exec(word)?.[1];
    if (Object.hasOwn(versionsByName, word)) versions.push(versionsByName[word]);
    else if (bits !== undefined) dangers = { ...dangers, dangerousMinimumRsaBits: Number(bits) };
    else if (word === 'dangerous-sha1') dangers = { ...dangers, dangerousSha1Certificates: true };
    else {
      const known = [...Object.keys(versionsByName), 'dangerous-rsa-1024', 'dangerous-sha1'].join(', ');
      throw new TlsError('ERR_INVALID_ARGUMENT', `CASTLS_LEGACY: "${word}" is none of ${known}`);
    }
  }
  if (versions.length === 0) {
    throw new TlsError(
      'ERR_INVALID_ARGUMENT',
      `CASTLS_LEGACY: "${setting}" names no version to speak, as ssl3.0, tls1.0 and tls1.1 do`,
    );
  }
  speakOlder(rangesOf(versions, dangers));
}

type Dangers = Parameters<typeof legacyProvider>[0];

/** Options as clientConfig and serverConfig have them, whose range may reach below TLS 1.2. */
interface Ranged {
  readonly minVersion?: ProtocolVersionName;
  readonly maxVersion?: ProtocolVersionName;
  readonly cipherSuites?: readonly string[];
}

function rangesOf(versions: readonly LegacyVersion[], dangers: Dangers): OlderRanges {
  const cryptography = wasmOlderCryptography(defaultCore());
  const suitesOf = ({ version }: LegacyVersion) => cryptography.cipherSuites(version);
  const known = new Map<string, CipherSuite12>(versions.flatMap(suitesOf).map(suite => [suite.name, suite]));

  const spokenIn = ({ minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', cipherSuites = [] }: Ranged): LegacyVersion[] =>
    versions.filter(
      each =>
        each.version >= ProtocolVersion[minVersion] &&
        each.version <= ProtocolVersion[maxVersion] &&
        suitesOf(each).some(({ name }) => cipherSuites.includes(name)),
    );
  const alone = ({ maxVersion = 'TLSv1.3' }: Ranged) => ProtocolVersion[maxVersion] < ProtocolVersion['TLSv1.2'];
  // Whoever makes the config says so where no version is left, for want of a suite.
  const ofLegacy = (spoken: readonly LegacyVersion[], { cipherSuites = [] }: Ranged) =>
    legacy({ versions: spoken.length > 0 ? spoken : versions, ciphers: cipherSuites.map(onlySuite), ...dangers });
  const { providerOver } = legacy({ versions, dangerouslySilent: true, ...dangers });

  return {
    versions: versions.map(({ name }) => name as ProtocolVersionName),
    cipherSuites: [...known.values()],
    providerOver,
    client(options) {
      const spoken = spokenIn(options);
      if (alone(options)) return ofLegacy(spoken, options).client(options);
      warnOfVersions({ versions: spoken });
      const olderVersions = [tls12Client, ...clientsBeside(spoken, cryptography)];
      return clientConfig({ ...withoutOlderSuites(options), olderVersions });
    },
    server(options) {
      const spoken = spokenIn(options);
      if (alone(options)) return ofLegacy(spoken, options).server(options);
      warnOfVersions({ versions: spoken });
      const olderVersions = [tls12Server, ...serversBeside(spoken, cryptography)];
      return serverConfig({ ...withoutOlderSuites(options), olderVersions });
    },
  };
}

function onlySuite(wanted: string): LegacyCipher {
  return { name: wanted, has: (_, suite) => suite === wanted };
}

/** What TLS 1.2 does not have stands beside nothing newer. */
function withoutOlderSuites<T extends Ranged & { readonly provider: { readonly cipherSuites13: readonly Named[] } }>(
  options: T,
): T {
  const { cipherSuites, provider } = options;
  if (cipherSuites === undefined) return options;
  const { cipherSuites12, cipherSuites13 } = provider as { cipherSuites12: Named[]; cipherSuites13: Named[] };
  const names = new Set([...cipherSuites13, ...cipherSuites12].map(({ name }) => name));
  return { ...options, cipherSuites: cipherSuites.filter(name => names.has(name)) };
}

interface Named {
  readonly name: string;
}
