// No function of the core leaves a secret in its scratch: after each call the static memory is searched for the key,
// for its padded forms and for what was derived from it.

import { createHmac } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HashName } from '../../src/crypto/hash.ts';
import { aeadOpen, aeadSeal } from '../../src/wasm/aead.ts';
import { wasmCipherSuites12 } from '../../src/wasm/cipher_suites.ts';
import { EXCHANGE_LENGTH, WasmCore } from '../../src/wasm/core.ts';
import { wasmKeyDerivation } from '../../src/wasm/key_derivation.ts';
import { pbkdf2 } from '../../src/wasm/pbkdf2.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import { hostRandom, testCore } from '../support/core.ts';
import { randomFrom } from '../support/random.ts';
import * as twin from '../twins/chacha20_poly1305.ts';

const core = testCore();
const statics = 1024;

/** Addresses in the core's statics, the exchange area included, where eight bytes of a needle stand. */
function traces(needles: readonly Uint8Array[]): string[] {
  const memory = Buffer.from(core.bytes.buffer, 0, core.abi.staticsEnd());
  const found: string[] = [];
  for (const [i, needle] of needles.entries()) {
    for (let at = 0; at + 8 <= needle.length; at += 8) {
      const place = memory.indexOf(needle.subarray(at, at + 8), statics);
      if (place >= 0) found.push(`needle ${i} from byte ${at} at ${place}`);
    }
  }
  return found;
}

const xored = (bytes: Uint8Array, value: number) => bytes.map(byte => byte ^ value);

/** The key as it is, byte-swapped to words and lanes, and as HMAC pads it. */
function formsOf(key: Uint8Array): Uint8Array[] {
  const forms = [key, xored(key, 0x36), xored(key, 0x5c)];
  const swapped = (size: number) =>
    forms.map(form => form.map((_, i) => form[i - (i % size) + (size - 1 - (i % size))]));
  return [...forms, ...swapped(4), ...swapped(8)];
}

function clearExchange(): void {
  core.bytes.fill(0, core.exchange, core.exchange + EXCHANGE_LENGTH);
}

test('the search finds what is there', () => {
  const key = randomFrom(30).bytes(32);
  core.bytes.set(key, core.exchange + 3);
  assert.is(traces([key]).length, 4);
  clearExchange();
  assert.equal(traces([key]), []);
});

test('ChaCha20-Poly1305 leaves no key, keystream or one-time key', () => {
  const random = randomFrom(31);
  const none = new Uint8Array(0);
  for (const length of [0, 100, 1500]) {
    const [key, nonce, data] = [random.bytes(32), random.bytes(12), random.bytes(length)];
    const secret = core.importSecret(key);
    const blocks = Array.from({ length: 1 + length / 64 }, (_, i) => twin.chacha20Block(key, i, nonce));
    const sealed = aeadSeal(core, 'chacha20-poly1305', secret, nonce, none, data);
    assert.equal(traces([...formsOf(key), ...blocks, data]), []);
    aeadOpen(core, 'chacha20-poly1305', secret, nonce, none, sealed);
    assert.equal(traces([...formsOf(key), ...blocks, data]), []);
    sealed[sealed.length - 1] ^= 1;
    assert.throws(() => aeadOpen(core, 'chacha20-poly1305', secret, nonce, none, sealed));
    assert.equal(traces([...formsOf(key), ...blocks, data]), []);
    secret.dispose();
  }
});

for (const name of ['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256'] satisfies HashName[]) {
  test(`the key derivations over ${name} leave no key and nothing derived`, () => {
    const derivation = wasmKeyDerivation(core, name);
    const random = randomFrom(32);
    const key = random.bytes(48);
    const info = random.bytes(20);
    const secret = core.importSecret(key);
    clearExchange();
    for (const derive of [
      () => derivation.extract(secret, null),
      () => derivation.extract(null, secret),
      () => derivation.expand(secret, info, 150),
      () => derivation.expandLabel(secret, 'key', info, 150),
      () => derivation.prf12(secret, 'key expansion', info, 150),
      () => pbkdf2(core, name, secret, info, 3, 150),
    ]) {
      const derived = derive();
      assert.equal(traces([...formsOf(key), ...formsOf(core.dangerousReveal(derived))]), [], String(derive));
      derived.dispose();
    }
    const mac = derivation.hmac(secret, info);
    clearExchange();
    assert.equal(traces([...formsOf(key), ...formsOf(mac)]), []);
    derivation.verifyHmac(secret, info, mac);
    clearExchange();
    assert.equal(traces([...formsOf(key), ...formsOf(mac)]), []);
    secret.dispose();
  });
}

