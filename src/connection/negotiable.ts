// What can be negotiated: the lists of the provider, narrowed by the options of a config. Nothing is offered that this
// side could not do, and where nothing is left the error says what is missing.

import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { KeyExchangeGroup } from '../crypto/key_exchange.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { CipherSuite12, CipherSuite13 } from '../crypto/record_protection.ts';
import type { PublicKey } from '../crypto/signature.ts';
import { defaultSignatureSchemes, schemeMeaning } from '../handshake/authentication/signature_schemes.ts';
import type { HandshakeSettings } from '../handshake/flow/settings.ts';
import { authenticates } from '../handshake/tls12/authentication12.ts';
import { opensslName } from '../registry/cipher_suites.ts';
import { isFiniteFieldGroup } from '../registry/named_groups.ts';
import { ProtocolVersion, type ProtocolVersionName, versionName } from '../registry/protocol_versions.ts';
import { signatureSchemeName } from '../registry/signature_schemes.ts';

/** The options that narrow it. @see CommonOptions */
export interface Wishes {
  readonly provider: CryptoProvider;
  readonly minVersion?: ProtocolVersionName;
  readonly maxVersion?: ProtocolVersionName;
  readonly cipherSuites?: readonly string[];
  readonly groups?: readonly string[];
  readonly signatureSchemes?: readonly number[];
  readonly dangerousLargeFiniteFields?: boolean;
  /** The PSK suites of TLS 1.2 can be done. */
  readonly psk12?: object;
  /** A PSK has to stand for the certificates: there is nobody to judge one. */
  readonly pskAlone?: boolean;
  /** The PSKs of TLS 1.3. */
  readonly externalPsk?: object;
}

type Negotiable = Pick<
  HandshakeSettings,
  'versions' | 'cipherSuites13' | 'cipherSuites12' | 'groups' | 'signatureSchemes'
>;

/**
 * @param older the versions before TLS 1.3 there is code for
 * @throws ERR_INVALID_ARGUMENT if no version is left, ERR_UNSUPPORTED_ALGORITHM for what the provider does not have
 */
export function negotiable(
  wishes: Wishes,
  role: 'client' | 'server',
  older: readonly { readonly version: number }[],
): Negotiable {
  const { provider } = wishes;
  const names = wishes.cipherSuites;
  if (names !== undefined) requireSuites(wishes, names);
  const groups = chooseGroups(provider.groups, wishes.groups);
  if (!wishes.dangerousLargeFiniteFields) refuseLargeFields(groups);
  const pskAlone = wishes.pskAlone ?? false;
  const signatureSchemes = pskAlone ? [] : chooseSchemes(provider, wishes.signatureSchemes);
  if (OLDER && role === 'server') requireFieldForDhe(provider, names ?? [], groups);
  const not13 = groups.length === 0 || (pskAlone && wishes.externalPsk === undefined);
  const cipherSuites13 = not13 ? [] : chooseSuites(provider.cipherSuites13, names, byDefault13);
  const cipherSuites12 =
    !OLDER || older.length === 0
      ? []
      : chooseSuites(feasible12(wishes, role, groups, signatureSchemes), names, byDefault12);
  const versions = [
    ...(cipherSuites13.length > 0 ? [ProtocolVersion['TLSv1.3']] : []),
    ...(cipherSuites12.length > 0 ? older.map(({ version }) => version).sort((a, b) => b - a) : []),
  ].filter(inRange(wishes));
  if (versions.length === 0) throw nothingLeft(wishes, groups, older);
  return { versions, cipherSuites13, cipherSuites12, groups, signatureSchemes };
}

/** DHE at a server needs a group to offer. @throws ERR_INVALID_ARGUMENT for a suite that is named and could not be used */
function requireFieldForDhe(
  provider: CryptoProvider,
  names: readonly string[],
  groups: readonly KeyExchangeGroup[],
): void {
  if (groups.some(({ id }) => isFiniteFieldGroup(id))) return;
  const dhe = provider.cipherSuites12.filter(({ keyExchange }) => keyExchange === 'dhe');
  const named = names.find(name => dhe.some(suite => isCalled(suite, name)));
  if (named === undefined) return;
  throw new TlsError(
    'ERR_INVALID_ARGUMENT',
    `${named} needs a finite-field group: name one in groups, ffdhe2048 or ffdhe3072`,
  );
}

/** True for a version between the least and the greatest. */
function inRange({ minVersion, maxVersion }: Wishes): (version: number) => boolean {
  const least = ProtocolVersion[minVersion ?? 'TLSv1.2'];
  const greatest = ProtocolVersion[maxVersion ?? 'TLSv1.3'];
  return version => version >= least && version <= greatest;
}

function nothingLeft(
  wishes: Wishes,
  groups: readonly KeyExchangeGroup[],
  older: readonly { readonly version: number }[],
): TlsError {
  const spoken = [ProtocolVersion['TLSv1.3'], ...older.map(({ version }) => version)].filter(inRange(wishes));
  const why =
    spoken.length === 0
      ? 'there is code for none'
      : groups.length === 0
        ? 'there is no key exchange group'
        : `no cipher suite can be used in ${spoken.map(versionName).join(' or ')}`;
  return new TlsError('ERR_INVALID_ARGUMENT', `no version in range can be spoken: ${why}`);
}

// RFC 9846 §B.4: CCM_8 has a short tag, and is for those who name it.
const byDefault13 = (suite: CipherSuite13): boolean => !suite.name.includes('CCM_8');

// RFC 9325 §4.2: AEAD and forward secrecy; everything else only by name.
const byDefault12 = (suite: CipherSuite12): boolean =>
  suite.mode === 'aead' && suite.keyExchange === 'ecdhe' && !suite.name.includes('CCM_8');

