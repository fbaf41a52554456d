// Reads PKCS#12 files (RFC 7292): certificates, CRLs and private keys under PBES2, after their MAC was verified. In DER, or in
// BER, which NSS, macOS and BouncyCastle write.

import { derOfBer } from '../../asn1/ber.ts';
import { contextTag, DerReader, malformed, tags } from '../../asn1/der.ts';
import { readOid } from '../../asn1/oid.ts';
import { decodeString } from '../../asn1/strings.ts';
import { requireBytes } from '../../base/arguments.ts';
import { concat, copyOfBytes } from '../../base/bytes.ts';
import { TlsError } from '../../base/errors.ts';
import { flag, readOptions } from '../../base/options.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import type { PrivateKey } from '../../crypto/signature.ts';
import { readAlgorithm } from '../algorithm.ts';
import { type Certificate, parseCertificate } from '../certificate.ts';
import { DerivationBudget, decryptPbes2, type PasswordOptions, passwordTable, wrongPassword } from '../keys/pbes2.ts';
import { readEncrypted, readPrivateKeyInfo } from '../keys/private_key.ts';
import { parsePublicKey, samePublicKey } from '../public_key.ts';
import { attributeTypes, bagTypes, contentTypes, X509_CERTIFICATE, X509_CRL } from './identifiers.ts';
import { readMacData, verifyMac } from './mac.ts';

interface Labels {
  readonly friendlyName: string | undefined;
  /** The same for a key and its certificate. */
  readonly localKeyId: Uint8Array | undefined;
}

/** What a file holds, in its order. The private keys are the caller's. */
export interface Pkcs12Content {
  readonly keys: readonly (Labels & { readonly privateKey: PrivateKey })[];
  readonly certificates: readonly (Labels & { readonly certificate: Certificate })[];
  /** DER. */
  readonly crls: readonly Uint8Array[];
  /** Certificates that cannot be read, and why: they end nothing else. */
  readonly odd: readonly { readonly der: Uint8Array; readonly error: TlsError }[];
}

export interface Pkcs12Options extends PasswordOptions {
  /** Read a file without a MAC: whoever could write to it chose what it says. */
  readonly dangerousNoMac?: boolean;
}

/** Bags inside of bags that are followed. */
const MAX_NESTING = 4;

/**
 * Reads a file. @param bytes stay the caller's @param options.passphrase also protects the integrity; the empty text for
 *   files without a password
 * @throws ERR_WRONG_PASSWORD (the MAC or what was decrypted is wrong), ERR_UNSUPPORTED_ALGORITHM naming what is not read,
 *   ERR_COST_LIMIT, ERR_MALFORMED_DER, ERR_INVALID_PRIVATE_KEY
 */
export function parsePkcs12(provider: KeyProvider, bytes: Uint8Array, given: Pkcs12Options): Pkcs12Content {
  const options = readOptions('parsePkcs12', { ...passwordTable, dangerousNoMac: flag }, given);
  requireBytes(bytes, 'a PKCS#12 file');
  const budget = new DerivationBudget(options.limits);
  const safe = authenticate(provider, derOfBer(bytes), options, budget);
  const { legacy } = options;
  const reader = new SafeReader(provider, { passphrase: options.passphrase ?? '', limits: budget, legacy });
  try {
    const der = new DerReader(derOfBer(safe));
    der.enter(tags.SEQUENCE);
    while (!der.done) reader.readContentInfo(der);
    return { keys: reader.keys, certificates: reader.certificates, crls: reader.crls, odd: reader.odd };
  } catch (error) {
    for (const { privateKey } of reader.keys) privateKey.dispose();
    throw error;
  }
}

