// Record protection of every suite: the WASM core against node:crypto, both directions; then what only the core does.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { RecordProtection } from '../../src/crypto/record_protection.ts';
import { wasmCipherSuites12 } from '../../src/wasm/cipher_suites.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { wasmProvider } from '../../src/wasm/provider.ts';
import type { WasmRecordProtection } from '../../src/wasm/record_protection.ts';
import { codeOf } from '../support/code_of.ts';
import { hostRandom } from '../support/core.ts';
import { nodeProvider } from '../support/node_provider.ts';

const APPLICATION_DATA = 23;
const HANDSHAKE = 22;
const LIMIT = 16384;

const core = new WasmCore(hostRandom);
const wasm = wasmProvider(core, { cipherSuites12: wasmCipherSuites12 });
const node = nodeProvider();

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  hostRandom(bytes);
  return bytes;
}

interface Variant {
  readonly name: string;
  protect(provider: CryptoProvider): RecordProtection;
}

/** Every suite as something both providers can build from the same bytes. */
function variants(): Variant[] {
  const found: Variant[] = [];
  for (const suite of wasm.cipherSuites13) {
    const secret = randomBytes(suite.keyDerivation.hash.outputLength);
    found.push({
      name: suite.name,
      protect: provider => provider.cipherSuites13.find(s => s.id === suite.id)!.protect(provider.importSecret(secret)),
    });
  }
  for (const suite of wasm.cipherSuites12) {
    // Suites that differ in key exchange alone share their record protection.
    if (!node.cipherSuites12.some(s => s.id === suite.id)) continue;
    const keyBlock = randomBytes(suite.keyBlockLength);
    for (const etm of suite.mode === 'cbc' ? [false, true] : [false]) {
      for (const writer of ['client', 'server'] as const) {
        found.push({
          name: `${suite.name} ${writer}${etm ? ' encrypt-then-MAC' : ''}`,
          protect: provider =>
            provider.cipherSuites12.find(s => s.id === suite.id)!.protect(provider.importSecret(keyBlock), writer, etm),
        });
      }
    }
  }
  return found;
}

function openAll(protection: RecordProtection, records: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < records.length) {
    const opened = protection.openNext(records.subarray(at), LIMIT);
    assert.is(opened.failure, null);
    assert.ok(opened.consumed > 0);
    parts.push(opened.plaintext);
    at += opened.consumed;
  }
  return Buffer.concat(parts);
}

const all = variants();

for (const { name, protect } of all) {
  test(`${name}: seals what node:crypto opens, opens what it seals`, () => {
    const [seal, open] = [protect(wasm), protect(wasm)];
    const [nodeSeal, nodeOpen] = [protect(node), protect(node)];
    // node:crypto cannot finish CCM of an empty 1.2 record ("tag not set"): there both sides start at one byte.
    const lengths = name.includes('_CCM') && name.includes('_WITH_') ? [] : [0];
    for (const length of [...lengths, 1, 15, 16, 17, 63, 64, 255, 256, 1000, 16383, 16384, 16385, 40_000]) {
      const content = randomBytes(length);
      const sealed = seal.sealNext(APPLICATION_DATA, content, LIMIT);
      assert.equal(new Uint8Array(openAll(nodeOpen, sealed)), content, `node opens ${length}`);
      const theirs = nodeSeal.sealNext(APPLICATION_DATA, content, LIMIT);
      assert.equal(new Uint8Array(openAll(open, theirs)), content, `wasm opens ${length}`);
    }
    assert.is(seal.sequence, nodeSeal.sequence);
  });

  test(`${name}: any changed byte fails, does not advance the sequence and leaves no plaintext`, () => {
    const [seal, open] = [protect(wasm), protect(wasm)];
    const content = new Uint8Array(300).fill(0xa7);
    const record = seal.sealNext(APPLICATION_DATA, content, LIMIT);
    for (const at of [0, 1, 5, 12, 13, 21, 22, 40, record.length - 17, record.length - 1]) {
      const is13 = name.startsWith('TLS_AES') || name.startsWith('TLS_CHACHA');
      const changed = record.slice();
      changed[at] ^= 1;
      const opened = open.openNext(changed, LIMIT);
      assert.is(opened.failure, 'ERR_DECRYPTION_FAILED', `byte ${at}${is13 ? '' : ' (1.2)'}`);
      assert.is(opened.consumed, 0);
      assert.is(opened.plaintext.length, 0);
      assert.is(open.sequence, 0);
      const exchange = core.bytes.subarray(core.exchange, core.exchange + 0x48000);
      assert.not.ok(Buffer.from(exchange).includes(Buffer.alloc(16, 0xa7)));
    }
    assert.equal(open.openNext(record, LIMIT).plaintext, content);
  });
}

