// Certificates and keys as people have them - PEM or DER, one or many - as Credentials.

import { isDer, trimmedDer } from '../asn1/der.ts';
import { parsePem, pemText } from '../asn1/pem.ts';
import { copyOfBytes, equalVartime } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import type { KeyProvider } from '../crypto/password_encryption.ts';
import { restrictToPss } from '../crypto/private_key_material.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { Decrypter, PrivateKey, PublicKey, Signer } from '../crypto/signature.ts';
import { keySigner } from '../crypto/signature_scheme.ts';
import type { Credential } from '../handshake/flow/settings.ts';
import { parseDelegatedCredential } from '../wire/delegated_credential.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { endOfDelegation } from '../x509/delegation.ts';
import type { LegacyEncryption } from '../x509/keys/pbes2.ts';
import { parsePrivateKey } from '../x509/keys/private_key.ts';
import { parsePkcs12, pkcs12Chain } from '../x509/pkcs12/read.ts';
import { parsePublicKey } from '../x509/public_key.ts';
import { constantKeyIdentifier, subjectPublicKeyInfo } from '../x509/spki.ts';
import { certificateDer, certificateLabels, oddCertificateText, parseTrustList } from '../x509/trust_list.ts';
import { warnOnce } from './warn_once.ts';

export type PemInput = string | Uint8Array;
/** A private key: PEM or DER, or whoever owns it and signs. */
export type KeyInput = PemInput | Signer | { readonly pem: PemInput; readonly passphrase?: string };

export type PfxInput = Uint8Array | { readonly buf: Uint8Array; readonly passphrase?: string };

export interface CredentialInputs {
  /** One chain an entry, the end entity first. */
  readonly cert?: PemInput | readonly PemInput[];
  /** PEM and DER keys find their certificate; Signers belong to the certificate in their place. */
  readonly key?: KeyInput | readonly KeyInput[];
  /** PKCS#12 files: each brings certificates with their keys. */
  readonly pfx?: PfxInput | readonly PfxInput[];
  /** Stand before the certificates: who takes them gets them. */
  readonly delegatedCredential?: DelegatedInput | readonly DelegatedInput[];
  /** Stand behind the certificates. */
  readonly rawPublicKey?: RawKeyInput | readonly RawKeyInput[];
  readonly passphrase?: string;
  /** Reads keys under the encryption of old, too. */
  readonly legacy?: LegacyEncryption;
  /** SignatureScheme values to keep to, in order of preference. */
  readonly schemes?: readonly number[];
}

/** What was read. Whoever reads disposes of the keys when the credentials are not needed any more. */
export interface ReadCredentials {
  readonly credentials: readonly Credential[];
  readonly keys: readonly PrivateKey[];
  /** What came in PKCS#12 files beside the certificates of their keys. */
  readonly fromPfx: readonly Certificate[];
}

/**
 * @throws ERR_INVALID_ARGUMENT for a certificate without its key; what parsePem, parseCertificate and parsePrivateKey throw
 */
export function readCredentials(provider: CryptoProvider, inputs: CredentialInputs): ReadCredentials {
  const fromPfx: Certificate[] = [];
  const { passphrase } = inputs;
  const read = withKeys(keys => [
    ...listOf(inputs.delegatedCredential).map(each => delegatedCredential(provider, each, keys, passphrase)),
    ...credentialsOfPairs(provider, inputs, keys),
    ...listOf(inputs.pfx).flatMap(pfx => readPfx(pfx, provider, inputs, keys, fromPfx)),
    ...listOf(inputs.rawPublicKey).map(each => rawCredential(provider, each, keys, inputs)),
  ]);
  return { ...read, fromPfx };
}

/** The credential of one chain and its key, without PKCS#12. @throws as readCredentials does */
export function readCredential(
  provider: CryptoProvider,
  inputs: Pick<CredentialInputs, 'schemes'> & { readonly cert: PemInput; readonly key: KeyInput },
): Credential {
  return withKeys(keys => credentialsOfPairs(provider, inputs, keys)).credentials[0];
}

