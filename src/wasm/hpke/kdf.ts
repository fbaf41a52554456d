// The KDFs of HPKE: LabeledExtract and LabeledExpand over HKDF (RFC 9180 §4), LabeledDerive over SHAKE
// (draft-ietf-hpke-pq §2), and the key schedule (§5.1) that each of the two kinds has.

import type { HashName, KeyDerivation } from '../../crypto/hash.ts';
import type { HpkeAead, HpkeKdf } from '../../crypto/hpke.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { WasmCore } from '../core.ts';
import { wasmKeyDerivation } from '../key_derivation.ts';
import { makeSecrets, sliceSecret } from '../secrets.ts';
import {
  ascii,
  disposing,
  joinBytes,
  joinParts,
  type Part,
  type SpongeParameters,
  shake128,
  shake256,
  spongeOf,
  twoBytes,
} from './parts.ts';

const VERSION = ascii('HPKE-v1');
const EMPTY = new Uint8Array(0);

/** What the key schedule starts from. */
export interface ScheduleInput {
  /** 0 base, 1 PSK. */
  readonly mode: 0 | 1;
  readonly sharedSecret: Secret;
  readonly info: Uint8Array;
  readonly psk: Part;
  readonly pskId: Uint8Array;
}

/** What the key schedule gives; the caller owns the three secrets. */
export interface Schedule {
  readonly key: Secret;
  readonly baseNonce: Secret;
  readonly exporterSecret: Secret;
}

/** A KDF with its key schedule. `suiteId`: "HPKE" and the three identifiers (§5.1). */
export interface WasmHpkeKdf extends HpkeKdf {
  schedule(core: WasmCore, suiteId: Uint8Array, aead: HpkeAead, input: ScheduleInput): Schedule;
  exportSecret(
    core: WasmCore,
    suiteId: Uint8Array,
    exporterSecret: Secret,
    context: Uint8Array,
    length: number,
  ): Secret;
}

/** LabeledExtract and LabeledExpand over one HKDF, as DHKEM needs them too. */
export class LabeledHkdf {
  readonly derivation: KeyDerivation;
  readonly #core: WasmCore;
  readonly #suiteId: Uint8Array;

  constructor(core: WasmCore, hash: HashName, suiteId: Uint8Array) {
    this.derivation = wasmKeyDerivation(core, hash);
    this.#core = core;
    this.#suiteId = suiteId;
  }

  extract(salt: Secret | null, label: string, material: Part): Secret {
    const labeled = joinParts(this.#core, [VERSION, this.#suiteId, ascii(label), material]);
    return disposing([labeled], () => this.derivation.extract(salt, labeled));
  }

  expand(pseudorandomKey: Secret, label: string, info: Uint8Array, length: number): Secret {
    const labeled = joinBytes(twoBytes(length), VERSION, this.#suiteId, ascii(label), info);
    return this.derivation.expand(pseudorandomKey, labeled, length);
  }
}

/** HKDF-SHA256 (RFC 9180 §7.2): Nh = 32. */
export const hkdfSha256: WasmHpkeKdf = hkdf(0x0001, 'HKDF-SHA256', 'sha256', 32);
/** HKDF-SHA384 (RFC 9180 §7.2): Nh = 48. */
export const hkdfSha384: WasmHpkeKdf = hkdf(0x0002, 'HKDF-SHA384', 'sha384', 48);
/** HKDF-SHA512 (RFC 9180 §7.2): Nh = 64. */
export const hkdfSha512: WasmHpkeKdf = hkdf(0x0003, 'HKDF-SHA512', 'sha512', 64);
/** SHAKE128 in one stage (draft-ietf-hpke-pq §2): Nh = 32. */
export const shake128Kdf: WasmHpkeKdf = oneStage(0x0010, 'SHAKE128', shake128, 32);
/** SHAKE256 in one stage (draft-ietf-hpke-pq §2): Nh = 64. */
export const shake256Kdf: WasmHpkeKdf = oneStage(0x0011, 'SHAKE256', shake256, 64);

function hkdf(id: number, name: string, hash: HashName, hashLength: number): WasmHpkeKdf {
  return {
    id,
    name,
    hashLength,
    schedule(core, suiteId, aead, { mode, sharedSecret, info, psk, pskId }) {
      const labeled = new LabeledHkdf(core, hash, suiteId);
      // Hashes of public strings.
      const digests = makeSecrets([
        () => labeled.extract(null, 'psk_id_hash', pskId),
        () => labeled.extract(null, 'info_hash', info),
      ]);
      const [pskIdHash, infoHash] = disposing(digests, () => digests.map(d => core.dangerousReveal(d)));
      const context = joinBytes(Uint8Array.of(mode), pskIdHash, infoHash);
      const secret = labeled.extract(sharedSecret, 'secret', psk);
      return disposing([secret], () => {
        const [key, baseNonce, exporterSecret] = makeSecrets([
          () => labeled.expand(secret, 'key', context, aead.keyLength),
          () => labeled.expand(secret, 'base_nonce', context, aead.nonceLength),
          () => labeled.expand(secret, 'exp', context, hashLength),
        ]);
        return { key, baseNonce, exporterSecret };
      });
    },
    exportSecret(core, suiteId, exporterSecret, context, length) {
      return new LabeledHkdf(core, hash, suiteId).expand(exporterSecret, 'sec', context, length);
    },
  };
}

/** LabeledDerive (draft-ietf-hpke-pq §2): the sponge over secret input, labels, length and context. */
export function labeledDerive(
  core: WasmCore,
  sponge: SpongeParameters,
  suiteId: Uint8Array,
  input: readonly Part[],
  label: string,
  context: Uint8Array,
  length: number,
): Secret {
  const suffix = joinBytes(VERSION, suiteId, twoBytes(label.length), ascii(label), twoBytes(length), context);
  return spongeOf(core, sponge, [...input, suffix], length);
}

function oneStage(id: number, name: string, sponge: SpongeParameters, hashLength: number): WasmHpkeKdf {
  return {
    id,
    name,
    hashLength,
    schedule(core, suiteId, { keyLength, nonceLength }, { mode, sharedSecret, info, psk, pskId }) {
      const input = [twoBytes(psk.length), psk, twoBytes(sharedSecret.length), sharedSecret];
      const context = joinBytes(Uint8Array.of(mode), twoBytes(pskId.length), pskId, twoBytes(info.length), info);
      const length = keyLength + nonceLength + hashLength;
      const secret = labeledDerive(core, sponge, suiteId, input, 'secret', context, length);
      return disposing([secret], () => {
        const [key, baseNonce, exporterSecret] = makeSecrets([
          () => sliceSecret(core, secret, 0, keyLength),
          () => sliceSecret(core, secret, keyLength, nonceLength),
          () => sliceSecret(core, secret, keyLength + nonceLength, hashLength),
        ]);
        return { key, baseNonce, exporterSecret };
      });
    },
    exportSecret(core, suiteId, exporterSecret, context, length) {
      return labeledDerive(core, sponge, suiteId, [exporterSecret], 'sec', context, length);
    },
  };
}

/** No PSK: the empty string. */
export const NO_PSK = { psk: EMPTY, pskId: EMPTY } as const;