/**
 * The suites whose key exchange can be done: with a curve of TLS 1.2 among the groups, or by what the provider has; and
 * whose signatures a client takes. At a server RSA key exchange is up to the credential's Decrypter.
 */
function feasible12(
  { provider, psk12, pskAlone }: Wishes,
  role: 'client' | 'server',
  groups: readonly KeyExchangeGroup[],
  schemes: readonly number[],
): CipherSuite12[] {
  const feasible = {
    ecdhe: groups.some(({ id, tls12 }) => tls12 && !isFiniteFieldGroup(id)),
    dhe: provider.finiteFieldDh !== undefined && (role === 'client' || groups.some(({ id }) => isFiniteFieldGroup(id))),
    rsa: role === 'server' || (provider.rsaKeyTransport !== undefined && !pskAlone),
    psk: true,
  };
  return provider.cipherSuites12.filter(({ keyExchange, authentication }) => {
    if (!feasible[keyExchange]) return false;
    if (authentication === 'psk') return psk12 !== undefined;
    return role === 'server' || keyExchange === 'rsa' || schemes.some(scheme => authenticates(scheme, authentication));
  });
}

function chooseSuites<S extends { readonly name: string }>(
  provided: readonly S[],
  names: readonly string[] | undefined,
  byDefault: (suite: S) => boolean,
): S[] {
  if (names === undefined) return provided.filter(byDefault);
  return names.flatMap(name => provided.find(suite => isCalled(suite, name)) ?? []);
}

/** By IANA's or OpenSSL's name. */
function isCalled(suite: { readonly name: string }, name: string): boolean {
  return suite.name === name || opensslName(suite.name) === name;
}

function requireSuites({ provider, psk12 }: Wishes, names: readonly string[]): void {
  const { cipherSuites13, cipherSuites12 } = provider;
  const provided: readonly { readonly name: string; readonly authentication?: string }[] = [
    ...cipherSuites13,
    ...cipherSuites12,
  ];
  for (const name of names) {
    const suite = provided.find(each => isCalled(each, name));
    if (suite === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `cipher suite ${name}`);
    if (suite.authentication === 'psk' && psk12 === undefined) {
      throw new TlsError('ERR_INVALID_ARGUMENT', `${name} needs a pre-shared key: the option psk12`);
    }
  }
}

function chooseGroups(provided: readonly KeyExchangeGroup[], names: readonly string[] | undefined): KeyExchangeGroup[] {
  // A finite field is an order of magnitude dearer than a curve, for whoever answers: by name only.
  if (names === undefined) return provided.filter(({ id }) => !isFiniteFieldGroup(id));
  return names.map(name => {
    const group = provided.find(candidate => candidate.name === name);
    if (group === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `group ${name}`);
    return group;
  });
}

/** The largest group that may be named: a share of it costs a server less than ten handshakes. */
const LARGEST_FIELD_BITS = 3072;

/** @throws ERR_INVALID_ARGUMENT */
function refuseLargeFields(groups: readonly KeyExchangeGroup[]): void {
  const large = groups.find(({ finiteField }) => (finiteField?.prime.length ?? 0) * 8 > LARGEST_FIELD_BITS);
  if (large === undefined) return;
  throw new TlsError(
    'ERR_INVALID_ARGUMENT',
    `group ${large.name}: a key share of a kilobyte would cost many handshakes; dangerousLargeFiniteFields takes it`,
  );
}

/** Shares of the first hybrid and the first curve: no extra round trip with any common server. Else of the first group. */
export function keyShareGroups(
  groups: readonly KeyExchangeGroup[],
  names: readonly string[] | undefined,
): readonly KeyExchangeGroup[] {
  if (names !== undefined) return groups.filter(group => chooseGroups(groups, names).includes(group));
  const hybrid = groups.find(({ id, tls12 }) => !tls12 && !isFiniteFieldGroup(id));
  const classical = groups.find(({ tls12 }) => tls12);
  const chosen = groups.filter(group => group === hybrid || group === classical);
  return chosen.length > 0 ? chosen : groups.slice(0, 1);
}

/** The schemes named, or all usual ones, that the provider can check by whatever key. */
function chooseSchemes(provider: CryptoProvider, wanted: readonly number[] | undefined): readonly number[] {
  const keys = sampleKeys();
  const verifiable = (scheme: number): boolean => {
    const meaning = schemeMeaning(scheme);
    if (meaning === undefined) return false;
    const { parameters, curve } = meaning;
    return keys.some(
      key =>
        (curve === undefined || (key.type === 'ec' && key.curve === curve)) &&
        provider.signatureVerifiers.some(verifier => verifier.handles(key, parameters)),
    );
  };
  if (wanted === undefined) return defaultSignatureSchemes.filter(verifiable);
  const missing = wanted.find(scheme => !verifiable(scheme));
  if (missing === undefined) return wanted;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `signature scheme ${signatureSchemeName(missing)}`);
}

/** A key of each kind, which a verifier takes or does not. */
function sampleKeys(): PublicKey[] {
  const nothing = new Uint8Array(0);
  return [
    { type: 'rsa', modulus: nothing, exponent: nothing },
    { type: 'ec', curve: 'P-256', point: nothing },
    { type: 'ec', curve: 'P-384', point: nothing },
    { type: 'ec', curve: 'P-521', point: nothing },
    { type: 'ed25519', key: nothing },
    { type: 'ed448', key: nothing },
    { type: 'mldsa', parameterSet: 'ML-DSA-44', key: nothing },
    { type: 'mldsa', parameterSet: 'ML-DSA-65', key: nothing },
    { type: 'mldsa', parameterSet: 'ML-DSA-87', key: nothing },
  ];
}
