// HPKE suites over the WASM core (RFC 9180 §5): setup in base and PSK mode, encryption contexts, secret export.

import { isObject, requireObject } from '../../base/arguments.ts';
import { TlsError } from '../../base/errors.ts';
import type {
  HpkeAead,
  HpkeKem,
  HpkePrivateKey,
  HpkePsk,
  HpkeReceiver,
  HpkeSender,
  HpkeSuite,
} from '../../crypto/hpke.ts';
import type { RandomSource, Secret } from '../../crypto/secret.ts';
import { type AeadName, aeadOpen, aeadSeal } from '../aead.ts';
import type { WasmCore } from '../core.ts';
import { NO_PSK, type WasmHpkeKdf } from './kdf.ts';
import { ascii, disposing, joinBytes, twoBytes } from './parts.ts';

/** An AEAD by its name in the core; null exports only. */
export interface WasmHpkeAead extends HpkeAead {
  readonly algorithm: AeadName | null;
}

function aead(id: number, name: string, algorithm: AeadName, keyLength: number): WasmHpkeAead {
  return { id, name, algorithm, keyLength, nonceLength: 12, tagLength: 16 };
}

/** AES-128-GCM (RFC 9180 §7.3): keys of 16 bytes. */
export const hpkeAes128Gcm: WasmHpkeAead = aead(0x0001, 'AES-128-GCM', 'aes-128-gcm', 16);
/** AES-256-GCM (RFC 9180 §7.3): keys of 32 bytes. */
export const hpkeAes256Gcm: WasmHpkeAead = aead(0x0002, 'AES-256-GCM', 'aes-256-gcm', 32);
/** ChaCha20-Poly1305 (RFC 9180 §7.3): keys of 32 bytes. */
export const hpkeChaCha20Poly1305: WasmHpkeAead = aead(0x0003, 'ChaCha20Poly1305', 'chacha20-poly1305', 32);
/** Export-only (RFC 9180 §7.3): contexts that export secrets and encrypt nothing. */
export const hpkeExportOnly: WasmHpkeAead = {
  id: 0xffff,
  name: 'Export-only',
  algorithm: null,
  keyLength: 0,
  nonceLength: 0,
  tagLength: 0,
};

/** RFC 9180 §9.5: a PSK of lower entropy must not be used; the length is what can be checked. */
const MINIMUM_PSK_LENGTH = 32;

/** The suite of a KEM, a KDF and an AEAD. */
export function hpkeSuite(core: WasmCore, kem: HpkeKem, kdf: WasmHpkeKdf, aead: WasmHpkeAead): HpkeSuite {
  const suiteId = joinBytes(ascii('HPKE'), twoBytes(kem.id), twoBytes(kdf.id), twoBytes(aead.id));
  const schedule = (sharedSecret: Secret, info: Uint8Array, psk: HpkePsk | undefined): Context =>
    disposing([sharedSecret], () => {
      const [mode, pskInput] = psk ? ([1, { psk: psk.key, pskId: psk.id }] as const) : ([0, NO_PSK] as const);
      const keys = kdf.schedule(core, suiteId, aead, { mode, sharedSecret, info, ...pskInput });
      return new Context(core, kdf, aead, suiteId, keys);
    });
  return {
    kem,
    kdf,
    aead,
    setupSender(publicKey: Uint8Array, info: Uint8Array, random: RandomSource, psk?: HpkePsk) {
      requireSetup(core, info, psk);
      const { encapsulation, sharedSecret } = kem.encapsulate(publicKey, random);
      return { encapsulation, context: schedule(sharedSecret, info, psk) };
    },
    setupReceiver(key: HpkePrivateKey, encapsulation: Uint8Array, info: Uint8Array, psk?: HpkePsk) {
      if (!isObject(key) || key.kem?.id !== kem.id) {
        throw new TlsError('ERR_INVALID_ARGUMENT', `a key for another KEM in a suite with ${kem.name}`);
      }
      requireSetup(core, info, psk);
      return schedule(key.decapsulate(encapsulation), info, psk);
    },
  };
}

