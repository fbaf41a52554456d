// Flags that several commands have, and what becomes of them as options of castls/node.

import { type Command, InvalidArgumentError } from 'commander';
import { type ConnectOptions, type SecureContextOptions, TlsError, type TraceTarget } from '../node.ts';
import { appendSecret, readInput } from './files.ts';
import { PASSPHRASE_FORMS, passphraseOf } from './passphrase.ts';
import { readChain } from './trust.ts';

export interface CommonFlags {
  readonly cert?: string[];
  readonly key?: string[];
  readonly passphrase?: string;
  readonly rawKey?: string[];
  readonly pinnedKey?: string[];
  readonly peerCertificateTypes?: string[];
  readonly delegatedCredential?: string;
  readonly delegatedKey?: string;
  readonly acceptDelegatedCredentials?: boolean;
  readonly alpn?: string[];
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly groups?: string[];
  readonly ciphers?: string[];
  readonly keylog?: string;
  readonly legacy?: readonly LegacyName[];
  readonly dangerousRc4?: boolean;
  readonly dangerousMinimumRsaBits?: number;
  readonly dangerousSha1Certificates?: boolean;
  readonly json?: boolean;
  readonly trace?: boolean;
  readonly traceFile?: string;
  readonly dangerousTraceSecrets?: boolean;
}

const versions: Readonly<Record<string, 'TLSv1.2' | 'TLSv1.3'>> = {
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
  'TLSv1.2': 'TLSv1.2',
  'TLSv1.3': 'TLSv1.3',
};

/** "a,b" as a list. */
export function commaList(text: string): string[] {
  return text
    .split(/[,:]/)
    .map(item => item.trim())
    .filter(item => item !== '');
}

/** Flags that may stand several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function addCommonFlags(command: Command): Command {
  return command
    .option('--cert <file>', 'certificate chain, PEM; several times for several certificates', collect)
    .option('--key <file>', 'private key, PEM', collect)
    .option('--passphrase <form>', `of an encrypted key: ${PASSPHRASE_FORMS}`)
    .option('--raw-key <file>', 'private key, PEM: its public key is shown without a certificate (RFC 7250)', collect)
    .option('--pinned-key <key>', 'know the peer by its public key alone: PEM file, or sha256/BASE64', collect)
    .option('--peer-certificate-types <list>', 'what is taken of the peer: X509, RawPublicKey; default X509', commaList)
    .option('--delegated-credential <file>', 'show this one (RFC 9345), of the certificate in --cert')
    .option('--delegated-key <file>', 'the private key that it delegates to, PEM')
    .option('--accept-delegated-credentials', 'take them of the peer')
    .option('--alpn <list>', 'protocols, in order of preference', value => value.split(',').filter(Boolean))
    .option('--min-version <version>', '1.2 or 1.3')
    .option('--max-version <version>', '1.2 or 1.3')
    .option('--groups <list>', 'key exchange groups by IANA name, such as X25519MLKEM768,x25519', commaList)
    .option('--ciphers <list>', "cipher suites by IANA's or OpenSSL's name", commaList)
    .option('--keylog <file>', 'append the secrets of connections (RFC 9850)')
    .option('--legacy <versions>', 'speak these alone: ssl3.0, tls1.0, tls1.1', legacyNames)
    .option('--dangerous-rc4', 'with --legacy: RC4, too')
    .option('--dangerous-minimum-rsa-bits <bits>', 'with --legacy: take RSA keys from so many bits on', parseCount)
    .option('--dangerous-sha1-certificates', 'with --legacy: take certificates that are signed with SHA-1')
    .option('--json', 'summaries as JSON')
    .option('--trace', 'a line for each record on stderr')
    .option('--trace-file <file>', 'append what happens, for the explorer: no secrets, no data')
    .option('--dangerous-trace-secrets', 'secrets and data, too: who has the file reads the connection');
}

/** @throws ERR_INVALID_ARGUMENT for what is nonsense */
export function contextOptions(flags: CommonFlags): SecureContextOptions {
  // Where a key was delegated the certificate's own may be elsewhere: peers that take no delegated keys are then not served.
  const delegatesAlone = flags.key === undefined && flags.cert?.length === 1 && flags.delegatedCredential !== undefined;
  if ((flags.cert === undefined) !== (flags.key === undefined) && !delegatesAlone) {
    throw new TlsError('ERR_INVALID_ARGUMENT', '--cert and --key belong together');
  }
  return {
    cert: delegatesAlone ? undefined : flags.cert?.map(chainFile),
    key: flags.key?.map(readInput),
    passphrase: passphraseOf(flags.passphrase, flags.key?.[0] ?? 'the key'),
    ...otherKeys(flags),
    minVersion: version(flags.minVersion),
    maxVersion: version(flags.maxVersion),
    ecdhCurve: flags.groups?.join(':'),
    ciphers: flags.ciphers?.join(':'),
  };
}