const suite13 = wasm.cipherSuites13[0];
const aes13 = wasm.cipherSuites13.find(s => s.name === 'TLS_AES_128_GCM_SHA256')!;

function pair(suite = suite13): [WasmRecordProtection, WasmRecordProtection] {
  const secret = wasm.importSecret(randomBytes(suite.keyDerivation.hash.outputLength));
  return [suite.protect(secret) as WasmRecordProtection, suite.protect(secret) as WasmRecordProtection];
}

function pair12(name: string): [WasmRecordProtection, WasmRecordProtection] {
  const suite = wasm.cipherSuites12.find(s => s.name === name)!;
  const block = wasm.importSecret(randomBytes(suite.keyBlockLength));
  const protect = () => suite.protect(block, 'client', false) as WasmRecordProtection;
  return [protect(), protect()];
}

/** Tells where its last slot lies, which for a record protection is the context. */
class SpiedCore extends WasmCore {
  last = 0;

  override allocate(length: number): number {
    this.last = super.allocate(length);
    return this.last;
  }
}

test('openNext stops behind a record that may change keys, and before an incomplete one', () => {
  const [seal, open] = pair();
  const flight = Buffer.concat([
    seal.sealNext(APPLICATION_DATA, randomBytes(10), LIMIT),
    seal.sealNext(HANDSHAKE, randomBytes(20), LIMIT),
    seal.sealNext(APPLICATION_DATA, randomBytes(30), LIMIT),
  ]);
  const first = open.openNext(flight.subarray(0, flight.length - 1), LIMIT);
  assert.equal(first.types, [APPLICATION_DATA, HANDSHAKE]);
  assert.equal(first.lengths, [10, 20]);
  const rest = flight.subarray(first.consumed);
  assert.is(open.openNext(rest.subarray(0, rest.length - 1), LIMIT).consumed, 0);
  assert.equal(open.openNext(rest, LIMIT).lengths, [30]);
});

test('plaintext goes where the caller says if all of it is data, short or long, and to a fresh array otherwise', () => {
  for (const length of [1, 127, 128, 129, 5000, 16384]) {
    const [seal, open] = pair();
    const content = randomBytes(length);
    const given: Uint8Array[] = [];
    const memory = (wanted: number): Uint8Array => {
      given.push(new Uint8Array(wanted + 8).subarray(3, 3 + wanted));
      return given[given.length - 1];
    };
    const data = seal.sealNext(APPLICATION_DATA, content, LIMIT);
    const opened = open.openNext(data, LIMIT, memory);
    assert.is(opened.plaintext, given[0]);
    assert.equal(opened.plaintext, content);
    const mixed = Buffer.concat([
      seal.sealNext(APPLICATION_DATA, content, LIMIT),
      seal.sealNext(HANDSHAKE, content, LIMIT),
    ]);
    assert.equal(open.openNext(mixed, LIMIT, memory).plaintext, new Uint8Array(Buffer.concat([content, content])));
    assert.equal(open.openNext(data.subarray(0, 4), LIMIT, memory).plaintext.length, 0);
    assert.equal(
      open.openNext(seal.sealNext(APPLICATION_DATA, content, LIMIT), LIMIT, () => undefined).plaintext,
      content,
    );
    assert.is(given.length, 1);
  }
});

test('memory of another length or kind is refused, and nothing of the plaintext stays', () => {
  const lengths = [0, 1, 199, 201].map(length => new Uint8Array(length));
  for (const wrong of [...lengths, 200, 'text', new Array(200), new Uint16Array(200), new ArrayBuffer(200)]) {
    const [seal, open] = pair();
    const content = randomBytes(200);
    const record = seal.sealNext(APPLICATION_DATA, content, LIMIT);
    assert.is(
      codeOf(() => open.openNext(record, LIMIT, () => wrong as Uint8Array)),
      'ERR_HOOK_FAILED',
    );
    const broken = (): Uint8Array => {
      throw new Error('of the caller');
    };
    const next = seal.sealNext(APPLICATION_DATA, content, LIMIT);
    assert.throws(() => open.openNext(next, LIMIT, broken), 'of the caller');
    assert.is(Buffer.from(core.bytes).indexOf(content), -1);
  }
});