for (const encryptThenMac of [false, true]) {
  test(`CBC records leave no key, no MAC and no plaintext of a forgery, ${encryptThenMac ? 'encrypt-then-MAC' : 'MAC-then-encrypt'}`, () => {
    const suite = wasmProvider(core, { cipherSuites12: wasmCipherSuites12 }).cipherSuites12.find(
      s => s.name === 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
    )!;
    const random = randomFrom(33);
    const block = random.bytes(suite.keyBlockLength);
    const content = random.bytes(64);
    const secret = core.importSecret(block);
    const [writer, reader] = [0, 1].map(() => suite.protect(secret, 'client', encryptThenMac));
    const needles = [...formsOf(block.subarray(0, 32)), content];
    // The cache holds round keys, of which the first is the key, as long as the contexts live.
    const aesKey = block.subarray(64, 80);
    const record = writer.sealNext(23, content, 16384);
    const forged = record.slice();
    forged[30] ^= 1;
    const macOf = (type: number, data: Uint8Array) =>
      createHmac('sha256', block.subarray(0, 32))
        .update(new Uint8Array(8))
        .update(Uint8Array.of(type, 3, 3, data.length >> 8, data.length & 0xff))
        .update(data)
        .digest();
    const forgedMac = macOf(23, forged.subarray(5, -32));
    assert.equal(traces(needles), []);
    assert.is(reader.openNext(forged, 16384).failure, 'ERR_DECRYPTION_FAILED');
    assert.equal(traces([...needles, forgedMac, macOf(23, content)]), []);
    assert.equal(reader.openNext(record, 16384).plaintext, content);
    assert.equal(traces([...needles, forgedMac, macOf(23, content)]), []);
    for (const owned of [writer, reader, secret]) owned.dispose();
    assert.equal(traces([...needles, ...formsOf(aesKey)]), []);
  });
}

test('AEAD records leave no write IV and no content, sealed, opened or forged', () => {
  const random = randomFrom(34);
  const provider = wasmProvider(core, { cipherSuites12: wasmCipherSuites12 });
  const content = random.bytes(200);
  for (const suite of provider.cipherSuites13) {
    const secret = core.importSecret(random.bytes(suite.keyDerivation.hash.outputLength));
    const derived = suite.keyDerivation.expandLabel(secret, 'iv', new Uint8Array(0), 12);
    const iv = core.dangerousReveal(derived);
    const [writer, reader] = [suite.protect(secret), suite.protect(secret)];
    const record = writer.sealNext(23, content, 16384);
    const forged = record.slice();
    forged[30] ^= 1;
    assert.is(reader.openNext(forged, 16384).failure, 'ERR_DECRYPTION_FAILED');
    assert.equal(reader.openNext(record, 16384).plaintext, content);
    assert.equal(traces([iv, content]), [], suite.name);
    for (const owned of [writer, reader, secret, derived]) owned.dispose();
  }
});

test('a hash leaves nothing of what it hashed, which may be a password', () => {
  const password = randomFrom(35).bytes(100);
  wasmKeyDerivation(core, 'sha256').hash.digest(password);
  assert.equal(traces([password]), []);
});

test('a record context that was collected without dispose leaves no expanded key', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const own = new WasmCore(hostRandom);
  const suite = wasmProvider(own).cipherSuites13.find(s => s.name === 'TLS_AES_256_GCM_SHA384')!;
  const secret = own.importSecret(randomFrom(36).bytes(48));
  const derived = suite.keyDerivation.expandLabel(secret, 'key', new Uint8Array(0), 32);
  const key = own.dangerousReveal(derived);
  derived.dispose();
  (() => suite.protect(secret).sealNext(23, new Uint8Array(100), 16384))();
  const found = () => Buffer.from(own.bytes.buffer).includes(Buffer.from(key));
  assert.ok(found());
  for (let i = 0; i < 100 && own.abandonedSlots === 0; i++) {
    collect();
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.is(own.abandonedSlots, 1);
  assert.not.ok(found());
});

test.run();
