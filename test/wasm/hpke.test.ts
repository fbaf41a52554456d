// HPKE: both sides over every KEM, KDF and AEAD, refusals, order of messages, PSK mode. Its vectors are in test/vectors.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HpkeKem, HpkePsk } from '../../src/crypto/hpke.ts';
import { dhkemP256, dhkemP384, dhkemP521, dhkemX448, dhkemX25519 } from '../../src/wasm/hpke/dhkem.ts';
import { hkdfSha256, hkdfSha384, hkdfSha512, shake128Kdf, shake256Kdf } from '../../src/wasm/hpke/kdf.ts';
import { hpkeMlKem, hpkeMlKem768P256, hpkeMlKem768X25519, hpkeMlKem1024P384 } from '../../src/wasm/hpke/pq_kem.ts';
import {
  hpkeAes128Gcm,
  hpkeAes256Gcm,
  hpkeChaCha20Poly1305,
  hpkeExportOnly,
  hpkeSuite,
} from '../../src/wasm/hpke/suite.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { hex } from '../support/hex.ts';

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
const kdfs = [hkdfSha256, hkdfSha384, hkdfSha512, shake128Kdf, shake256Kdf];
const aeads = [hpkeAes128Gcm, hpkeAes256Gcm, hpkeChaCha20Poly1305];
const text = (s: string) => new TextEncoder().encode(s);

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'nothing was thrown';
}

for (const kem of kems) {
  test(`${kem.name}: messages arrive over every KDF and AEAD, and no slot is left over`, () => {
    const slots = core.liveSlots;
    const made = kem.generate(hostRandom);
    const serialized = made.dangerousExport();
    const key = kem.import(serialized);
    assert.is(hex(key.publicKey), hex(made.publicKey));
    assert.is(key.publicKey.length, kem.publicKeyLength);
    assert.is(serialized.length, kem.privateKeyLength);
    for (const kdf of kdfs) {
      for (const aead of aeads) {
        const suite = hpkeSuite(core, kem, kdf, aead);
        const { encapsulation, context } = suite.setupSender(key.publicKey, text('info'), hostRandom);
        assert.is(encapsulation.length, kem.encapsulationLength);
        const receiver = suite.setupReceiver(key, encapsulation, text('info'));
        const other = suite.setupReceiver(key, encapsulation, text('other info'));
        for (const message of ['first', '', 'third']) {
          const sealed = context.seal(text('aad'), text(message));
          assert.is(
            code(() => other.open(text('aad'), sealed)),
            'ERR_DECRYPTION_FAILED',
          );
          assert.is(
            code(() => receiver.open(text('other aad'), sealed)),
            'ERR_DECRYPTION_FAILED',
          );
          assert.equal(receiver.open(text('aad'), sealed), text(message));
        }
        for (const owned of [context, receiver, other]) owned.dispose();
      }
    }
    for (const owned of [made, serialized, key]) owned.dispose();
    assert.is(core.liveSlots, slots);
  });

  test(`${kem.name}: keys and encapsulations of wrong length are refused`, () => {
    const slots = core.liveSlots;
    const suite = hpkeSuite(core, kem, hkdfSha256, hpkeAes128Gcm);
    const key = kem.generate(hostRandom);
    for (const length of [0, kem.publicKeyLength - 1, kem.publicKeyLength + 1]) {
      const wrong = new Uint8Array(length);
      assert.is(
        code(() => suite.setupSender(wrong, text(''), hostRandom)),
        'ERR_INVALID_PUBLIC_KEY',
      );
    }
    for (const length of [0, kem.encapsulationLength - 1, kem.encapsulationLength + 1]) {
      const wrong = new Uint8Array(length);
      assert.is(
        code(() => suite.setupReceiver(key, wrong, text(''))),
        'ERR_INVALID_CIPHERTEXT',
      );
    }
    for (const length of [0, kem.privateKeyLength - 1, kem.privateKeyLength + 1]) {
      const secret = core.importSecret(new Uint8Array(length).fill(1));
      assert.is(
        code(() => kem.import(secret)),
        'ERR_INVALID_PRIVATE_KEY',
      );
      secret.dispose();
    }
    key.dispose();
    assert.is(core.liveSlots, slots);
  });
}