test('hundreds of records in one call, more than the exchange area in several', () => {
  const [seal, open] = pair(aes13);
  const content = randomBytes(1_000_000);
  const sealed = seal.sealNext(APPLICATION_DATA, content, 1000);
  assert.is(sealed.length, 1_000_000 + 1000 * (5 + 1 + 16));
  assert.is(seal.sequence, 1000);
  assert.equal(new Uint8Array(openAll(open, sealed)), content);
});

test('padding is removed, and counts towards the limit (record_overflow, RFC 9846 §5.2)', () => {
  const [seal, open] = pair();
  const record = seal.sealNext(APPLICATION_DATA, randomBytes(100), LIMIT - 200, 200);
  assert.is(record.length, 5 + 100 + 1 + 200 + 16);
  assert.equal(open.openNext(record, LIMIT).lengths, [100]);
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, randomBytes(1), LIMIT, 1)),
    'ERR_RECORD_OVERFLOW',
  );
  const padded = seal.sealNext(APPLICATION_DATA, randomBytes(100), LIMIT - 200, 200);
  assert.is(open.openNext(padded, 200).failure, 'ERR_RECORD_OVERFLOW');
});

test('a limit is an integer from 1 to 2^14, whatever the records hold (ERR_INVALID_ARGUMENT)', () => {
  for (const [seal, open] of [
    pair(),
    pair12('TLS_RSA_WITH_AES_128_CBC_SHA'),
    pair12('TLS_RSA_WITH_AES_128_GCM_SHA256'),
  ]) {
    const record = seal.dangerousSealAt(0, APPLICATION_DATA, randomBytes(50));
    for (const limit of [
      0,
      -1,
      1.5,
      16385,
      20_000,
      2 ** 32 + 100,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined as never,
    ]) {
      assert.is(
        codeOf(() => open.openNext(record, limit)),
        'ERR_INVALID_ARGUMENT',
      );
      assert.is(
        codeOf(() => open.openAt(0, record, limit)),
        'ERR_INVALID_ARGUMENT',
      );
    }
    assert.is(open.sequence, 0);
    assert.equal(open.openNext(record, 16384).lengths, [50]);
  }
});

test('datagrams keep to the negotiated limit, too (record_overflow, RFC 8449 §4)', () => {
  for (const [seal, open] of [
    pair(),
    pair12('TLS_RSA_WITH_AES_128_CBC_SHA'),
    pair12('TLS_RSA_WITH_AES_128_GCM_SHA256'),
  ]) {
    const record = seal.dangerousSealAt(5, APPLICATION_DATA, randomBytes(101));
    assert.is(open.openAt(5, record, 100).failure, 'ERR_RECORD_OVERFLOW');
    assert.equal(open.openAt(5, record, 101).lengths, [101]);
  }
});

test('a header that announces too much is record_overflow before the rest is there', () => {
  for (const [most, [, open]] of [
    [16384 + 256, pair()],
    [16384 + 2048, pair12('TLS_RSA_WITH_AES_128_CBC_SHA')],
    [16384 + 2048, pair12('TLS_RSA_WITH_AES_128_GCM_SHA256')],
  ] as const) {
    for (const [size, failure] of [
      [most, null],
      [most + 1, 'ERR_RECORD_OVERFLOW'],
      [0xffff, 'ERR_RECORD_OVERFLOW'],
    ] as const) {
      const header = Uint8Array.of(APPLICATION_DATA, 3, 3, size >> 8, size & 0xff);
      for (const record of [header, new Uint8Array(1000).fill(1).map((byte, i) => header[i] ?? byte)]) {
        assert.is(open.openNext(record, LIMIT).failure, failure);
        assert.is(open.openAt(0, record, LIMIT).failure, failure);
      }
    }
  }
});

