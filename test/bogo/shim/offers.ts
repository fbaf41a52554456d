// What the flags say of versions, suites, groups and signature schemes, in the words of castls' options.

import { TlsError } from '../../../src/index.ts';
import { CipherSuite12, CipherSuite13, opensslName } from '../../../src/registry/cipher_suites.ts';
import { groupName, NamedGroup } from '../../../src/registry/named_groups.ts';
import { ProtocolVersion, type ProtocolVersionName, versionName } from '../../../src/registry/protocol_versions.ts';
import { PskCipherSuite12 } from '../../../src/registry/psk_cipher_suites.ts';
import { SignatureScheme } from '../../../src/registry/signature_schemes.ts';
import { type Flags, UnimplementedFlag } from './flags.ts';

/** The versions that the shim speaks, the highest first. */
const spoken: readonly ProtocolVersionName[] = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'];

/** The runner's tests expect what BoringSSL offers when nothing is said. */
const usualGroups = [NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];

const S = SignatureScheme;
const usualSchemes = [
  S.ecdsa_secp256r1_sha256,
  S.rsa_pss_rsae_sha256,
  S.rsa_pkcs1_sha256,
  S.ecdsa_secp384r1_sha384,
  S.rsa_pss_rsae_sha384,
  S.rsa_pkcs1_sha384,
  S.rsa_pss_rsae_sha512,
  S.rsa_pkcs1_sha512,
];

/** BoringSSL's own number for the signature of TLS 1.1 and before, which has none in the RFCs and is never on offer. */
const MD5_SHA1 = 0xff01;

/** What castls can do beyond that, once it is named. */
const knownGroups: readonly number[] = Object.values(NamedGroup);
const knownSchemes: readonly number[] = Object.values(SignatureScheme);

/** The lowest, the highest, and those of `spoken` between that are left out. @throws ERR_INVALID_ARGUMENT */
export function versionsOf(flags: Flags): readonly ProtocolVersionName[] {
  const least = flags['min-version'] || ProtocolVersion.TLSv1;
  const greatest = flags['max-version'] || ProtocolVersion['TLSv1.3'];
  const without: Record<string, true | undefined> = {
    'TLSv1.3': flags['no-tls13'],
    'TLSv1.2': flags['no-tls12'],
    'TLSv1.1': flags['no-tls11'],
    TLSv1: flags['no-tls1'],
  };
  const inRange = (version: number) =>
    version >= Math.max(least, policyOf(flags) === undefined ? 0 : ProtocolVersion['TLSv1.2']) &&
    version <= greatest &&
    without[versionName(version)] === undefined;
  const wanted = Object.values(ProtocolVersion).filter(version => version > ProtocolVersion.SSLv3 && inRange(version));
  const allowed12 = policyOf(flags)?.tls12.length !== 0;
  const versions = spoken.filter(name => wanted.includes(ProtocolVersion[name]) && (name !== 'TLSv1.2' || allowed12));
  if (wanted.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'no version is left');
  if (versions.length === 0) throw new UnimplementedFlag(`${wanted.map(versionName).join(', ')} alone`);
  return versions;
}

interface Policy {
  readonly tls13: readonly string[];
  readonly tls12: readonly string[];
  readonly groups: readonly number[];
  readonly schemes: readonly number[];
}

const N = NamedGroup;
const ecdhe256 = ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'];
const cnsaSchemes = [S.ecdsa_secp384r1_sha384, S.rsa_pss_rsae_sha384, S.rsa_pkcs1_sha384];

/** What BoringSSL's compliance policies allow, by the flag that asks for them. */
const policies = {
  // NIST SP 800-52r2
  'fips-202205': {
    tls13: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'],
    tls12: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', ...ecdhe256],
    groups: [N.secp256r1, N.secp384r1],
    schemes: usualSchemes,
  },
  // WPA3, the 192-bit mode
  'wpa-202304': {
    tls13: ['TLS_AES_256_GCM_SHA384'],
    tls12: ecdhe256,
    groups: [N.secp384r1],
    schemes: [
      S.rsa_pkcs1_sha384,
      S.rsa_pkcs1_sha512,
      S.ecdsa_secp384r1_sha384,
      S.rsa_pss_rsae_sha384,
      S.rsa_pss_rsae_sha512,
    ],
  },
  // CNSA 1.0 (RFC 9151) and 2.0
  'cnsa1-202603': {
    tls13: ['TLS_AES_256_GCM_SHA384'],
    tls12: [...ecdhe256, 'TLS_RSA_WITH_AES_256_GCM_SHA384'],
    groups: [N.MLKEM1024, N.secp384r1],
    schemes: cnsaSchemes,
  },
  'cnsa2-202603': { tls13: ['TLS_AES_256_GCM_SHA384'], tls12: [], groups: [N.MLKEM1024], schemes: cnsaSchemes },
} satisfies Record<string, Policy>;