/** PFX: the AuthenticatedSafe, whose MAC is right. */
function authenticate(
  provider: KeyProvider,
  bytes: Uint8Array,
  options: Pkcs12Options,
  budget: DerivationBudget,
): Uint8Array {
  const der = new DerReader(bytes);
  der.enter(tags.SEQUENCE);
  if (der.small(3) !== 3) malformed(der.at, 'a PKCS#12 file of another version than 3');
  const outer = der.enter(tags.SEQUENCE);
  const type = readOid(der);
  if (type !== contentTypes.data) {
    const what = type === contentTypes.signedData ? 'a signature' : type;
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `PKCS#12 files with ${what} instead of a MAC are not read`);
  }
  const wrapper = der.enter(contextTag(0, true));
  const safe = der.content(tags.OCTET_STRING);
  der.leave(wrapper);
  der.leave(outer);
  const mac = der.done ? undefined : readMacData(der);
  der.finish();
  if (der.end !== bytes.length) malformed(der.at, 'bytes after a PKCS#12 file');
  if (mac === undefined) {
    if (options.dangerousNoMac) return safe;
    throw new TlsError('ERR_INVALID_ARGUMENT', 'the PKCS#12 file has no MAC: nothing says that it was not changed');
  }
  if (!verifyMac(provider, mac, safe, options.passphrase ?? '', budget)) wrongPassword();
  return safe;
}

class SafeReader {
  readonly keys: (Labels & { privateKey: PrivateKey })[] = [];
  readonly certificates: (Labels & { certificate: Certificate })[] = [];
  readonly crls: Uint8Array[] = [];
  readonly odd: { der: Uint8Array; error: TlsError }[] = [];
  readonly #provider: KeyProvider;
  readonly #options: PasswordOptions;

  constructor(provider: KeyProvider, options: PasswordOptions) {
    this.#provider = provider;
    this.#options = options;
  }