test('such a header behind good records ends them', () => {
  const [seal, open] = pair();
  const good = seal.sealNext(APPLICATION_DATA, randomBytes(30), LIMIT);
  const opened = open.openNext(Buffer.concat([good, Uint8Array.of(APPLICATION_DATA, 3, 3, 0xff, 0xff)]), LIMIT);
  assert.equal(opened.lengths, [30]);
  assert.is(opened.consumed, good.length);
  assert.is(opened.failure, 'ERR_RECORD_OVERFLOW');
});

test('a call opens 1,024 records and looks at 294,912 bytes: null is no promise that the input ended', () => {
  const [seal, open] = pair();
  const many = seal.sealNext(APPLICATION_DATA, new Uint8Array(1500), 1);
  const first = open.openNext(many, LIMIT);
  assert.is(first.lengths.length, 1024);
  assert.is(first.failure, null);
  assert.is(open.openNext(many.subarray(first.consumed), LIMIT).lengths.length, 1500 - 1024);
  const long = seal.sealNext(APPLICATION_DATA, new Uint8Array(400_000), LIMIT);
  const opened = open.openNext(long, LIMIT);
  assert.is(opened.failure, null);
  assert.ok(opened.consumed > 294_912 - 16384 - 22 && opened.consumed <= 294_912);
  assert.is(openAll(open, long.subarray(opened.consumed)).length, 400_000 - opened.plaintext.length);
});

test('traffic secrets of another length than the hash, and writers that are neither side, are refused', () => {
  const before = core.liveSlots;
  for (const suite of wasm.cipherSuites13) {
    for (const length of [0, 5, 31, 32, 33, 47, 48, 64]) {
      const secret = wasm.importSecret(randomBytes(length));
      const fits = length === suite.keyDerivation.hash.outputLength;
      assert.is(
        codeOf(() => suite.protect(secret).dispose()),
        fits ? 'no error' : 'ERR_BAD_LENGTH',
        suite.name,
      );
      secret.dispose();
    }
  }
  for (const suite of wasm.cipherSuites12) {
    const block = wasm.importSecret(randomBytes(suite.keyBlockLength));
    for (const writer of ['nobody', 'Client', '', undefined, 0] as never[]) {
      assert.is(
        codeOf(() => suite.protect(block, writer, false)),
        'ERR_INVALID_ARGUMENT',
      );
    }
    block.dispose();
  }
  assert.is(core.liveSlots, before);
});

test('an inner plaintext without a type: unexpected_message (RFC 9846 §5.4)', () => {
  const [seal, open] = pair();
  const record = seal.sealNext(0, new Uint8Array(5), LIMIT);
  assert.is(open.openNext(record, LIMIT).failure, 'ERR_UNEXPECTED_MESSAGE');
});

test('empty handshake and alert records: unexpected_message (RFC 9846 §5.1); empty application data is legal', () => {
  const [seal, open] = pair();
  assert.equal(open.openNext(seal.sealNext(APPLICATION_DATA, new Uint8Array(0), LIMIT), LIMIT).lengths, [0]);
  const [seal2, open2] = pair();
  assert.is(
    open2.openNext(seal2.sealNext(HANDSHAKE, new Uint8Array(0), LIMIT), LIMIT).failure,
    'ERR_UNEXPECTED_MESSAGE',
  );
});

test('a ciphertext over 2^14 + 256 is record_overflow before anything is opened', () => {
  const [, open] = pair();
  const record = new Uint8Array(5 + 16384 + 257);
  record.set([23, 3, 3, (16384 + 257) >> 8, (16384 + 257) & 0xff]);
  assert.is(open.openNext(record, LIMIT).failure, 'ERR_RECORD_OVERFLOW');
});

test('the AEAD limit: nothing is sealed past it, nothing opened', () => {
  const [seal, open] = pair(aes13);
  const limit = 23_726_566;
  seal.dangerousSetSequence(limit - 2);
  assert.is(seal.remaining, 2);
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, randomBytes(30), 10)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  assert.is(seal.sequence, limit - 2);
  seal.sealNext(APPLICATION_DATA, randomBytes(20), 10);
  assert.is(seal.remaining, 0);
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, randomBytes(1), 10)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  open.dangerousSetSequence(limit);
  assert.is(open.openNext(new Uint8Array(100), LIMIT).failure, 'ERR_SEQUENCE_EXHAUSTED');
});