function policyOf(flags: Flags): Policy | undefined {
  const name = (Object.keys(policies) as (keyof typeof policies)[]).find(flag => flags[flag]);
  return name && policies[name];
}

/** What a policy lets own keys sign with. */
export function policySchemes(flags: Flags): readonly number[] | undefined {
  return policyOf(flags)?.schemes;
}

/** BoringSSL's policy cnsa_202407 is an order of preference. */
const aesFirst = ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'];

/** The PSK suites that BoringSSL has. */
const pskSuites = /_PSK_WITH_AES_\d+_CBC_SHA$|_ECDHE_PSK_WITH_CHACHA20/;

/** The suites of an OpenSSL cipher string, as far as the runner has any. */
export function suitesOf(flags: Flags): readonly string[] {
  const { cipher } = flags;
  const policy = policyOf(flags);
  if (policy !== undefined) return [...policy.tls13, ...policy.tls12];
  const usual13 = Object.keys(CipherSuite13).filter(name => !name.includes('CCM'));
  const names13 = flags['cnsa-202407'] ? aesFirst : usual13;
  const psks = Object.keys(flags.psk === undefined ? {} : PskCipherSuite12).filter(name => pskSuites.test(name));
  const names12 = [...psks, ...Object.keys(CipherSuite12).filter(name => !name.includes('CCM'))];
  return [...names13, ...(cipher === undefined ? usualOrder(names12) : selected(cipher, names12))];
}

/** ECDHE before the rest, AEAD before CBC, as every list of suites has it. */
function usualOrder(names: readonly string[]): readonly string[] {
  const rank = (name: string) =>
    (name.includes('ECDHE') ? 0 : 4) + (/GCM|CHACHA20/.test(name) ? 0 : 2) + (name.includes('DHE_RSA') ? 1 : 0);
  return [...names].filter(name => !name.startsWith('TLS_DHE')).sort((a, b) => rank(a) - rank(b));
}

function selected(text: string, names: readonly string[]): readonly string[] {
  const chosen: string[] = [];
  // [A|B]: as good as each other; castls takes them in the order they stand in.
  for (const word of text.split(/[:|[\]]/).filter(part => part.length > 0)) {
    const matching = names.filter(name => matches(name, word.replace(/^!/, '')));
    if (word.startsWith('!'))
      for (const name of matching) chosen.splice(0, chosen.length, ...chosen.filter(c => c !== name));
    else if (word === 'ALL' || word === 'DEFAULT') chosen.push(...usualOrder(names));
    // Of castls/legacy: older.ts.
    else if (word === '3DES') continue;
    else if (matching.length === 0) throw new UnimplementedFlag(`-cipher ${word}`);
    else chosen.push(...usualOrder(matching).filter(name => !chosen.includes(name)));
  }
  return chosen;
}

function matches(name: string, word: string): boolean {
  return (
    name === word ||
    opensslName(name) === word ||
    name
      .replace(/AES_(\d+)/, 'AES$1')
      .split('_')
      .some(part => part.replace(/\d+$/, '') === word || part === word)
  );
}

export function groupsOf(flags: Flags): readonly string[] {
  const curves = policyOf(flags)?.groups ?? flags.curves;
  const unknown = curves?.find(id => !knownGroups.includes(id));
  if (unknown !== undefined) throw new UnimplementedFlag(`-curves ${unknown}`);
  return (curves ?? usualGroups).map(groupName);
}

export function keySharesOf(flags: Flags): readonly string[] | undefined {
  return flags['key-shares']?.map(groupName);
}

/** Schemes in handshake signatures of the peer. SHA-1 is not among them: castls has none in TLS 1.2 and later (RFC 9155). */
export function schemesOf(flags: Flags): readonly number[] {
  const named = flags['verify-prefs']?.filter(scheme => scheme !== MD5_SHA1);
  const schemes = policyOf(flags)?.schemes ?? named ?? usualSchemes;
  const unknown = schemes.find(scheme => !knownSchemes.includes(scheme));
  if (unknown !== undefined) throw new UnimplementedFlag(`-verify-prefs ${unknown}`);
  return schemes;
}