/** A key that is shown without a certificate (RFC 7250). */
export interface RawKeyInput {
  /** PEM "PUBLIC KEY" or DER SubjectPublicKeyInfo. May be absent where `key` is a private key, which has it. */
  readonly publicKey?: PemInput;
  readonly key: KeyInput;
}

/** @throws ERR_MALFORMED_PEM; ERR_INVALID_ARGUMENT for another key, or a Signer without its public key */
export function readRawPublicKey(provider: CryptoProvider, inputs: RawKeyInput): Credential {
  return withKeys(keys => [rawCredential(provider, inputs, keys)]).credentials[0];
}

function rawCredential(
  provider: CryptoProvider,
  { publicKey: given, key: owned }: RawKeyInput,
  keys: PrivateKey[],
  { passphrase, schemes }: CredentialInputs = {},
): Credential {
  const { key, signer: owner } = keyOwner(owned, 0, provider, { passphrase }, keys);
  if (given === undefined && key === undefined)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'a Signer is shown by its publicKey');
  const spki = given === undefined ? spkiOf((key as PrivateKey).publicKey) : readSpki(given);
  const publicKey = parsePublicKey(spki);
  if (key !== undefined && !samePublicKey(key.publicKey, publicKey)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'the key does not belong to the public key');
  }
  const signer = owner ?? signerFor(key as PrivateKey, publicKey, provider);
  return {
    certificateType: 'RawPublicKey',
    certificateChain: [spki],
    signer: schemes === undefined ? signer : narrowed(signer, schemes),
    decrypter: decrypterOf(key, publicKey),
  };
}

/** The SubjectPublicKeyInfo of a key that is given alone. @throws ERR_INVALID_ARGUMENT for RSASSA-PSS keys with parameters */
function spkiOf(key: PublicKey): Uint8Array {
  const identifier = constantKeyIdentifier(key);
  if (identifier !== null) return subjectPublicKeyInfo(key, identifier);
  throw new TlsError('ERR_INVALID_ARGUMENT', 'an RSASSA-PSS key is shown by its publicKey, which has its parameters');
}

/** A chain with a delegated credential (RFC 9345), and the key that it delegates to. */
export interface DelegatedInput {
  readonly cert: PemInput;
  /** DelegatedCredential: what issueDelegatedCredential of castls/x509 made. */
  readonly delegated: Uint8Array;
  readonly key: KeyInput;
}

/** @throws ERR_DECODE_ERROR for what is none; ERR_INVALID_ARGUMENT for another key; ERR_UNSUPPORTED_ALGORITHM for an RSA key */
export function readDelegatedCredential(provider: CryptoProvider, inputs: DelegatedInput): Credential {
  return withKeys(keys => [delegatedCredential(provider, inputs, keys)]).credentials[0];
}

function delegatedCredential(
  provider: CryptoProvider,
  inputs: DelegatedInput,
  keys: PrivateKey[],
  passphrase?: string,
): Credential {
  const chain = readCertificates(inputs.cert);
  if (chain.length === 0) throw new TlsError('ERR_MALFORMED_PEM', 'cert holds no certificate');
  const { validTime, scheme, algorithm, spki } = parseDelegatedCredential(inputs.delegated);
  const publicKey = parsePublicKey(spki);
  // RFC 9345 §4: MUST NOT be rsaEncryption.
  if (publicKey.type === 'rsa' && publicKey.pss === undefined) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'a delegated credential with an RSA key');
  }
  const owner = keyOwner(inputs.key, 0, provider, { passphrase }, keys);
  if (owner.key !== undefined && !samePublicKey(owner.key.publicKey, publicKey)) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'the key does not belong to the delegated credential');
  }
  const until = endOfDelegation(parseCertificate(chain[0]), validTime);
  const signer = narrowed(owner.signer ?? signerFor(owner.key as PrivateKey, publicKey, provider), [scheme]);
  const delegated = { encoded: copyOfBytes(inputs.delegated), scheme, algorithm, until };
  return { certificateChain: orderedChain(chain), signer, delegated };
}

