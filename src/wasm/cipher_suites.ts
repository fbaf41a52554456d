// The cipher suites over the WASM core. A suite's IANA name says all about it, so the tables below are keyed by its parts.

import { requireBoolean } from '../base/arguments.ts';
import { nothing } from '../base/bytes.ts';
import { TlsError } from '../base/errors.ts';
import { OLDER } from '../base/variant.ts';
import type { HashName, KeyDerivation } from '../crypto/hash.ts';
import { recordLimits } from '../crypto/record_limits.ts';
import type { CipherSuite12, CipherSuite13, RecordProtection } from '../crypto/record_protection.ts';
import type { Secret } from '../crypto/secret.ts';
import { CipherSuite12 as CipherSuite12Id, CipherSuite13 as CipherSuite13Id } from '../registry/cipher_suites.ts';
import type { WasmCore } from './core.ts';
import type { WasmKeyDerivation } from './key_derivation.ts';
import { refuse } from './missing_exports.ts';
import {
  type RecordParameters,
  recordCipher,
  recordFormat,
  recordMacHash,
  WasmRecordProtection,
} from './record_protection.ts';

type Exchange12 = Pick<CipherSuite12, 'keyExchange' | 'authentication'>;
type KeyDerivationOf = (hash: HashName) => KeyDerivation;

interface Bulk {
  readonly hash: HashName;
  readonly parameters: RecordParameters;
}

const gcm = { cipher: recordCipher.aesGcm, tagLength: 16, limit: recordLimits['aes-gcm'] };
const ccm = () => ({ cipher: recordCipher.aesCcm, tagLength: 16, limit: recordLimits['aes-ccm'] });
const ccm8 = () => ({ cipher: recordCipher.aesCcm, tagLength: 8, limit: recordLimits['aes-ccm-8'] });
const chacha = { cipher: recordCipher.chacha20Poly1305, tagLength: 16, limit: recordLimits['chacha20-poly1305'] };
const cbc = () => ({ cipher: recordCipher.aesCbc, tagLength: 0, ivLength: 0, limit: recordLimits['aes-cbc'] });

const in13 = { format: recordFormat.tls13, ivLength: 12 };
const explicit = { format: recordFormat.tls12Explicit, ivLength: 4 };
const implicit = { format: recordFormat.tls12Implicit, ivLength: 12 };
const sha1Mac = { format: recordFormat.tls12Cbc, macHash: recordMacHash.sha1, macLength: 20 };
const sha256Mac = { format: recordFormat.tls12Cbc, macHash: recordMacHash.sha256, macLength: 32 };
const sha384Mac = { format: recordFormat.tls12Cbc, macHash: recordMacHash.sha384, macLength: 48 };

// In order of preference: without AES instructions ChaCha20 is the fastest by far (docs/performance.md).
const suites13: Partial<Record<keyof typeof CipherSuite13Id, Bulk>> = {
  TLS_CHACHA20_POLY1305_SHA256: { hash: 'sha256', parameters: { ...chacha, ...in13, keyLength: 32 } },
  TLS_AES_128_GCM_SHA256: { hash: 'sha256', parameters: { ...gcm, ...in13, keyLength: 16 } },
  TLS_AES_256_GCM_SHA384: { hash: 'sha384', parameters: { ...gcm, ...in13, keyLength: 32 } },
  ...(OLDER
    ? {
        TLS_AES_128_CCM_SHA256: { hash: 'sha256', parameters: { ...ccm(), ...in13, keyLength: 16 } },
        TLS_AES_128_CCM_8_SHA256: { hash: 'sha256', parameters: { ...ccm8(), ...in13, keyLength: 16 } },
      }
    : {}),
};

// The part of a 1.2 suite's name behind WITH. The PRF uses SHA-256 where the suite's hash is SHA-1 (RFC 5246 §5).
const bulk12 = (): Record<string, Bulk> => ({
  CHACHA20_POLY1305_SHA256: { hash: 'sha256', parameters: { ...chacha, ...implicit, keyLength: 32 } },
  AES_128_GCM_SHA256: { hash: 'sha256', parameters: { ...gcm, ...explicit, keyLength: 16 } },
  AES_256_GCM_SHA384: { hash: 'sha384', parameters: { ...gcm, ...explicit, keyLength: 32 } },
  AES_128_CCM: { hash: 'sha256', parameters: { ...ccm(), ...explicit, keyLength: 16 } },
  AES_256_CCM: { hash: 'sha256', parameters: { ...ccm(), ...explicit, keyLength: 32 } },
  AES_128_CCM_8: { hash: 'sha256', parameters: { ...ccm8(), ...explicit, keyLength: 16 } },
  AES_256_CCM_8: { hash: 'sha256', parameters: { ...ccm8(), ...explicit, keyLength: 32 } },
  AES_128_CBC_SHA256: { hash: 'sha256', parameters: { ...cbc(), ...sha256Mac, keyLength: 16 } },
  AES_256_CBC_SHA256: { hash: 'sha256', parameters: { ...cbc(), ...sha256Mac, keyLength: 32 } },
  AES_256_CBC_SHA384: { hash: 'sha384', parameters: { ...cbc(), ...sha384Mac, keyLength: 32 } },
  AES_128_CBC_SHA: { hash: 'sha256', parameters: { ...cbc(), ...sha1Mac, keyLength: 16 } },
  AES_256_CBC_SHA: { hash: 'sha256', parameters: { ...cbc(), ...sha1Mac, keyLength: 32 } },
});

