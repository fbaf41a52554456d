// Lists as node:tls and OpenSSL write them - ciphers, curves, signature algorithms, protocols - in castls' terms.

import { TlsError } from '../../../base/errors.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { CipherSuite12 } from '../../../crypto/record_protection.ts';
import { CipherSuite13, opensslName } from '../../../registry/cipher_suites.ts';
import { SignatureScheme } from '../../../registry/signature_schemes.ts';

/** Suites of a cipher list, and the versions it leaves. As node:tls: one of TLS 1.3 suites alone ends TLS 1.2; without one TLS 1.3 has its defaults. */
export interface CipherList {
  /** IANA names, in order of preference. */
  readonly cipherSuites: readonly string[];
  readonly hasTls12: boolean;
  readonly hasTls13: boolean;
}

/**
 * An OpenSSL cipher list (man openssl-ciphers): names by OpenSSL or IANA, keywords such as HIGH, AESGCM or ECDHE+AES256,
 * "!" and "-" to leave out. What castls does not have is passed over, as OpenSSL does.
 * @param lists.older suites of versions before TLS 1.2, where such are spoken: DEFAULT, ALL and HIGH then stand for those with AES,
 *   too, 3DES and RC4 for themselves
 * @param lists.wide these keywords stand for every suite but those with DHE and CCM, not for ECDHE with AEAD alone
 * @throws ERR_INVALID_ARGUMENT if nothing is left
 */
