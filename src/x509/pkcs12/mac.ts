// The integrity of a PKCS#12 file: HMAC under a key of PKCS#12's own derivation (RFC 7292 appendix B), or PBMAC1
// (RFC 9579, which RFC 9879 obsoletes without changing the format), whose key is derived by PBKDF2.

import { DerReader, malformed, tags } from '../../asn1/der.ts';
import type { HashAlgorithm, HashName } from '../../crypto/hash.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import type { Secret } from '../../crypto/secret.ts';
import { type AlgorithmIdentifier, hashOids, isNull, readAlgorithm } from '../algorithm.ts';
import {
  blocksOf,
  type DerivationBudget,
  hmacOids,
  passwordTools,
  pbeOids,
  readPbkdf2,
  refuse,
} from '../keys/pbes2.ts';
import { bmpPassword, derivePkcs12, pkcs12Ids } from './derivation.ts';

export interface MacData {
  readonly algorithm: AlgorithmIdentifier;
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** MacData (RFC 7292 §4). */
export function readMacData(der: DerReader): MacData {
  const outer = der.enter(tags.SEQUENCE);
  const info = der.enter(tags.SEQUENCE);
  const algorithm = readAlgorithm(der);
  const digest = der.content(tags.OCTET_STRING);
  der.leave(info);
  const salt = der.content(tags.OCTET_STRING);
  const iterations = der.done ? 1 : der.small(0x7fffffff);
  der.leave(outer);
  return { algorithm, digest, salt, iterations };
}

/** True if the MAC of `content` is right. @throws ERR_COST_LIMIT, ERR_UNSUPPORTED_ALGORITHM */
export function verifyMac(
  provider: KeyProvider,
  mac: MacData,
  content: Uint8Array,
  passphrase: string | Uint8Array,
  budget: DerivationBudget,
): boolean {
  if (mac.algorithm.oid === pbeOids.pbmac1) return verifyPbmac1(provider, mac, content, passphrase, budget);
  const name = hashOids[mac.algorithm.oid];
  if (name === undefined) refuse(mac.algorithm.oid, 'hash of a PKCS#12 MAC');
  budget.takeIterations(mac.iterations, passphrase.length === 0 ? 2 : 1);
  const hmac = provider.keyDerivation(name);
  // RFC 7292 §B.1: no password at all is not the same as the empty one, and programs disagree which they mean.
  const candidates = passphrase.length === 0 ? [bmpPassword(''), new Uint8Array(0)] : [bmpPassword(passphrase)];
  return candidates.some(password => {
    const key = pkcs12MacKey(provider, password, hmac.hash, mac.salt, mac.iterations);
    password.fill(0);
    try {
      return hmac.verifyHmac(key, content, mac.digest);
    } finally {
      key.dispose();
    }
  });
}

/** PBMAC1-params: keyDerivationFunc, which names its keyLength (RFC 9579 §4), and messageAuthScheme. */
function verifyPbmac1(
  provider: KeyProvider,
  mac: MacData,
  content: Uint8Array,
  passphrase: string | Uint8Array,
  budget: DerivationBudget,
): boolean {
  const der = new DerReader(mac.algorithm.parameters ?? new Uint8Array(0));
  der.enter(tags.SEQUENCE);
  const derivation = readAlgorithm(der);
  const scheme = readAlgorithm(der);
  der.finish();
  if (derivation.oid !== pbeOids.pbkdf2) refuse(derivation.oid, 'key derivation of PBMAC1');
  const name = hmacOids[scheme.oid];
  if (name === undefined) refuse(scheme.oid, 'MAC of PBMAC1');
  if (scheme.parameters !== undefined && !isNull(scheme.parameters)) malformed(0, 'parameters of an HMAC');
  const { hash, salt, iterations, keyLength } = readPbkdf2(derivation);
  // RFC 9579 §4: keyLength MUST be there; §9: a short one, down to one octet, would be no MAC at all.
  if (keyLength === undefined || keyLength < 20) malformed(0, 'PBMAC1 with no key length, or a short one (RFC 9579)');
  budget.takeIterations(iterations, blocksOf(hash, keyLength), hash);
  const key = pbmac1Key(provider, passphrase, hash, salt, iterations, keyLength);
  try {
    return provider.keyDerivation(name).verifyHmac(key, content, mac.digest);
  } finally {
    key.dispose();
  }
}

/** The key of PBMAC1, which the caller owns. The password is in UTF-8. */
export function pbmac1Key(
  provider: KeyProvider,
  passphrase: string | Uint8Array,
  hash: HashName,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Secret {
  const { encryption, password } = passwordTools(provider, { passphrase });
  try {
    return encryption.pbkdf2(hash, password, salt, iterations, length);
  } finally {
    password.dispose();
  }
}

/** The key of the HMAC MAC, which the caller owns. */
export function pkcs12MacKey(
  provider: KeyProvider,
  password: Uint8Array,
  hash: HashAlgorithm,
  salt: Uint8Array,
  iterations: number,
): Secret {
  const key = derivePkcs12(hash, pkcs12Ids.mac, password, salt, iterations, hash.outputLength);
  try {
    return provider.importSecret(key);
  } finally {
    key.fill(0);
  }
}
