// OlderCryptography over the legacy family: suites, hashes and key derivation of SSL 3.0, TLS 1.0 and TLS 1.1.

import type { LegacyExports } from '../../build/generated/abi.ts';
import { TlsError } from '../base/errors.ts';
import type { HashAlgorithm, HashState, TranscriptHash } from '../crypto/hash.ts';
import type { OlderCryptography } from '../crypto/older_cryptography.ts';
import type { CipherSuite12 } from '../crypto/record_protection.ts';
import type { Secret } from '../crypto/secret.ts';
import { CipherSuite12 as CipherSuite12Id } from '../registry/cipher_suites.ts';
import { OlderCipherSuite } from '../registry/older_cipher_suites.ts';
import { ProtocolVersion } from '../registry/protocol_versions.ts';
import type { WasmCore } from './core.ts';
import { wasmHash } from './hash.ts';
import { withInput } from './key_derivation.ts';
import { legacyFamily } from './legacy_family.ts';
import { wasmMd5 } from './md5.ts';
import { hasExplicitIv, type OlderRecordParameters, OlderRecordProtection } from './older_records.ts';

const SSL3 = ProtocolVersion.SSLv3;
const utf8 = new TextEncoder();

type Bulk = Omit<OlderRecordParameters, 'version'>;

const sha1 = { mac: 'sha1', macLength: 20 } as const;
/** RFC 2246 §6.1: sequence numbers do not wrap; no connection comes near. */
const unlimited = 2 ** 48;
/** 4 GiB of full records: collisions of 64-bit blocks (Sweet32) become likely at 32 GiB. */
const SWEET32_RECORDS = 2 ** 18;

// The part of a suite's name behind WITH, in order of preference.
const bulks: Record<string, Bulk> = {
  AES_128_CBC_SHA: { cipher: 'aes', ...sha1, keyLength: 16, block: 16, limit: unlimited },
  AES_256_CBC_SHA: { cipher: 'aes', ...sha1, keyLength: 32, block: 16, limit: unlimited },
  '3DES_EDE_CBC_SHA': { cipher: '3des', ...sha1, keyLength: 24, block: 8, limit: SWEET32_RECORDS },
  RC4_128_SHA: { cipher: 'rc4', ...sha1, keyLength: 16, block: 0, limit: unlimited },
  RC4_128_MD5: { cipher: 'rc4', mac: 'md5', macLength: 16, keyLength: 16, block: 0, limit: unlimited },
};

// The part before WITH, in order of preference: forward secrecy first.
const exchanges = {
  TLS_ECDHE_ECDSA: { keyExchange: 'ecdhe', authentication: 'ecdsa' },
  TLS_ECDHE_RSA: { keyExchange: 'ecdhe', authentication: 'rsa' },
  TLS_DHE_RSA: { keyExchange: 'dhe', authentication: 'rsa' },
  TLS_RSA: { keyExchange: 'rsa', authentication: 'rsa' },
} as const;

const ids: Readonly<Record<string, number>> = { ...CipherSuite12Id, ...OlderCipherSuite };

/** Everything that the versions before TLS 1.2 need, in `core`. */
export function wasmOlderCryptography(core: WasmCore): OlderCryptography {
  const hash = md5Sha1(core);
  return {
    hash,
    cipherSuites: version => {
      const prf12 = version === SSL3 ? ssl3Derive(core) : prf10(core);
      return Object.entries(bulks).flatMap(([bulkName, bulk]) =>
        Object.entries(exchanges).flatMap(([exchangeName, exchange]) => {
          const name = `${exchangeName}_WITH_${bulkName}`;
          const id = ids[name];
          // RFC 8422 §4: elliptic curves need extensions, which SSL 3.0 has not.
          if (id === undefined || (version === SSL3 && exchange.keyExchange === 'ecdhe')) return [];
          return [suite(core, { id, name, ...exchange, keyDerivation: { hash, prf12 } }, { ...bulk, version })];
        }),
      );
    },
    ssl3Digest: (master, messages) => ssl3Digest(core, master, messages),
  };
}