export function parseCiphers(
  list: string,
  provider: CryptoProvider,
  { older = [], wide = false }: { readonly older?: readonly CipherSuite12[]; readonly wide?: boolean } = {},
): CipherList {
  const suites: Suites = {
    ...suitesWith(provider.cipherSuites12, older, wide),
    cipherSuites13: provider.cipherSuites13,
  };
  const banned = new Set<string>();
  let chosen: string[] = [];
  const tokens = list
    .split(/[:, ]+/)
    // "@SECLEVEL=0", alone or behind a keyword: sizes of keys are castls' own.
    .map(token => token.replace(/@.*$/, ''))
    .filter(token => token !== '');
  for (const token of tokens) {
    const operator = /^[!\-+]/.test(token) ? token[0] : '';
    const named = matching(operator === '' ? token : token.slice(1), suites, operator === '');
    if (operator === '') {
      for (const name of named) if (!banned.has(name) && !chosen.includes(name)) chosen.push(name);
      continue;
    }
    const moved = operator === '+' ? chosen.filter(name => named.includes(name)) : [];
    chosen = [...chosen.filter(name => !named.includes(name)), ...moved];
    if (operator === '!') for (const name of named) banned.add(name);
  }
  const is13 = (name: string) => name in CipherSuite13;
  if (chosen.length > 0 && !chosen.some(is13)) {
    const defaults = provider.cipherSuites13.filter(({ name }) => !name.includes('CCM') && !banned.has(name));
    chosen = [...defaults.map(({ name }) => name), ...chosen];
  }
  if (chosen.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', `ciphers: no cipher match in "${list}"`);
  return { cipherSuites: chosen, hasTls12: !chosen.every(is13), hasTls13: chosen.some(is13) };
}

interface Suites extends Pick<CryptoProvider, 'cipherSuites13' | 'cipherSuites12'> {
  /** Those that no keyword stands for but their own: triple DES and RC4. */
  readonly weak: readonly CipherSuite12[];
  /** What a list that names no suite may stand for. */
  readonly usual: (suite: CipherSuite12) => boolean;
}

function suitesWith(
  suites12: readonly CipherSuite12[],
  older: readonly CipherSuite12[],
  wide: boolean,
): Omit<Suites, 'cipherSuites13'> {
  const shared = new Set(older.map(({ id }) => id));
  return {
    cipherSuites12: suites12,
    weak: older.filter(({ id }) => suites12.every(suite => suite.id !== id)),
    // RFC 9325 §4.2, where nothing older is spoken and nobody asked for more.
    usual: suite =>
      wide
        ? suite.keyExchange !== 'dhe' && !psk(suite) && !suite.name.includes('CCM')
        : shared.has(suite.id) || (suite.mode === 'aead' && ecdhe(suite) && !suite.name.includes('CCM_8')),
  };
}

function matching(token: string, { cipherSuites13, cipherSuites12, weak, usual }: Suites, adds: boolean): string[] {
  const exact = [...cipherSuites13, ...cipherSuites12, ...weak].find(
    ({ name }) => name === token || opensslCipherName(name) === token,
  );
  if (exact !== undefined) return [exact.name];
  const parts = token.split('+');
  const tests = parts.map(keyword => keywords[keyword] ?? (() => false));
  const named = parts.some(part => part === '3DES' || part === 'RC4');
  const from = [
    ...(adds && /DEFAULT|ALL|HIGH/.test(token) && !/PSK/.test(token) ? cipherSuites12.filter(usual) : cipherSuites12),
    ...(named || !adds ? weak : []),
  ];
  return from.filter(suite => tests.every(test => test(suite))).map(({ name }) => name);
}

/** OpenSSL's name of any suite that castls has, those before TLS 1.2 included: "DES-CBC3-SHA", "ECDHE-RSA-RC4-SHA". */
export function opensslCipherName(ianaName: string): string {
  return opensslName(ianaName).replace('3DES-EDE-SHA', 'DES-CBC3-SHA').replace('RC4-128', 'RC4');
}

const includes = (part: string) => (suite: CipherSuite12) => suite.name.includes(part);
const psk = (suite: CipherSuite12) => suite.authentication === 'psk';
const ecdhe = (suite: CipherSuite12) => suite.keyExchange === 'ecdhe' && !psk(suite);
const dhe = (suite: CipherSuite12) => suite.keyExchange === 'dhe' && !psk(suite);
const rsaExchange = (suite: CipherSuite12) => suite.keyExchange === 'rsa';
const sha1 = (suite: CipherSuite12) => suite.name.endsWith('_SHA');

/** The keywords of OpenSSL that say something about suites castls has; all others match nothing. */
const keywords: Readonly<Record<string, (suite: CipherSuite12) => boolean>> = {
  DEFAULT: () => true,
  ALL: () => true,
  HIGH: () => true,
  ECDHE: ecdhe,
  EECDH: ecdhe,
  kECDHE: ecdhe,
  kEECDH: ecdhe,
  DHE: dhe,
  EDH: dhe,
  kDHE: dhe,
  kEDH: dhe,
  kRSA: rsaExchange,
  RSA: rsaExchange,
  PSK: psk,
  aPSK: psk,
  kPSK: suite => suite.keyExchange === 'psk',
  kECDHEPSK: suite => suite.keyExchange === 'ecdhe' && psk(suite),
  kDHEPSK: suite => suite.keyExchange === 'dhe' && psk(suite),
  aRSA: suite => suite.authentication === 'rsa',
  ECDSA: suite => suite.authentication === 'ecdsa',
  aECDSA: suite => suite.authentication === 'ecdsa',
  AES: includes('_AES_'),
  AES128: includes('_AES_128_'),
  AES256: includes('_AES_256_'),
  AESGCM: includes('_GCM_'),
  AESCCM: suite => /_CCM(_8)?$/.test(suite.name),
  AESCCM8: includes('_CCM_8'),
  CHACHA20: includes('_CHACHA20_'),
  '3DES': includes('_3DES_'),
  RC4: includes('_RC4_'),
  SHA: sha1,
  SHA1: sha1,
  SHA256: suite => suite.mode === 'cbc' && suite.name.endsWith('_SHA256'),
  SHA384: suite => suite.mode === 'cbc' && suite.name.endsWith('_SHA384'),
};

const groupAliases: Readonly<Record<string, string>> = {
  'p-256': 'secp256r1',
  prime256v1: 'secp256r1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
};

/**
 * ecdhCurve: names between colons, or slashes as OpenSSL 3.5 has them; undefined for "auto". IANA's, NIST's and OpenSSL's names.
 * "*" before a name, which asks OpenSSL for a key share, says nothing here; what has "?" before it may be unknown.
 * @param passesOver names of groups that castls lacks and that count for nothing beside others
 * @throws ERR_UNSUPPORTED_ALGORITHM
 */
export function parseGroups(
  list: string,
  provider: CryptoProvider,
  passesOver: (name: string) => boolean = () => false,
): string[] | undefined {
  if (list === 'auto') return undefined;
  const chosen: string[] = [];
  for (const token of list.split(/[:,/ ]+/)) {
    const [, marks, name] = /^([?*]*)(.*)$/s.exec(token) as unknown as [string, string, string];
    const wanted = (groupAliases[name.toLowerCase()] ?? name).toLowerCase();
    const group = provider.groups.find(each => each.name.toLowerCase() === wanted);
    if (group !== undefined) chosen.push(group.name);
    else if (!marks.includes('?') && !passesOver(name))
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `group ${name}`);
  }
  if (chosen.length === 0) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no group of "${list}"`);
  return chosen;
}

/** sigalgs: IANA names, or OpenSSL's "ECDSA+SHA256". @throws ERR_UNSUPPORTED_ALGORITHM */
export function parseSignatureAlgorithms(list: string): number[] {
  return list.split(/[:, ]+/).map(token => {
    const name = opensslSchemes[token.toUpperCase()] ?? token.toLowerCase();
    const scheme = SignatureScheme[name as keyof typeof SignatureScheme];
    if (scheme === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `signature algorithm ${token}`);
    return scheme;
  });
}

const opensslSchemes: Readonly<Record<string, string>> = Object.fromEntries([
  ...['1', '224', '256', '384', '512'].map(bits => [`RSA+SHA${bits}`, `rsa_pkcs1_sha${bits}`]),
  ...['RSA-PSS', 'PSS'].flatMap(pss => ['256', '384', '512'].map(b => [`${pss}+SHA${b}`, `rsa_pss_rsae_sha${b}`])),
  ['ECDSA+SHA1', 'ecdsa_sha1'],
  ['ECDSA+SHA224', 'ecdsa_sha224'],
  ['ECDSA+SHA256', 'ecdsa_secp256r1_sha256'],
  ['ECDSA+SHA384', 'ecdsa_secp384r1_sha384'],
  ['ECDSA+SHA512', 'ecdsa_secp521r1_sha512'],
]);

/** A scheme as OpenSSL writes it in getSharedSigalgs: "RSA-PSS+SHA256", "ECDSA+SHA384", "Ed25519+UNDEF". */
export function opensslSchemeName(scheme: number): string {
  const entry = Object.entries(SignatureScheme).find(([, value]) => value === scheme);
  const name = entry?.[0] ?? `0x${scheme.toString(16)}`;
  const hash = /sha(\d+)$/.exec(name)?.[1];
  if (name.startsWith('rsa_pss')) return `RSA-PSS+SHA${hash}`;
  if (name.startsWith('rsa_pkcs1')) return `RSA+SHA${hash}`;
  if (name.startsWith('ecdsa')) return `ECDSA+SHA${hash}`;
  return `${name === 'ed25519' ? 'Ed25519' : name === 'ed448' ? 'Ed448' : name.toUpperCase()}+UNDEF`;
}

/** Names, or one buffer in the form of the wire: each with its length before it. */
export type AlpnInput = readonly (string | Uint8Array)[] | Uint8Array;

/** ALPNProtocols as texts of one byte a character. @throws ERR_INVALID_ARGUMENT for lengths that do not fit */
export function parseAlpn(protocols: AlpnInput): string[] {
  const names =
    protocols instanceof Uint8Array
      ? splitAlpn(protocols)
      : protocols.map(name => (typeof name === 'string' ? name : Buffer.from(name).toString('latin1')));
  for (const name of names) {
    if (name.length < 1 || name.length > 255) throw new TlsError('ERR_INVALID_ARGUMENT', 'ALPN names have 1-255 bytes');
  }
  return names;
}

function splitAlpn(list: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; ) {
    const end = at + 1 + list[at];
    if (end > list.length) throw new TlsError('ERR_INVALID_ARGUMENT', 'ALPNProtocols is cut off');
    names.push(Buffer.from(list.subarray(at + 1, end)).toString('latin1'));
    at = end;
  }
  return names;
}
