// Writes PKCS#12 files (RFC 7292): certificates and keys under PBES2, and a MAC over all (HMAC, or PBMAC1 by RFC 9579).

import { contextTag, tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import { TlsError } from '../../base/errors.ts';
import {
  bytes,
  flag,
  integer,
  listOf,
  objectWith,
  oneOf,
  readOptions,
  required,
  text,
  unchecked,
  withDefault,
} from '../../base/options.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { PrivateKey } from '../../crypto/signature.ts';
import { hashOids } from '../algorithm.ts';
import type { Certificate } from '../certificate.ts';
import { purposes } from '../extensions.ts';
import { generalNameText } from '../general_name.ts';
import { type CertificateInput, certificateFrom } from '../input.ts';
import { hmacOids, pbeOids } from '../keys/pbes2.ts';
import {
  DEFAULT_ITERATIONS,
  type EncryptionOptions,
  encryptionTable,
  encryptPbes2,
  hashNames,
  pbkdf2Parameters,
} from '../keys/pbes2_write.ts';
import { writeEncryptedPrivateKey } from '../keys/write.ts';
import { samePublicKey } from '../public_key.ts';
import { algorithmIdentifier, oidOf } from '../write/algorithm.ts';
import { bmpPassword } from './derivation.ts';
import { attributeTypes, bagTypes, contentTypes, X509_CERTIFICATE } from './identifiers.ts';
import { pbmac1Key, pkcs12MacKey } from './mac.ts';

/** A certificate or key with the names that programs show and match them by. */
export interface Pkcs12Labels {
  /** What programs show; Java's alias. A key and its certificate share it: given for one, it is written for both. */
  readonly friendlyName?: string;
  /** The same for a key and its certificate. Default: SHA-1 of the certificate, as everybody does it. */
  readonly localKeyId?: Uint8Array;
}

export interface Pkcs12Contents {
  readonly keys?: readonly (Pkcs12Labels & { readonly privateKey: PrivateKey })[];
  readonly certificates: readonly (Pkcs12Labels & { readonly certificate: CertificateInput })[];
}

/** How to protect the file. The passphrase, as UTF-8 text, is for encryption and MAC alike. */
export interface Pkcs12WriteOptions extends EncryptionOptions {
  /** "hmac" (default) is what everything reads; "pbmac1" (RFC 9579) needs OpenSSL 3.4, GnuTLS 3.8.9 or newer. */
  readonly mac?: 'hmac' | 'pbmac1';
  /** Of the MAC. Default "sha256". */
  readonly macHash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Of the MAC's derivation. Default 100,000 for "hmac", whose derivation is one hash an iteration, else as `iterations`. */
  readonly macIterations?: number;
  /**
   * Marks the certificates that belong to no key of the file as trusted by Java, which takes no others from a trust store.
   * Default: true for a file without keys.
   */
  readonly javaTrustStore?: boolean;
}

/** The tables of the options. */
const labels = { friendlyName: text, localKeyId: bytes };
const contentsTable = {
  keys: withDefault(listOf(objectWith<object>('a key', 'privateKey')), []),
  certificates: required(listOf(objectWith<object>('a certificate', 'certificate'))),
};
const keyTable = { ...labels, privateKey: required(objectWith<PrivateKey>('a private key', 'publicKey')) };
const certificateTable = { ...labels, certificate: required(unchecked<CertificateInput>()) };
const optionTable = {
  ...encryptionTable,
  mac: oneOf('hmac', 'pbmac1'),
  macHash: oneOf(...hashNames),
  macIterations: integer(1, 0x7fffffff),
  javaTrustStore: flag,
} as const;

const DEFAULT_MAC_ITERATIONS = 100_000;
const SALT_LENGTH = 16;

/**
 * DER of a file. A key and its certificate are matched by the public key.
 * @throws ERR_INVALID_STATE if a key may not leave its owner, ERR_INVALID_ARGUMENT
 */
export function writePkcs12(provider: KeyProvider, contents: Pkcs12Contents, given: Pkcs12WriteOptions): Uint8Array {
  const options = readOptions('writePkcs12', optionTable, given) as Pkcs12WriteOptions;
  const { keys, certificates } = labelled(provider, contents, options.javaTrustStore);
  const infos: Uint8Array[] = [];
  if (certificates.length > 0) {
    const bags = certificates.map(each =>
      bag(bagTypes.certificate, x509Bag(X509_CERTIFICATE, each.certificate.der), each),
    );
    infos.push(encryptedInfo(provider, asn1.sequence(...bags), options));
  }
  if (keys.length > 0) {
    const { passphrase, derivation, hash, iterations, scryptCost, aesBits } = options;
    const encryption = { passphrase, derivation, hash, iterations, scryptCost, aesBits };
    const bags = keys.map(each =>
      bag(bagTypes.shroudedKey, writeEncryptedPrivateKey(provider, each.privateKey, encryption), each),
    );
    infos.push(dataInfo(asn1.sequence(...bags)));
  }
  const safe = asn1.sequence(...infos);
  return asn1.sequence(asn1.integer(3), dataInfo(safe), macData(provider, safe, options));
}

interface Labelled extends Pkcs12Labels {
  /** Java: may be a trust anchor. */
  readonly trusted?: boolean;
}

/**
 * The contents with the labels that readers match by: NSS and Java take a key without a localKeyId for one without a
 * certificate, Windows and macOS show the friendlyName.
 */
function labelled(provider: KeyProvider, contents: Pkcs12Contents, javaTrustStore: boolean | undefined) {
  const read = readOptions('the contents of a PKCS#12 file', contentsTable, contents);
  const trustStore = javaTrustStore ?? read.keys.length === 0;
  const keys = read.keys.map(each => readOptions('a key of a PKCS#12 file', keyTable, each));
  const certificates = read.certificates.map(each => {
    const { certificate, ...rest } = readOptions('a certificate of a PKCS#12 file', certificateTable, each);
    return { ...rest, certificate: certificateFrom(certificate), trusted: trustStore };
  });
  const sha1 = provider.keyDerivation('sha1').hash;
  const names = new AliasMaker();
  const labelledKeys = keys.map((key, number) => {
    const at = certificates.findIndex(({ certificate }) => isFor(certificate, key.privateKey));
    const own = certificates[at];
    const localKeyId =
      key.localKeyId ?? own?.localKeyId ?? (own ? sha1.digest(own.certificate.der) : Uint8Array.of(number + 1));
    const friendlyName = names.next(key.friendlyName ?? own?.friendlyName ?? nameOf(own?.certificate));
    if (own !== undefined) certificates[at] = { ...own, localKeyId, friendlyName, trusted: false };
    return { ...key, localKeyId, friendlyName };
  });
  if (!trustStore) return { keys: labelledKeys, certificates };
  // keytool keeps one entry for each alias, and makes its own where there is none.
  const aliased = certificates.map(each =>
    each.trusted ? { ...each, friendlyName: names.next(each.friendlyName ?? nameOf(each.certificate)) } : each,
  );
  return { keys: labelledKeys, certificates: aliased };
}

/** Aliases that differ without regard to case, as Java compares them. */
class AliasMaker {
  readonly #taken = new Set<string>();

  next(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name.toLowerCase()); i++) name = `${wanted} (${i})`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

/** What a certificate is called where nobody said it. */
function nameOf(certificate: Certificate | undefined): string {
  const subject = certificate?.subject;
  const [name] = certificate?.subjectAltName ?? [];
  return (
    subject?.attribute('CN') ??
    subject?.attribute('OU') ??
    subject?.attribute('O') ??
    (name === undefined ? 'key' : generalNameText(name).replace(/^[^:]*:/, ''))
  );
}

function isFor(certificate: Certificate, key: PrivateKey): boolean {
  try {
    return samePublicKey(certificate.publicKey, key.publicKey);
  } catch (error) {
    if (error instanceof TlsError) return false;
    throw error;
  }
}

function dataInfo(content: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(contentTypes.data), asn1.tagged(0, asn1.octetString(content)));
}