function readSpki(input: PemInput): Uint8Array {
  if (typeof input !== 'string' && isDer(input)) return new Uint8Array(trimmedDer(input));
  const [block] = parsePem(typeof input === 'string' ? input : pemText(input), 'PUBLIC KEY');
  if (block === undefined) throw new TlsError('ERR_MALFORMED_PEM', 'publicKey holds no PUBLIC KEY');
  return block.bytes;
}

/** Keys that were read are wiped if anything behind them fails. */
function withKeys(read: (keys: PrivateKey[]) => Credential[]): Omit<ReadCredentials, 'fromPfx'> {
  const keys: PrivateKey[] = [];
  try {
    return { credentials: read(keys), keys };
  } catch (error) {
    for (const key of keys) key.dispose();
    throw error;
  }
}

function credentialsOfPairs(provider: CryptoProvider, inputs: CredentialInputs, keys: PrivateKey[]): Credential[] {
  const chains = listOf(inputs.cert).map(each => readCertificates(each));
  const owners = listOf(inputs.key).map((input, index) => keyOwner(input, index, provider, inputs, keys));
  return chains.map((chain, index) => credentialOf(chain, index, owners, provider, inputs.schemes));
}

/** All certificates of PEM texts, or of DER; other blocks, an encrypted key above all, are not looked at. */
export function readCertificates(input: PemInput | readonly PemInput[] | null | undefined): Uint8Array[] {
  return listOf(input).flatMap(one => {
    if (typeof one !== 'string' && isDer(one)) return [new Uint8Array(trimmedDer(one))];
    const text = typeof one === 'string' ? one : pemText(one);
    return parsePem(text, certificateLabels).map(({ label, bytes }) => certificateDer(label, bytes));
  });
}

/**
 * Certificates to trust. One that cannot be read is left out with a warning, once in a program.
 * @param source names the list in the warning
 */
export function readTrustList(input: PemInput | readonly PemInput[] | null | undefined, source: string): Certificate[] {
  const inputs = listOf(input);
  return inputs.flatMap((one, index) => {
    const { certificates, odd } = parseTrustList(one);
    for (const each of odd) warnOnce(oddCertificateText(inputs.length > 1 ? `${source}[${index}]` : source, each));
    return certificates;
  });
}

function readPfx(
  input: PfxInput,
  provider: CryptoProvider,
  { passphrase, schemes, legacy }: CredentialInputs,
  keys: PrivateKey[],
  others: Certificate[],
): Credential[] {
  if (typeof input !== 'object' || input === null)
    throw new TlsError('ERR_INVALID_ARGUMENT', 'pfx is the bytes of a PKCS#12 file, or { buf, passphrase }');
  const wrapped = 'buf' in input;
  const own = (wrapped ? input.passphrase : undefined) ?? passphrase;
  const content = parsePkcs12(provider as KeyProvider, wrapped ? input.buf : input, { passphrase: own ?? '', legacy });
  for (const { error } of content.odd) warnOnce(`pfx: a certificate is left out: ${error.message}`);
  if (content.keys.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'pfx holds no private key');
  const owners = content.keys.map(({ privateKey }, index) => ({ index, key: privateKey }));
  keys.push(...owners.map(({ key }) => key));
  const chains = owners.map(({ key }) => pkcs12Chain(content, key));
  for (const { certificate } of content.certificates) {
    if (!chains.some(([leaf]) => leaf === certificate)) others.push(certificate);
  }
  return owners.map((owner, index) => {
    const chain = chains[index].map(({ der }) => der);
    return credentialOf(chain, owner.index, [owner], provider, schemes);
  });
}

interface KeyOwner {
  readonly index: number;
  readonly key?: PrivateKey;
  readonly signer?: Signer;
}

