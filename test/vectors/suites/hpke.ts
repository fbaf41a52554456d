// HPKE: RFC 9180's own vectors, and those of Go (RFC 9180 accumulated, and draft-ietf-hpke-pq).

import { createHash } from 'node:crypto';
import type { HpkeKem, HpkePsk, HpkeReceiver, HpkeSender } from '../../../src/crypto/hpke.ts';
import type { RandomSource, Secret } from '../../../src/crypto/secret.ts';
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from '../../../src/wasm/hpke/dhkem.ts';
import {
  hkdfSha256,
  hkdfSha384,
  hkdfSha512,
  shake128Kdf,
  shake256Kdf,
  type WasmHpkeKdf,
} from '../../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768P256, hpkeMlKem768X25519, hpkeMlKem1024P384 } from '../../../src/wasm/hpke/pq_kem.ts';
import {
  hpkeAes128Gcm,
  hpkeAes256Gcm,
  hpkeChaCha20Poly1305,
  hpkeExportOnly,
  hpkeSuite,
} from '../../../src/wasm/hpke/suite.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { attempted, type Json, listIn, readVectors, unhex, VectorError } from '../cases.ts';
import type { Report, Suite } from '../report.ts';

const core = testCore();
const kems: readonly HpkeKem[] = [
  dhkemP256(core),
  dhkemP384(core),
  dhkemP521(core),
  dhkemX25519(core),
  dhkemX448(core),
  hpkeMlKem(core, 512),
  hpkeMlKem(core, 768),
  hpkeMlKem(core, 1024),
  hpkeMlKem768P256(core),
  hpkeMlKem1024P384(core),
  hpkeMlKem768X25519(core),
];
const kdfs: readonly WasmHpkeKdf[] = [hkdfSha256, hkdfSha384, hkdfSha512, shake128Kdf, shake256Kdf];
const aeads = [hpkeAes128Gcm, hpkeAes256Gcm, hpkeChaCha20Poly1305, hpkeExportOnly];
const modes = ['base', 'PSK', 'Auth', 'AuthPSK'];
// draft-ietf-hpke-pq: the one-stage KDFs that castls does not have.
const turboShake: Readonly<Record<number, string>> = { 18: 'TurboSHAKE128', 19: 'TurboSHAKE256' };

const byId = <T extends { id: number }>(list: readonly T[], id: unknown) => list.find(x => x.id === Number(id));

/** Gives out the bytes of a vector's ikmE, which the encapsulation draws as its randomness. */
function replay(bytes: Uint8Array): RandomSource {
  let at = 0;
  return target => {
    target.set(bytes.subarray(at, at + target.length));
    at += target.length;
  };
}

function reveal(secret: Secret): string {
  const text = hex(core.dangerousReveal(secret));
  secret.dispose();
  return text;
}

interface Pair {
  readonly sender: HpkeSender;
  readonly receiver: HpkeReceiver;
}

const suite: Suite = {
  files: /(hpke|rfc)\/(rfc9180|hpke-pq)\.json$/,
  async run(path, report) {
    for (const [index, vector] of listIn(readVectors(path)).entries()) {
      await attempted(report, vector?.section ?? `vector ${index}`, () => {
        for (const field of ['mode', 'kem_id', 'kdf_id', 'aead_id']) {
          if (vector?.[field] === undefined) throw new VectorError(`no ${field}`);
        }
        const kem = byId(kems, vector.kem_id);
        const kdf = byId(kdfs, vector.kdf_id);
        const aead = byId(aeads, vector.aead_id);
        const reason = skipReason(vector, kem, kdf, aead);
        if (reason !== null) report.skip(reason);
        else runVector(report, vector, kem!, kdf!, aead!);
      });
    }
  },
};

/** Why castls cannot run a vector, or null. */
function skipReason(vector: Json, kem?: HpkeKem, kdf?: WasmHpkeKdf, aead?: object): string | null {
  const mode = Number(vector.mode);
  if (mode !== 0 && mode !== 1) return `mode ${modes[mode] ?? vector.mode}: not offered, nothing in TLS uses it`;
  if (kem === undefined) return `KEM ${vector.kem_id}: castls does not implement it`;
  if (kdf === undefined) {
    const turbo = turboShake[vector.kdf_id];
    if (turbo === undefined) return `KDF ${vector.kdf_id}: castls does not implement it`;
    return `${turbo} as KDF: castls' Keccak has 24 rounds, TurboSHAKE (RFC 9861) 12, and nothing in TLS asks for it`;
  }
  return aead === undefined ? `AEAD ${vector.aead_id}: castls does not implement it` : null;
}

type Aead = (typeof aeads)[number];