/** ContentInfo with EncryptedData (RFC 2315 §13). */
function encryptedInfo(provider: KeyProvider, content: Uint8Array, options: EncryptionOptions): Uint8Array {
  const { algorithm, ciphertext } = encryptPbes2(provider, content, options);
  const info = asn1.sequence(
    asn1.objectIdentifier(contentTypes.data),
    algorithm,
    asn1.element(contextTag(0, false), ciphertext),
  );
  const encrypted = asn1.sequence(asn1.integer(0), info);
  return asn1.sequence(asn1.objectIdentifier(contentTypes.encryptedData), asn1.tagged(0, encrypted));
}

function x509Bag(type: string, der: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(type), asn1.tagged(0, asn1.octetString(der)));
}

function bag(type: string, value: Uint8Array, { friendlyName, localKeyId, trusted }: Labelled): Uint8Array {
  const attributes: Uint8Array[] = [];
  if (friendlyName !== undefined) {
    attributes.push(
      attribute(attributeTypes.friendlyName, asn1.element(tags.BMP_STRING, asn1.bmpOctets(friendlyName))),
    );
  }
  if (localKeyId !== undefined) attributes.push(attribute(attributeTypes.localKeyId, asn1.octetString(localKeyId)));
  if (trusted) attributes.push(attribute(attributeTypes.trustedKeyUsage, asn1.objectIdentifier(purposes.any)));
  const set = attributes.length > 0 ? [asn1.setOf(...attributes)] : [];
  return asn1.sequence(asn1.objectIdentifier(type), asn1.tagged(0, value), ...set);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(type), asn1.setOf(value));
}