type Named = Pick<CipherSuite12, 'id' | 'name' | 'keyExchange' | 'authentication' | 'keyDerivation'>;

function suite(core: WasmCore, named: Named, parameters: OlderRecordParameters): CipherSuite12 {
  const { macLength, keyLength, block } = parameters;
  const ivLength = hasExplicitIv(parameters) ? 0 : block;
  const keyBlockLength = 2 * (macLength + keyLength + ivLength);
  return {
    ...named,
    // What is no block cipher counts as neither: no rule of CBC is about it.
    mode: block > 0 ? 'cbc' : 'aead',
    keyLength,
    keyBlockLength,
    protect(keyBlock, writer, encryptThenMac) {
      const base = core.pointerOf(keyBlock);
      if (keyBlock.length !== keyBlockLength) {
        throw new TlsError('ERR_BAD_LENGTH', `${named.name} cuts a key_block of ${keyBlockLength} bytes`);
      }
      if (encryptThenMac) throw new TlsError('ERR_INVALID_ARGUMENT', 'encrypt-then-MAC before TLS 1.2');
      const side = writer === 'client' ? 0 : 1;
      // RFC 2246 §6.3: client MAC, server MAC, client key, server key, client IV, server IV.
      return new OlderRecordProtection(core, parameters, {
        macKey: base + side * macLength,
        key: base + 2 * macLength + side * keyLength,
        iv: base + 2 * (macLength + keyLength) + side * ivLength,
      });
    },
  };
}

type Prf = CipherSuite12['keyDerivation']['prf12'];

/** RFC 2246 §5. */
function prf10(core: WasmCore): Prf {
  return (secret, label, seed, length) => {
    const key = core.pointerOf(secret);
    return withInput(core, [utf8.encode(label), seed], (at, seedLength) => {
      const out = core.createSecret(length);
      const abi = core.family<LegacyExports>(legacyFamily);
      abi.prf10(key, secret.length, at, seedLength, out.pointer(), length);
      return out;
    });
  };
}

/** RFC 6101 §6.1, §6.2.2: there are no labels. */
function ssl3Derive(core: WasmCore): Prf {
  return (secret, _label, seed, length) => {
    const key = core.pointerOf(secret);
    return withInput(core, [seed], (at, seedLength) => {
      const out = core.createSecret(length);
      const abi = core.family<LegacyExports>(legacyFamily);
      abi.ssl3Derive(key, secret.length, at, seedLength, out.pointer(), length);
      return out;
    });
  };
}

function ssl3Digest(core: WasmCore, master: Secret, messages: Uint8Array): Uint8Array {
  const key = core.pointerOf(master);
  if (master.length !== 48) throw new TlsError('ERR_BAD_LENGTH', 'a master secret has 48 bytes');
  const slot = core.allocate(36);
  try {
    return withInput(core, [messages], (at, length) => {
      core.family<LegacyExports>(legacyFamily).ssl3Digest(key, at, length, slot);
      return core.bytes.slice(slot, slot + 36);
    });
  } finally {
    core.free(slot);
  }
}

function md5Sha1(core: WasmCore): TranscriptHash {
  const hashes: readonly HashAlgorithm[] = [wasmMd5(core), wasmHash(core, 'sha1')];
  return {
    outputLength: 36,
    digest: data => both(hashes.map(hash => hash.digest(data))),
    start: () => new BothStates(hashes.map(hash => hash.start())),
  };
}

class BothStates implements HashState {
  readonly #states: readonly HashState[];

  constructor(states: readonly HashState[]) {
    this.#states = states;
  }

  update(data: Uint8Array): void {
    for (const state of this.#states) state.update(data);
  }

  digest(): Uint8Array {
    return both(this.#states.map(state => state.digest()));
  }

  clone(): HashState {
    return new BothStates(this.#states.map(state => state.clone()));
  }

  dispose(): void {
    for (const state of this.#states) state.dispose();
  }
}

function both([md5, sha]: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(36);
  out.set(md5);
  out.set(sha, 16);
  return out;
}