function keyOwner(
  input: KeyInput,
  index: number,
  provider: CryptoProvider,
  { passphrase, legacy }: CredentialInputs,
  keys: PrivateKey[],
): KeyOwner {
  if (typeof input === 'object' && 'sign' in input) return { index, signer: input };
  const wrapped = typeof input === 'object' && 'pem' in input;
  const own = wrapped ? (input.passphrase ?? passphrase) : passphrase;
  const key = parsePrivateKey(provider as KeyProvider, wrapped ? input.pem : input, { passphrase: own, legacy });
  keys.push(key);
  return { index, key };
}

function credentialOf(
  chain: readonly Uint8Array[],
  index: number,
  owners: readonly KeyOwner[],
  provider: CryptoProvider,
  schemes: readonly number[] | undefined,
): Credential {
  if (chain.length === 0) throw new TlsError('ERR_MALFORMED_PEM', 'cert holds no certificate');
  const { publicKey } = parseCertificate(chain[0]);
  const owner =
    owners.find(({ key }) => key !== undefined && samePublicKey(key.publicKey, publicKey)) ??
    owners.find(each => each.signer !== undefined && (each.index === index || owners.length === 1));
  if (owner === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'no key belongs to the certificate');
  const { key } = owner;
  const signer = owner.signer ?? signerFor(key as PrivateKey, publicKey, provider);
  return {
    certificateChain: orderedChain(chain),
    signer: schemes === undefined ? signer : narrowed(signer, schemes),
    decrypter: decrypterOf(key, publicKey),
  };
}

function decrypterOf(key: PrivateKey | undefined, publicKey: PublicKey): Decrypter | undefined {
  const decrypts = transports(publicKey) && key !== undefined && 'decryptPremaster' in key;
  return decrypts ? (key as PrivateKey & Decrypter) : undefined;
}

/** RFC 4055 §1.2: a key that is certified for RSASSA-PSS signs, and does nothing else. */
function transports(certified: PublicKey): boolean {
  return certified.type === 'rsa' && certified.pss === undefined;
}

/** The certificate may say that an RSA key is for PSS alone where the key itself does not. */
function signerFor(key: PrivateKey, certified: PublicKey, provider: CryptoProvider): Signer {
  const { publicKey } = key;
  const unrestricted = publicKey.type === 'rsa' && publicKey.pss === undefined;
  const restriction = certified.type === 'rsa' && unrestricted ? certified.pss : undefined;
  return keySigner(restriction === undefined ? key : restrictToPss(key, restriction), provider.random);
}

function narrowed(signer: Signer, schemes: readonly number[]): Signer {
  return {
    schemes: schemes.filter(scheme => signer.schemes.includes(scheme)),
    sign: (scheme, message, signal, pace) => signer.sign(scheme, message, signal, pace),
  };
}

function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if (a.type === 'rsa') return b.type === 'rsa' && equalVartime(a.modulus, b.modulus);
  if (a.type === 'ec') return b.type === 'ec' && a.curve === b.curve && equalVartime(a.point, b.point);
  return a.type === b.type && 'key' in b && equalVartime(a.key, b.key);
}

/** The leaf stays first; what follows goes from issuer to issuer, as RFC 5246 §7.4.2 wants it. The rest is left out. */
function orderedChain(chain: readonly Uint8Array[]): Uint8Array[] {
  if (chain.length < 3) return [...chain];
  const [leaf, ...others] = [parseCertificate(chain[0]), ...chain.slice(1).flatMap(readOther)];
  const ordered: Certificate[] = [leaf];
  for (let last = leaf; !last.selfIssued; ) {
    const at = others.findIndex(each => each.subject.equals(last.issuer));
    if (at < 0) break;
    [last] = others.splice(at, 1);
    ordered.push(last);
  }
  return ordered.map(({ der }) => der);
}

/** A certificate behind the leaf; one that cannot be read is issuer of nothing. */
function readOther(der: Uint8Array): Certificate[] {
  try {
    const certificate = parseCertificate(der);
    void certificate.subject.key;
    return [certificate];
  } catch (error) {
    if (error instanceof TlsError) return [];
    throw error;
  }
}

/** One or many, as one list. */
export function listOf<T>(value: T | readonly T[] | null | undefined): readonly T[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as T];
}