test('at the end of the sequence: what remains is exact, and nothing is sealed if not all can be (RFC 9846 §5.3)', () => {
  const end = 2n ** 64n - 1n;
  const spied = new SpiedCore(hostRandom);
  const provider = wasmProvider(spied);
  const suite = provider.cipherSuites13.find(s => s.name === 'TLS_CHACHA20_POLY1305_SHA256')!;
  // One that is asked for the first time after its number was set from outside: it counts by itself from then on.
  const sealAt = (sequence: bigint) => {
    const seal = suite.protect(provider.importSecret(randomBytes(32)));
    spied.abi.recordSetSequence(spied.last, Number(sequence & 0xffff_ffffn), Number(sequence >> 32n));
    return seal;
  };
  const low = () => spied.abi.recordSequence(spied.last, 0) >>> 0;
  for (const left of [
    0n,
    1n,
    2n,
    1023n,
    1024n,
    1025n,
    4095n,
    4096n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 32n + 1n,
    2n ** 53n,
  ]) {
    const seal = sealAt(end - left);
    assert.is(seal.remaining, Number(left), `${left}`);
    for (let sealed = 1n; sealed <= 3n && sealed <= left; sealed++) {
      seal.sealNext(APPLICATION_DATA, new Uint8Array(1), 1000);
      assert.is(seal.remaining, Number(left - sealed), `${left} - ${sealed}`);
    }
    seal.dispose();
  }
  // Several batches of the exchange area: 4,096 records where 4,095 are left.
  const content = new Uint8Array(4096 * 1000);
  const seal = sealAt(end - 4095n);
  const before = low();
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, content, 1000)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  assert.is(low(), before);
  assert.is(seal.sealNext(APPLICATION_DATA, content.subarray(1000), 1000).length, 4095 * 1022);
  assert.is(seal.remaining, 0);
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, new Uint8Array(0), 1000)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
  seal.dispose();
});

test('datagrams: any order, own sequence untouched, forgeries counted', () => {
  for (const suite of wasm.cipherSuites13) {
    const [seal, open] = pair(suite);
    const records = [5, 3, 2 ** 21].map(
      n => [n, seal.dangerousSealAt(n, APPLICATION_DATA, new Uint8Array([n & 0xff]))] as const,
    );
    for (const [n, record] of records.reverse()) {
      assert.equal(open.openAt(n, record, LIMIT).plaintext, new Uint8Array([n & 0xff]));
      assert.is(open.openAt(n + 1, record, LIMIT).failure, 'ERR_DECRYPTION_FAILED');
    }
    assert.is(open.sequence, 0);
  }
  const ccm8 = wasm.cipherSuites13.find(s => s.name === 'TLS_AES_128_CCM_8_SHA256')!;
  const [seal, open] = pair(ccm8);
  const record = seal.dangerousSealAt(1, APPLICATION_DATA, randomBytes(8));
  for (let i = 0; i < 128; i++) open.openAt(2, record, LIMIT);
  assert.is(
    codeOf(() => open.openAt(1, record, LIMIT)),
    'ERR_SEQUENCE_EXHAUSTED',
  );
});

test('a disposed context is a stale handle', () => {
  const [seal] = pair();
  seal.dispose();
  seal.dispose();
  assert.is(
    codeOf(() => seal.sealNext(APPLICATION_DATA, randomBytes(1), LIMIT)),
    'ERR_STALE_HANDLE',
  );
});

test('a random source under which the memory grows harms no CBC record', () => {
  const kept: { dispose(): void }[] = [];
  const own: WasmCore = new WasmCore(target => {
    for (let i = 0; i < 40; i++) kept.push(own.createSecret(60_000));
    hostRandom(target);
  });
  const name = 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA';
  const suite = wasmProvider(own, { cipherSuites12: wasmCipherSuites12 }).cipherSuites12.find(s => s.name === name)!;
  const block = own.importSecret(randomBytes(suite.keyBlockLength));
  const [seal, open] = [0, 1].map(() => suite.protect(block, 'client', false));
  const content = randomBytes(100);
  assert.equal(open.openAt(7, seal.dangerousSealAt(7, APPLICATION_DATA, content), LIMIT).plaintext, content);
  assert.equal(open.openNext(seal.sealNext(APPLICATION_DATA, content, LIMIT), LIMIT).plaintext, content);
  for (const owned of [seal, open, block, ...kept]) owned.dispose();
});

test.run();