// The part before WITH, in order of preference: forward secrecy first.
const keyExchange12 = {
  TLS_ECDHE_ECDSA: { keyExchange: 'ecdhe', authentication: 'ecdsa' },
  TLS_ECDHE_RSA: { keyExchange: 'ecdhe', authentication: 'rsa' },
  TLS_DHE_RSA: { keyExchange: 'dhe', authentication: 'rsa' },
  TLS_RSA: { keyExchange: 'rsa', authentication: 'rsa' },
} as const;

/** All TLS 1.3 suites over `core`, in order of preference. */
export function wasmCipherSuites13(
  core: WasmCore,
  keyDerivation: (hash: HashName) => WasmKeyDerivation,
): CipherSuite13[] {
  return Object.entries(suites13).map(([name, { hash, parameters }]) => {
    const kdf = keyDerivation(hash);
    return {
      id: CipherSuite13Id[name as keyof typeof CipherSuite13Id],
      name,
      keyDerivation: kdf,
      keyLength: parameters.keyLength,
      protect: trafficSecret => protect13(core, kdf, parameters, trafficSecret),
    };
  });
}

/** RFC 9846 §7.3: write_key and write_iv of a traffic secret, which is as long as the hash (§7.1). */
function protect13(
  core: WasmCore,
  kdf: WasmKeyDerivation,
  parameters: RecordParameters,
  secret: Secret,
): RecordProtection {
  core.pointerOf(secret);
  const { outputLength } = kdf.hash;
  if (secret.length !== outputLength) {
    throw new TlsError('ERR_BAD_LENGTH', `a traffic secret of this suite has ${outputLength} bytes`);
  }
  const { keyLength, ivLength } = parameters;
  const key = core.allocate(keyLength + ivLength);
  try {
    const iv = key + keyLength;
    kdf.expandLabelTo(key, secret, 'key', nothing, keyLength);
    kdf.expandLabelTo(iv, secret, 'iv', nothing, ivLength);
    return new WasmRecordProtection(core, parameters, { key, iv, macKey: 0 });
  } finally {
    core.free(key);
  }
}

/** All TLS 1.2 suites with certificates over `core`, in order of preference: by key exchange, then by cipher. */
export function wasmCipherSuites12(core: WasmCore, keyDerivation: KeyDerivationOf): CipherSuite12[] {
  if (!OLDER) return refuse();
  return suitesNamed12(core, keyDerivation, CipherSuite12Id, keyExchange12);
}

/** @param ids of a registry, by name @param exchanges by the part of a name before WITH, in order of preference */
export function suitesNamed12(
  core: WasmCore,
  keyDerivation: KeyDerivationOf,
  ids: Readonly<Record<string, number>>,
  exchanges: Readonly<Record<string, Exchange12>>,
): CipherSuite12[] {
  const suites: CipherSuite12[] = [];
  for (const [bulkName, bulk] of Object.entries(bulk12())) {
    for (const [exchangeName, exchange] of Object.entries(exchanges)) {
      const name = `${exchangeName}_WITH_${bulkName}`;
      const id = ids[name];
      if (id !== undefined) suites.push(suite12(core, id, name, exchange, bulk, keyDerivation(bulk.hash)));
    }
  }
  return suites.sort((a, b) => rank(a) - rank(b)); // stable: ciphers keep their order within a rank
}

/** Forward secrecy and AEAD first, then forward secrecy, then the rest. */
function rank(suite: CipherSuite12): number {
  const exchange = { ecdhe: 0, dhe: 1, rsa: 4, psk: 4 }[suite.keyExchange];
  return exchange + (suite.mode === 'aead' ? 0 : 2);
}

const sides: readonly string[] = ['client', 'server'];

function suite12(
  core: WasmCore,
  id: number,
  name: string,
  exchange: Exchange12,
  bulk: Bulk,
  keyDerivation: KeyDerivation,
): CipherSuite12 {
  const { keyLength, ivLength, macLength = 0, cipher } = bulk.parameters;
  const keyBlockLength = 2 * (macLength + keyLength + ivLength);
  const mode = cipher === recordCipher.aesCbc ? 'cbc' : 'aead';
  return {
    id,
    name,
    ...exchange,
    mode,
    keyDerivation,
    keyLength,
    keyBlockLength,
    protect(keyBlock, writer, encryptThenMac) {
      // RFC 5246 §6.3: client MAC, server MAC, client key, server key, client IV, server IV.
      const base = core.pointerOf(keyBlock);
      if (keyBlock.length !== keyBlockLength) {
        throw new TlsError('ERR_BAD_LENGTH', `${name} cuts a key_block of ${keyBlockLength} bytes`);
      }
      const side = sides.indexOf(writer);
      if (side < 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'the writer is the client or the server');
      requireBoolean(encryptThenMac, 'encryptThenMac');
      const macKey = base + side * macLength;
      const key = base + 2 * macLength + side * keyLength;
      const iv = base + 2 * (macLength + keyLength) + side * ivLength;
      const etm = encryptThenMac && mode === 'cbc';
      const parameters = etm ? { ...bulk.parameters, format: recordFormat.tls12CbcEtm } : bulk.parameters;
      return new WasmRecordProtection(core, parameters, { key, iv, macKey });
    },
  };
}