  readContentInfo(der: DerReader): void {
    const outer = der.enter(tags.SEQUENCE);
    const type = readOid(der);
    const wrapper = der.enter(contextTag(0, true));
    if (type === contentTypes.data) this.#readSafeContents(new DerReader(derOfBer(der.content(tags.OCTET_STRING))), 0);
    else if (type === contentTypes.encryptedData) this.#readEncryptedData(der);
    else {
      const what = type === contentTypes.envelopedData ? 'encrypted to a public key' : `of type ${type}`;
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `PKCS#12 contents ${what} are not read`);
    }
    der.leave(wrapper);
    der.leave(outer);
  }

  /** EncryptedData (RFC 2315 §13) around SafeContents. */
  #readEncryptedData(der: DerReader): void {
    const outer = der.enter(tags.SEQUENCE);
    der.small(2);
    const info = der.enter(tags.SEQUENCE);
    if (readOid(der) !== contentTypes.data) malformed(der.at, 'encrypted contents that are no data');
    const algorithm = readAlgorithm(der);
    const ciphertext = readEncryptedContent(der);
    der.leave(info);
    der.leave(outer);
    const plain = decryptPbes2(this.#provider, algorithm, ciphertext, this.#options);
    let content: Uint8Array | undefined;
    try {
      content = derOfBer(plain);
      this.#readSafeContents(new DerReader(content), 0);
    } catch (error) {
      if (error instanceof TlsError && error.code === 'ERR_MALFORMED_DER') wrongPassword(error);
      throw error;
    } finally {
      plain.fill(0);
      content?.fill(0);
    }
  }

  #readSafeContents(der: DerReader, depth: number): void {
    if (depth > MAX_NESTING) malformed(der.at, `bags nested deeper than ${MAX_NESTING}`);
    const outer = der.enter(tags.SEQUENCE);
    while (!der.done) this.#readBag(der, depth);
    der.leave(outer);
    der.finish();
  }

  #readBag(der: DerReader, depth: number): void {
    const outer = der.enter(tags.SEQUENCE);
    const type = readOid(der);
    const wrapper = der.enter(contextTag(0, true));
    const value = der.anyElement();
    der.leave(wrapper);
    const labels = readLabels(der);
    der.leave(outer);
    switch (type) {
      case bagTypes.key:
        this.keys.push({ privateKey: readPrivateKeyInfo(this.#provider, value, this.#options.limits), ...labels });
        break;
      case bagTypes.shroudedKey:
        this.keys.push({ privateKey: readEncrypted(this.#provider, value, this.#options), ...labels });
        break;
      case bagTypes.certificate: {
        const der = wrapped(value, X509_CERTIFICATE);
        if (der !== undefined) this.#readCertificate(der, labels);
        break;
      }
      case bagTypes.crl: {
        const der = wrapped(value, X509_CRL);
        if (der !== undefined) this.crls.push(copyOfBytes(der));
        break;
      }
      case bagTypes.safeContents:
        this.#readSafeContents(new DerReader(value), depth + 1);
        break;
      default:
      // Secret bags and what comes after RFC 7292 hold nothing of X.509.
    }
  }

  #readCertificate(der: Uint8Array, labels: Labels): void {
    try {
      this.certificates.push({ certificate: parseCertificate(der), ...labels });
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.odd.push({ der: new Uint8Array(der), error });
    }
  }
}

/** encryptedContent [0] IMPLICIT OCTET STRING, which BER may have in pieces. */
function readEncryptedContent(der: DerReader): Uint8Array {
  if (der.peek() === contextTag(0, false)) return der.content(contextTag(0, false));
  const outer = der.enter(contextTag(0, true));
  const pieces: Uint8Array[] = [];
  while (!der.done) pieces.push(der.content(tags.OCTET_STRING));
  der.leave(outer);
  return concat(pieces);
}

/** CertBag and CRLBag: the octets, or undefined for another kind than X.509. */
function wrapped(value: Uint8Array, expected: string): Uint8Array | undefined {
  const der = new DerReader(value);
  der.enter(tags.SEQUENCE);
  if (readOid(der) !== expected) return undefined;
  const outer = der.enter(contextTag(0, true));
  const octets = der.content(tags.OCTET_STRING);
  der.leave(outer);
  der.finish();
  return octets;
}

/** PKCS12Attributes; those of others are passed over. */
function readLabels(der: DerReader): Labels {
  let friendlyName: string | undefined;
  let localKeyId: Uint8Array | undefined;
  if (!der.done) {
    const outer = der.enter(tags.SET);
    while (!der.done) {
      const inner = der.enter(tags.SEQUENCE);
      const type = readOid(der);
      const set = der.enter(tags.SET);
      if (type === attributeTypes.friendlyName && der.peek() === tags.BMP_STRING) {
        const octets = der.content(tags.BMP_STRING);
        friendlyName = readBmp(octets);
      } else if (type === attributeTypes.localKeyId && der.peek() === tags.OCTET_STRING) {
        localKeyId = copyOfBytes(der.content(tags.OCTET_STRING));
      }
      while (!der.done) der.skipValue();
      der.leave(set);
      der.leave(inner);
    }
    der.leave(outer);
  }
  return { friendlyName, localKeyId };
}

/** Windows writes UTF-16 with surrogates where BMPString has none: such names are read all the same. */
function readBmp(octets: Uint8Array): string {
  const surrogates = octets.some((byte, i) => i % 2 === 0 && byte >= 0xd8 && byte <= 0xdf);
  if (!surrogates) return decodeString(octets, tags.BMP_STRING, 0, octets.length);
  let text = '';
  for (let i = 0; i + 1 < octets.length; i += 2) text += String.fromCharCode((octets[i] << 8) | octets[i + 1]);
  return text;
}

/**
 * The certificates for a key: its own first, then each one's issuer as far as the file has them.
 * @throws ERR_INVALID_ARGUMENT if none is for the key
 */
export function pkcs12Chain(content: Pkcs12Content, key: PrivateKey): Certificate[] {
  const pool = content.certificates.map(({ certificate }) => certificate);
  const own = pool.find(({ spki }) => isKey(spki, key));
  if (own === undefined) throw new TlsError('ERR_INVALID_ARGUMENT', 'no certificate of the file is for the key');
  const chain = [own];
  for (;;) {
    const last = chain[chain.length - 1];
    const issuer = pool.find(each => !chain.includes(each) && each.subject.equals(last.issuer));
    if (issuer === undefined || last.selfIssued) return chain;
    chain.push(issuer);
  }
}

function isKey(spki: Uint8Array, { publicKey }: PrivateKey): boolean {
  try {
    return samePublicKey(parsePublicKey(spki), publicKey);
  } catch (error) {
    if (error instanceof TlsError) return false;
    throw error;
  }
}