function macData(provider: KeyProvider, content: Uint8Array, options: Pkcs12WriteOptions): Uint8Array {
  const { passphrase, macHash: hash = 'sha256' } = options;
  const salt = randomBytes(provider.random, SALT_LENGTH);
  if (options.mac === 'pbmac1') return pbmac1Data(provider, content, salt, hash, options);
  const iterations = options.macIterations ?? DEFAULT_MAC_ITERATIONS;
  const hmac = provider.keyDerivation(hash);
  const password = bmpPassword(passphrase);
  const key = pkcs12MacKey(provider, password, hmac.hash, salt, iterations);
  password.fill(0);
  try {
    return macElement(
      algorithmIdentifier(oidOf<HashName>(hashOids, hash), asn1.nullElement()),
      hmac.hmac(key, content),
      salt,
      iterations,
    );
  } finally {
    key.dispose();
  }
}

function pbmac1Data(
  provider: KeyProvider,
  content: Uint8Array,
  salt: Uint8Array,
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512',
  options: Pkcs12WriteOptions,
): Uint8Array {
  const iterations = options.macIterations ?? options.iterations ?? DEFAULT_ITERATIONS;
  const hmac = provider.keyDerivation(hash);
  const length = hmac.hash.outputLength;
  const key = pbmac1Key(provider, options.passphrase, hash, salt, iterations, length);
  try {
    const parameters = asn1.sequence(
      algorithmIdentifier(pbeOids.pbkdf2, pbkdf2Parameters(salt, iterations, hash, length)),
      algorithmIdentifier(oidOf<HashName>(hmacOids, hash), asn1.nullElement()),
    );
    // RFC 9579 §4: macSalt and iterations mean nothing here; implementations write a fixed text and 1.
    const unused = new TextEncoder().encode('NOT USED');
    return macElement(algorithmIdentifier(pbeOids.pbmac1, parameters), hmac.hmac(key, content), unused, 1);
  } finally {
    key.dispose();
  }
}

/** MacData (RFC 7292 §4); the default of one iteration is not encoded. */
function macElement(algorithm: Uint8Array, digest: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  return asn1.sequence(
    asn1.sequence(algorithm, asn1.octetString(digest)),
    asn1.octetString(salt),
    ...(iterations === 1 ? [] : [asn1.integer(iterations)]),
  );
}