test('a PSK is bound in, by its key and by its identity', () => {
  const kem = dhkemX25519(core);
  for (const kdf of [hkdfSha256, shake256Kdf]) {
    const suite = hpkeSuite(core, kem, kdf, hpkeChaCha20Poly1305);
    const key = kem.generate(hostRandom);
    const [right, wrong] = [1, 2].map(fill => core.importSecret(new Uint8Array(32).fill(fill)));
    const psk: HpkePsk = { key: right, id: text('id') };
    const { encapsulation, context } = suite.setupSender(key.publicKey, text(''), hostRandom, psk);
    const sealed = context.seal(text(''), text('secret'));
    for (const other of [undefined, { key: wrong, id: psk.id }, { key: right, id: text('ID') }]) {
      const receiver = suite.setupReceiver(key, encapsulation, text(''), other);
      assert.is(
        code(() => receiver.open(text(''), sealed)),
        'ERR_DECRYPTION_FAILED',
      );
      receiver.dispose();
    }
    const receiver = suite.setupReceiver(key, encapsulation, text(''), psk);
    assert.equal(receiver.open(text(''), sealed), text('secret'));
    const short = core.importSecret(new Uint8Array(31));
    for (const bad of [
      { key: right, id: text('') },
      { key: short, id: psk.id },
    ]) {
      assert.is(
        code(() => suite.setupSender(key.publicKey, text(''), hostRandom, bad)),
        'ERR_INVALID_ARGUMENT',
      );
    }
    for (const owned of [key, right, wrong, context, receiver, short]) owned.dispose();
  }
});

test('an export-only suite exports on both sides and encrypts nothing', () => {
  const kem = dhkemP256(core);
  for (const kdf of kdfs) {
    const suite = hpkeSuite(core, kem, kdf, hpkeExportOnly);
    const key = kem.generate(hostRandom);
    const { encapsulation, context } = suite.setupSender(key.publicKey, text('i'), hostRandom);
    const receiver = suite.setupReceiver(key, encapsulation, text('i'));
    const values = [context.export(text('c'), 77), receiver.export(text('c'), 77), receiver.export(text('d'), 77)];
    const [sent, received, other] = values.map(v => hex(core.dangerousReveal(v)));
    assert.is(sent, received);
    assert.is.not(sent, other);
    assert.is(
      code(() => context.seal(text(''), text(''))),
      'ERR_INVALID_STATE',
    );
    assert.is(
      code(() => receiver.open(text(''), new Uint8Array(16))),
      'ERR_INVALID_STATE',
    );
    assert.is(
      code(() => context.export(text(''), 0x10000)),
      'ERR_BAD_LENGTH',
    );
    for (const owned of [...values, key, context, receiver]) owned.dispose();
  }
});

test('a key of another KEM, and points that are none, are refused', () => {
  const suite = hpkeSuite(core, dhkemX25519(core), hkdfSha256, hpkeAes128Gcm);
  const other = dhkemP256(core).generate(hostRandom);
  assert.is(
    code(() => suite.setupReceiver(other, new Uint8Array(32), text(''))),
    'ERR_INVALID_ARGUMENT',
  );
  assert.is(
    code(() => suite.setupSender(new Uint8Array(32), text(''), hostRandom)),
    'ERR_INVALID_PUBLIC_KEY',
  );
  other.dispose();
  for (const kem of [dhkemP256(core), hpkeMlKem768P256(core)]) {
    const key = kem.generate(hostRandom);
    const wrong = key.publicKey.slice();
    wrong[wrong.length - 1] ^= 1;
    assert.is(
      code(() => kem.encapsulate(wrong, hostRandom)),
      'ERR_INVALID_PUBLIC_KEY',
    );
    key.dispose();
  }
});

test.run();