/** @throws ERR_INVALID_ARGUMENT, ERR_OVERLAPPING_BUFFERS, ERR_STALE_HANDLE, ERR_FOREIGN_HANDLE */
function requireSetup(core: WasmCore, info: Uint8Array, psk: HpkePsk | undefined): void {
  core.requireInput(info, 'the info of HPKE');
  if (psk === undefined) return;
  requireObject(psk, 'the PSK');
  core.requireInput(psk.id, 'the identity of the PSK');
  core.pointerOf(psk.key);
  if (psk.id.length === 0) throw new TlsError('ERR_INVALID_ARGUMENT', 'a PSK needs an identity (RFC 9180 §5.1)');
  if (psk.key.length < MINIMUM_PSK_LENGTH) {
    throw new TlsError('ERR_INVALID_ARGUMENT', `a PSK has at least ${MINIMUM_PSK_LENGTH} bytes (RFC 9180 §9.5)`);
  }
}

/** An encryption context of either role; the interfaces it is handed out as allow one of seal and open. */
class Context implements HpkeSender, HpkeReceiver {
  readonly #core: WasmCore;
  readonly #kdf: WasmHpkeKdf;
  readonly #aead: WasmHpkeAead;
  readonly #suiteId: Uint8Array;
  readonly #key: Secret;
  readonly #exporterSecret: Secret;
  /** Not a secret by itself: the AEAD takes nonces as public input. */
  readonly #baseNonce: Uint8Array;
  #sequence = 0;

  /** Takes the keys over. */
  constructor(
    core: WasmCore,
    kdf: WasmHpkeKdf,
    aead: WasmHpkeAead,
    suiteId: Uint8Array,
    keys: { key: Secret; baseNonce: Secret; exporterSecret: Secret },
  ) {
    this.#core = core;
    this.#kdf = kdf;
    this.#aead = aead;
    this.#suiteId = suiteId;
    this.#key = keys.key;
    this.#exporterSecret = keys.exporterSecret;
    this.#baseNonce = disposing([keys.baseNonce], () => core.dangerousReveal(keys.baseNonce));
  }

  seal(aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const algorithm = this.#algorithm();
    const nonce = this.#nonce();
    const sealed = aeadSeal(this.#core, algorithm, this.#key, nonce, aad, plaintext);
    nonce.fill(0);
    this.#sequence++;
    return sealed;
  }

  open(aad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const algorithm = this.#algorithm();
    const nonce = this.#nonce();
    const plaintext = aeadOpen(this.#core, algorithm, this.#key, nonce, aad, ciphertext);
    nonce.fill(0);
    this.#sequence++;
    return plaintext;
  }

  export(context: Uint8Array, length: number): Secret {
    this.#core.requireInput(context, 'the context of an export');
    return this.#kdf.exportSecret(this.#core, this.#suiteId, this.#exporterSecret, context, length);
  }

  dispose(): void {
    this.#key.dispose();
    this.#exporterSecret.dispose();
    this.#baseNonce.fill(0);
  }

  #algorithm(): AeadName {
    if (this.#aead.algorithm === null) throw new TlsError('ERR_INVALID_STATE', 'an export-only suite encrypts nothing');
    return this.#aead.algorithm;
  }

  /** ComputeNonce (§5.2). The sequence ends long before the 2^96 of the RFC: where numbers stop being exact. */
  #nonce(): Uint8Array {
    if (this.#sequence >= Number.MAX_SAFE_INTEGER) {
      throw new TlsError('ERR_SEQUENCE_EXHAUSTED', 'no message is left in this HPKE context');
    }
    const nonce = this.#baseNonce.slice();
    let rest = this.#sequence;
    for (let i = nonce.length - 1; rest > 0; i--) {
      nonce[i] ^= rest % 256;
      rest = Math.floor(rest / 256);
    }
    return nonce;
  }
}
