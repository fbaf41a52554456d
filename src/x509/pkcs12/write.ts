// Writes PKCS#12 files (RFC 7292): certificates and keys under PBES2, and a MAC over all (HMAC, or PBMAC1 by RFC 9579).

import { contextTag, tags } from '../../asn1/der.ts';
import * as asn1 from '../../asn1/writer.ts';
import type { HashName } from '../../crypto/hash.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import type { PrivateKey } from '../../crypto/signature.ts';
import { hashOids } from '../algorithm.ts';
import type { Certificate } from '../certificate.ts';
import { hmacOids, pbeOids } from '../keys/pbes2.ts';
import { DEFAULT_ITERATIONS, type EncryptionOptions, encryptPbes2, pbkdf2Parameters } from '../keys/pbes2_write.ts';
import { writeEncryptedPrivateKey } from '../keys/write.ts';
import { algorithmIdentifier, oidOf } from '../write/algorithm.ts';
import { bmpPassword } from './derivation.ts';
import { attributeTypes, bagTypes, contentTypes, X509_CERTIFICATE } from './identifiers.ts';
import { pbmac1Key, pkcs12MacKey } from './mac.ts';

/** A certificate or key with the names that programs show and match them by. */
export interface Pkcs12Labels {
  readonly friendlyName?: string;
  /** The same for a key and its certificate. */
  readonly localKeyId?: Uint8Array;
}

export interface Pkcs12Contents {
  readonly keys: readonly (Pkcs12Labels & { readonly privateKey: PrivateKey })[];
  readonly certificates: readonly (Pkcs12Labels & { readonly certificate: Certificate })[];
}

/** How to protect the file. The passphrase, as UTF-8 text, is for encryption and MAC alike. */
export interface Pkcs12WriteOptions extends EncryptionOptions {
  /** "hmac" (default) is what everything reads; "pbmac1" (RFC 9579) needs OpenSSL 3.4, GnuTLS 3.8.9 or newer. */
  readonly mac?: 'hmac' | 'pbmac1';
  /** Of the MAC. Default "sha256". */
  readonly macHash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Of the MAC's derivation. Default 100,000 for "hmac", whose derivation is one hash an iteration, else as `iterations`. */
  readonly macIterations?: number;
}

const DEFAULT_MAC_ITERATIONS = 100_000;
const SALT_LENGTH = 16;

/** DER of a file. @throws ERR_INVALID_STATE if a key may not leave its owner */
export function writePkcs12(provider: KeyProvider, contents: Pkcs12Contents, options: Pkcs12WriteOptions): Uint8Array {
  const infos: Uint8Array[] = [];
  if (contents.certificates.length > 0) {
    const bags = contents.certificates.map(each =>
      bag(bagTypes.certificate, x509Bag(X509_CERTIFICATE, each.certificate.der), each),
    );
    infos.push(encryptedInfo(provider, asn1.sequence(...bags), options));
  }
  if (contents.keys.length > 0) {
    const bags = contents.keys.map(each =>
      bag(bagTypes.shroudedKey, writeEncryptedPrivateKey(provider, each.privateKey, options), each),
    );
    infos.push(dataInfo(asn1.sequence(...bags)));
  }
  const safe = asn1.sequence(...infos);
  return asn1.sequence(asn1.integer(3), dataInfo(safe), macData(provider, safe, options));
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

function bag(type: string, value: Uint8Array, { friendlyName, localKeyId }: Pkcs12Labels): Uint8Array {
  const attributes: Uint8Array[] = [];
  if (friendlyName !== undefined) {
    attributes.push(
      attribute(attributeTypes.friendlyName, asn1.element(tags.BMP_STRING, asn1.bmpOctets(friendlyName))),
    );
  }
  if (localKeyId !== undefined) attributes.push(attribute(attributeTypes.localKeyId, asn1.octetString(localKeyId)));
  const set = attributes.length > 0 ? [asn1.setOf(...attributes)] : [];
  return asn1.sequence(asn1.objectIdentifier(type), asn1.tagged(0, value), ...set);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return asn1.sequence(asn1.objectIdentifier(type), asn1.setOf(value));
}

function macData(provider: KeyProvider, content: Uint8Array, options: Pkcs12WriteOptions): Uint8Array {
  const { passphrase, macHash: hash = 'sha256' } = options;
  const salt = new Uint8Array(SALT_LENGTH);
  provider.random(salt);
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