function runVector(report: Report, vector: Json, kem: HpkeKem, kdf: WasmHpkeKdf, aead: Aead): void {
  const name = `${vector.section ?? ''} mode ${vector.mode}, ${kem.name}, ${kdf.name}, ${aead.name}`;
  const [ikm, serialized] = [vector.ikmR, vector.skRm].map(text => core.importSecret(unhex(text)));
  const derived = kem.derive(ikm);
  report.check(`${name}: DeriveKeyPair`, hex(derived.publicKey) === vector.pkRm, 'another public key');
  const key = kem.import(serialized);
  report.check(`${name}: private key`, hex(key.publicKey) === vector.pkRm, 'another public key');

  const psk: HpkePsk | undefined =
    Number(vector.mode) === 1 ? { key: core.importSecret(unhex(vector.psk)), id: unhex(vector.psk_id) } : undefined;
  const random = replay(unhex(vector.ikmE));
  const encapsulated = kem.encapsulate(key.publicKey, replay(unhex(vector.ikmE)));
  const sharedSecret = reveal(encapsulated.sharedSecret);
  if (vector.shared_secret !== undefined) {
    report.check(`${name}: shared secret`, sharedSecret === vector.shared_secret, 'another one');
  }
  report.check(`${name}: decapsulation`, reveal(key.decapsulate(unhex(vector.enc))) === sharedSecret, 'another secret');

  const set = hpkeSuite(core, kem, kdf, aead);
  const { encapsulation, context: sender } = set.setupSender(key.publicKey, unhex(vector.info), random, psk);
  report.check(`${name}: encapsulation`, hex(encapsulation) === vector.enc, 'another one');
  const receiver = set.setupReceiver(key, encapsulation, unhex(vector.info), psk);
  const pair = { sender, receiver };
  if (vector.encryptions_accumulated) accumulateEncryptions(report, name, pair, vector.encryptions_accumulated);
  else checkEncryptions(report, name, pair, vector.encryptions ?? []);
  if (vector.exports_accumulated) accumulateExports(report, name, pair, vector.exports_accumulated);
  else checkExports(report, name, pair, vector.exports ?? []);
  for (const owned of [ikm, serialized, derived, key, sender, receiver, psk?.key]) owned?.dispose();
}

/** The listed messages; sequence numbers between them are used up. */
function checkEncryptions(report: Report, name: string, { sender, receiver }: Pair, list: Json[]): void {
  let sequence = 0;
  for (const [index, { seq = index, aad, pt, ct }] of list.entries()) {
    for (; sequence < Number(seq); sequence++) {
      receiver.open(new Uint8Array(0), sender.seal(new Uint8Array(0), new Uint8Array(0)));
    }
    const sealed = sender.seal(unhex(aad), unhex(pt));
    const right = hex(sealed) === ct && hex(receiver.open(unhex(aad), sealed)) === pt;
    report.check(`${name}: message ${seq}`, right, 'another ciphertext or plaintext');
    sequence++;
  }
}

function checkExports(report: Report, name: string, pair: Pair, list: Json[]): void {
  for (const { exporter_context, L, exported_value } of list) {
    for (const context of [pair.sender, pair.receiver]) {
      const value = reveal(context.export(unhex(exporter_context), Number(L)));
      report.check(`${name}: export`, value === exported_value, 'another value');
    }
  }
}

/** Go's accumulated vectors: 1,000 inputs from a SHAKE128 stream, their outputs hashed by SHAKE128. */
function accumulateEncryptions(report: Report, name: string, { sender, receiver }: Pair, expected: string): void {
  const draw = inputs();
  const sink = createHash('shake128', { outputLength: 16 });
  let opened = true;
  for (let n = 0; n < 1000; n++) {
    const [aad, plaintext] = [draw(), draw()];
    const sealed = sender.seal(aad, plaintext);
    sink.update(sealed);
    opened &&= hex(receiver.open(aad, sealed)) === hex(plaintext);
  }
  report.check(`${name}: 1,000 messages`, sink.digest('hex') === expected && opened, 'another hash of the ciphertexts');
}

function accumulateExports(report: Report, name: string, { sender, receiver }: Pair, expected: string): void {
  const draw = inputs();
  const sink = createHash('shake128', { outputLength: 16 });
  let equal = true;
  for (let length = 0; length < 1000; length++) {
    const context = draw();
    const value = reveal(sender.export(context, length));
    sink.update(unhex(value));
    equal &&= reveal(receiver.export(context, length)) === value;
  }
  report.check(`${name}: 1,000 exports`, sink.digest('hex') === expected && equal, 'another hash of the values');
}

/** Strings of a length byte each, out of SHAKE128 of nothing. */
function inputs(): () => Uint8Array {
  const stream = new Uint8Array(createHash('shake128', { outputLength: 2000 * 256 }).digest());
  let at = 0;
  return () => {
    const length = stream[at];
    at += 1 + length;
    return stream.slice(at - length, at);
  };
}

export const hpkeSuites: readonly Suite[] = [suite];
