// Suites whose records node:crypto protects; hashes and key derivation are those of the provider underneath, which has every
// suite already.

import { requireBoolean } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { recordLimits } from '../crypto/record_limits.ts';
import type { CipherSuite12, CipherSuite13 } from '../crypto/record_protection.ts';
import type { Secret } from '../crypto/secret.ts';
import { type NativeCipher, type NativeFormat, NativeRecordProtection } from './records.ts';

const aes128: NativeCipher = { name: 'aes-128-gcm', keyLength: 16, limit: recordLimits['aes-gcm'] };
const aes256: NativeCipher = { name: 'aes-256-gcm', keyLength: 32, limit: recordLimits['aes-gcm'] };
const chacha: NativeCipher = { name: 'chacha20-poly1305', keyLength: 32, limit: recordLimits['chacha20-poly1305'] };

/** By what a suite's name says; with AES instructions GCM is the fastest, and so the first. */
const ciphers: readonly (readonly [text: string, cipher: NativeCipher])[] = [
  ['AES_128_GCM', aes128],
  ['AES_256_GCM', aes256],
  ['CHACHA20_POLY1305', chacha],
];

const rank = (name: string): number => {
  const place = ciphers.findIndex(([text]) => name.includes(text));
  return place === -1 ? ciphers.length : place;
};

const IV_LENGTH = 12;

/** The base's suites of TLS 1.3, in the order of their speed here. */
export function nativeCipherSuites13(base: CryptoProvider): CipherSuite13[] {
  const suites = base.cipherSuites13.map((suite): CipherSuite13 => {
    const cipher = ciphers[rank(suite.name)]?.[1];
    if (cipher === undefined) return suite;
    return { ...suite, protect: trafficSecret => protect13(base, suite, cipher, trafficSecret) };
  });
  return suites.sort((a, b) => rank(a.name) - rank(b.name));
}

/** RFC 9846 §7.3: write_key and write_iv of a traffic secret, which is as long as the hash (§7.1). */
function protect13(
  base: CryptoProvider,
  { keyDerivation }: CipherSuite13,
  cipher: NativeCipher,
  secret: Secret,
): NativeRecordProtection {
  const { outputLength } = keyDerivation.hash;
  const key = keyDerivation.expandLabel(secret, 'key', new Uint8Array(0), cipher.keyLength);
  let iv: Secret | undefined;
  try {
    if (secret.length !== outputLength) {
      throw new TlsError('ERR_BAD_LENGTH', `a traffic secret of this suite has ${outputLength} bytes`);
    }
    iv = keyDerivation.expandLabel(secret, 'iv', new Uint8Array(0), IV_LENGTH);
    return protection(base, cipher, '1.3', key, iv);
  } finally {
    key.dispose();
    iv?.dispose();
  }
}

/** The bytes are outside the core for as long as OpenSSL takes to copy them. */
function protection(base: CryptoProvider, cipher: NativeCipher, format: NativeFormat, key: Secret, iv: Secret) {
  const keyBytes = base.dangerousReveal(key);
  const ivBytes = base.dangerousReveal(iv);
  try {
    return new NativeRecordProtection(cipher, format, keyBytes, ivBytes);
  } finally {
    keyBytes.fill(0);
    ivBytes.fill(0);
  }
}

/** The base's suites of TLS 1.2; CCM and CBC stay the base's, whose CBC gives nothing away by time. */
export function nativeCipherSuites12(base: CryptoProvider): CipherSuite12[] {
  const suites = base.cipherSuites12.map((suite): CipherSuite12 => {
    const cipher = ciphers[rank(suite.name)]?.[1];
    return cipher === undefined ? suite : suite12(base, suite, cipher);
  });
  const isFirst = ({ keyExchange, mode }: CipherSuite12) => keyExchange === 'ecdhe' && mode === 'aead';
  const first = suites.filter(isFirst).sort((a, b) => rank(a.name) - rank(b.name));
  return [...first, ...suites.filter(suite => !isFirst(suite))];
}

function suite12(base: CryptoProvider, suite: CipherSuite12, cipher: NativeCipher): CipherSuite12 {
  const { keyLength } = cipher;
  const [format, ivLength]: [NativeFormat, number] =
    cipher.name === 'chacha20-poly1305' ? ['1.2 implicit', IV_LENGTH] : ['1.2 explicit', 4];
  return {
    ...suite,
    protect(keyBlock, writer, encryptThenMac) {
      // RFC 5246 §6.3: client key, server key, client IV, server IV.
      const side = ['client', 'server'].indexOf(writer);
      if (side < 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'the writer is the client or the server');
      requireBoolean(encryptThenMac, 'encryptThenMac');
      const key = base.sliceSecret(keyBlock, side * keyLength, keyLength);
      let iv: Secret | undefined;
      try {
        if (keyBlock.length !== suite.keyBlockLength) {
          throw new TlsError('ERR_BAD_LENGTH', `${suite.name} cuts a key_block of ${suite.keyBlockLength} bytes`);
        }
        iv = base.sliceSecret(keyBlock, 2 * keyLength + side * ivLength, ivLength);
        return protection(base, cipher, format, key, iv);
      } finally {
        key.dispose();
        iv?.dispose();
      }
    },
  };
}