/** Keys that stand beside those of certificates, of this side and of the peer. @throws ERR_INVALID_ARGUMENT */
function otherKeys(flags: CommonFlags): SecureContextOptions {
  const { cert, delegatedCredential, delegatedKey } = flags;
  if ((delegatedCredential === undefined) !== (delegatedKey === undefined)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', '--delegated-credential and --delegated-key belong together');
  }
  if (delegatedCredential !== undefined && cert === undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', '--delegated-credential goes with the --cert that delegates');
  }
  return {
    rawPublicKey: flags.rawKey?.map(file => ({ key: readInput(file) })),
    pinnedKeys: flags.pinnedKey?.map(pinnedKey),
    peerCertificateTypes: flags.peerCertificateTypes as SecureContextOptions['peerCertificateTypes'],
    delegatedCredential:
      delegatedCredential === undefined
        ? undefined
        : {
            cert: chainFile((cert as string[])[0]),
            delegated: readInput(delegatedCredential),
            key: readInput(delegatedKey as string),
          },
    acceptDelegatedCredentials: flags.acceptDelegatedCredentials,
  };
}

function pinnedKey(text: string): string | Uint8Array {
  if (text.startsWith('sha256/')) return text;
  const bytes = readInput(text);
  const pem = Buffer.from(bytes).toString('latin1');
  return pem.includes('-----BEGIN ') ? pem : bytes;
}

/** The octets of a file with a chain, which was looked at: errors say where in which file. */
function chainFile(file: string): Uint8Array {
  readChain(file);
  return readInput(file);
}

/** The option `trace` of castls/node. @throws ERR_INVALID_ARGUMENT for a flag without effect */
export function traceTarget({ trace, traceFile, dangerousTraceSecrets }: CommonFlags): TraceTarget | undefined {
  if (traceFile === undefined) {
    if (dangerousTraceSecrets)
      throw new TlsError('ERR_INVALID_ARGUMENT', '--dangerous-trace-secrets goes with --trace-file');
    return trace ? { write: line => process.stderr.write(`${line}\n`) } : undefined;
  }
  if (trace) throw new TlsError('ERR_INVALID_ARGUMENT', '--trace and --trace-file: give one of them');
  const write = (line: string) => appendSecret(traceFile, Buffer.from(`${line}\n`));
  return { write, format: 'json', dangerousSecrets: dangerousTraceSecrets === true };
}

const legacyVersions = { 'ssl3.0': 'ssl30', 'tls1.0': 'tls10', 'tls1.1': 'tls11' } as const;
type LegacyName = keyof typeof legacyVersions;

function legacyNames(text: string): LegacyName[] {
  return commaList(text).map(name => {
    if (!Object.hasOwn(legacyVersions, name)) throw new InvalidArgumentError('it is ssl3.0, tls1.0 or tls1.1');
    return name as LegacyName;
  });
}

/** The option `legacy` of castls/node. @throws ERR_INVALID_ARGUMENT */
export async function legacyOption(flags: CommonFlags): Promise<Pick<ConnectOptions, 'legacy'>> {
  const { legacy: names, dangerousRc4, dangerousMinimumRsaBits, dangerousSha1Certificates } = flags;
  if (names === undefined) {
    if (!dangerousRc4 && dangerousMinimumRsaBits === undefined && !dangerousSha1Certificates) return {};
    const dangers = '--dangerous-rc4, --dangerous-minimum-rsa-bits and --dangerous-sha1-certificates';
    throw new TlsError('ERR_INVALID_ARGUMENT', `${dangers} go with --legacy`);
  }
  const beside = (['minVersion', 'maxVersion', 'ciphers'] as const).find(name => flags[name] !== undefined);
  if (beside !== undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `--legacy says what is spoken: ${beside} has no meaning beside it`);
  }
  const entry = await import('../legacy.ts');
  const { aesCbc, tripleDes, rc4 } = entry;
  return {
    legacy: entry.legacy({
      versions: names.map(name => entry[legacyVersions[name]]),
      ciphers: dangerousRc4 ? [aesCbc, tripleDes, rc4] : [aesCbc, tripleDes],
      dangerousMinimumRsaBits,
      dangerousSha1Certificates,
      onWarning: sentence => process.stderr.write(`castls: ${sentence}\n`),
    }),
  };
}

function version(text: string | undefined): 'TLSv1.2' | 'TLSv1.3' | undefined {
  if (text === undefined) return undefined;
  const found = versions[text];
  if (found === undefined) throw new TlsError('ERR_UNSUPPORTED_OPTION', `version ${text}: it is 1.2 or 1.3`);
  return found;
}

/** "HOST:PORT", IPv6 addresses in brackets. */
export function parseTarget(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new InvalidArgumentError('it is HOST:PORT, or [ADDRESS]:PORT for IPv6');
  return { host: match[1] ?? match[2], port };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('it is a number from 0 to 65535');
  return port;
}

/** A whole number from 1 on. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count))
    throw new InvalidArgumentError('it is a whole number from 1 on');
  return count;
}
