// Kernels that the binaries do not export, compiled as the product is and compared with their slow twins: Keccak one
// and two states at once, ChaCha20 four blocks at once, beside Poly1305 and alone, Poly1305 over chosen keys and blocks.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hex, unhex } from '../support/hex.ts';
import { randomFrom } from '../support/random.ts';
import * as chachaTwin from '../twins/chacha20_poly1305.ts';
import * as keccakTwin from '../twins/keccak.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

const entry = `
export { keccakF } from '../../assembly/shared/hash/keccak_f';
export { keccakF2 } from '../../assembly/shared/hash/keccak_f_x2';
export { keccakX2Absorb, keccakX2SqueezeBlocks } from '../../assembly/shared/hash/keccak_x2';
export { chacha20Blocks4, chacha20Xor4 } from '../../assembly/core/cipher/chacha20_blocks';
export { poly1305Init, poly1305Padded, poly1305Powers, poly1305Final, poly1305Wipe } from '../../assembly/core/mac/poly1305';
`;

function compile(): WebAssembly.Module {
  const folder = join(root, `build/kernels-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, 'index.ts'), entry);
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const out = join(folder, 'kernels.wasm');
    const args = [join(folder, 'index.ts'), '--config', 'asconfig.json', '--target', 'release', '--memoryBase', '1024'];
    execFileSync(process.execPath, [asc, ...args, '-o', out], { cwd: root });
    return new WebAssembly.Module(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const memory = new WebAssembly.Memory({ initial: 4 });
const bytes = new Uint8Array(memory.buffer);
// biome-ignore lint/suspicious/noExplicitAny: exports of a binary that only this test has
const kernels = new WebAssembly.Instance(compile(), { env: { memory } }).exports as any;
const A = 0x10000;
const B = 0x20000;
const C = 0x30000;
const TAG = 0x38000;

function lanesAt(at: number, stride: number): bigint[] {
  const view = new DataView(memory.buffer);
  return Array.from({ length: 25 }, (_, i) => view.getBigUint64(at + stride * i, true));
}

test('permutes one Keccak state, and two at once, as the twin does', () => {
  const random = randomFrom(21);
  for (let i = 0; i < 12; i++) {
    const state = i === 0 ? new Uint8Array(200) : i === 1 ? new Uint8Array(200).fill(0xff) : random.bytes(200);
    bytes.set(state, A);
    const before = lanesAt(A, 8);
    kernels.keccakF(A);
    assert.equal(lanesAt(A, 8), keccakTwin.keccakF(before));
    bytes.set(random.bytes(400), B);
    const [first, second] = [lanesAt(B, 16), lanesAt(B + 8, 16)];
    kernels.keccakF2(B);
    assert.equal(lanesAt(B, 16), keccakTwin.keccakF(first));
    assert.equal(lanesAt(B + 8, 16), keccakTwin.keccakF(second));
  }
});

test('absorbs and squeezes two sponges at once as node:crypto does one by one', () => {
  const random = randomFrom(22);
  for (const [strength, rate] of [
    [128, 168],
    [256, 136],
  ]) {
    for (const length of [0, 1, 7, 8, 33, 34, 66, rate - 1, rate, rate + 1, 2 * rate - 1, 500]) {
      const inputs = [random.bytes(length), random.bytes(length)];
      const at = [B, B + 0x1001];
      for (const which of [0, 1]) bytes.set(inputs[which], at[which]);
      kernels.keccakX2Absorb(A, rate, 0x1f, at[0], at[1], length);
      // In two calls: the sponges go on where they stopped.
      kernels.keccakX2SqueezeBlocks(A, rate, C, C + 0x1000, 1);
      kernels.keccakX2SqueezeBlocks(A, rate, C + rate, C + 0x1000 + rate, 2);
      for (const which of [0, 1]) {
        const out = bytes.slice(C + 0x1000 * which, C + 0x1000 * which + 3 * rate);
        const hash = createHash(`shake${strength}`, { outputLength: 3 * rate });
        assert.is(hex(out), hash.update(inputs[which]).digest('hex'), `${length} bytes`);
      }
    }
  }
});

test('computes four ChaCha20 blocks as the twin does, over the end of the counter, with a MAC beside and without', () => {
  const random = randomFrom(23);
  for (const counter of [0, 1, 0x7fff_fffe, 0xffff_fffc, 0xffff_ffff]) {
    for (const steps of [0, 1, 2, 3, 4]) {
      const [key, nonce, data, macKey, text] = [32, 12, 256, 32, 256].map(length => random.bytes(length));
      const state = chachaState(key, counter, nonce);
      const expected = new Uint8Array(256);
      for (let i = 0; i < 4; i++) expected.set(chachaTwin.chacha20Block(key, counter + i, nonce), 64 * i);
      bytes.set(state, A);
      kernels.chacha20Blocks4(A, B);
      assert.equal(bytes.slice(B, B + 256), expected);
      // What is taken into the MAC may be what is being enciphered: as it was before.
      for (const own of [true, false]) {
        bytes.set(data, C + 1);
        const taken = (own ? data : text).subarray(0, 64 * steps);
        const [tag, twin] = macs(macKey, taken, [1n, 2n], () => {
          bytes.set(state, A);
          bytes.set(text, B);
          kernels.poly1305Powers();
          kernels.chacha20Xor4(A, C + 1, own ? C + 1 : B, steps);
        });
        assert.is(tag, twin, `${steps} steps`);
        assert.equal(
          bytes.slice(C + 1, C + 257),
          expected.map((byte, i) => byte ^ data[i]),
        );
        assert.equal(bytes.slice(A, A + 64), state, 'the state stays');
      }
    }
  }
});

// RFC 8439 §2.3
function chachaState(key: Uint8Array, counter: number, nonce: Uint8Array): Uint8Array {
  const counterBytes = new Uint8Array(Uint32Array.of(counter).buffer);
  return Uint8Array.from([...new TextEncoder().encode('expand 32-byte k'), ...key, ...counterBytes, ...nonce]);
}

/**
 * The kernel over `data` and a last block of two lengths, and the twin over the same.
 * @param take brings the data into the MAC that is under way
 */
function macs(
  key: Uint8Array,
  data: Uint8Array,
  lengths: readonly [bigint, bigint],
  take = (): void => {
    bytes.set(data, B);
    kernels.poly1305Padded(B, data.length);
  },
): [string, string] {
  bytes.set(key, A);
  kernels.poly1305Init(A);
  take();
  kernels.poly1305Final(lengths[0], lengths[1], TAG);
  kernels.poly1305Wipe();
  const padded = [...data, ...new Uint8Array((16 - (data.length % 16)) % 16)];
  const last = new Uint8Array(BigUint64Array.from(lengths).buffer);
  return [hex(bytes.slice(TAG, TAG + 16)), hex(chachaTwin.poly1305(key, Uint8Array.from([...padded, ...last])))];
}

// The corners of RFC 8439 appendix A.3: r small and large, sums at 2^130 - 5 and around, carries through every limb.
test('authenticates with Poly1305 as the twin does at the corners of its arithmetic', () => {
  const random = randomFrom(24);
  const r = ['00', '01', '02', '04', 'ff'].map(byte => `${byte}${(byte === 'ff' ? 'ff' : '00').repeat(15)}`);
  const blocks = [
    'ff'.repeat(16),
    '00'.repeat(16),
    `fb${'ff'.repeat(15)}`,
    `fe${'ff'.repeat(15)}`,
    `${'00'.repeat(15)}80`,
    `01${'00'.repeat(15)}`,
    `${'ff'.repeat(3)}${'03'}${'00'.repeat(12)}`,
  ];
  for (const first of r) {
    for (const s of ['00', 'ff']) {
      const key = unhex(first + s.repeat(16));
      for (const block of blocks) {
        for (const count of [0, 1, 2, 3, 4, 7, 8, 9, 11, 12, 16]) {
          for (const lengths of [
            [0n, 0n],
            [2n ** 64n - 1n, 2n ** 64n - 1n],
          ] as const) {
            const [kernel, twin] = macs(key, unhex(block.repeat(count)), lengths);
            assert.is(kernel, twin, `r ${first}, s ${s}, ${count} x ${block}`);
            if (count % 4 !== 0) continue;
            const [beside] = macs(key, unhex(block.repeat(count)), lengths, () =>
              besideChacha(unhex(block.repeat(count))),
            );
            assert.is(beside, twin, `the same beside ChaCha20`);
          }
        }
      }
    }
  }
  for (let i = 0; i < 300; i++) {
    const mixed = Array.from({ length: random.below(20) }, () => blocks[random.below(blocks.length)]).join('');
    const [kernel, twin] = macs(random.bytes(32), unhex(mixed), [BigInt(i), 5n]);
    assert.is(kernel, twin);
    const steps = unhex(mixed).subarray(0, 64 * Math.floor(mixed.length / 128));
    const key = random.bytes(32);
    const [beside, twinOfSteps] = macs(key, steps, [7n, BigInt(i)], () => besideChacha(steps));
    assert.is(beside, twinOfSteps);
  }
});

/** Takes up to 256 bytes into the MAC that is under way as the kernel of ChaCha20 does, whose state may be anything. */
function besideChacha(data: Uint8Array): void {
  bytes.set(data, B);
  kernels.poly1305Powers();
  kernels.chacha20Xor4(A, C, B, data.length / 64);
}

// The accumulator can be made to end at any value: with r = 1 it is the sum of the blocks.
test('reduces every accumulator from p - 3 to p + 3', () => {
  const p = (1n << 130n) - 5n;
  const key = unhex(`01${'00'.repeat(31)}`);
  for (let offset = -3n; offset <= 3n; offset++) {
    for (const count of [4, 8, 12]) {
      // Each block adds 2^128; the rest modulo p is less than four blocks hold.
      let missing = (p + offset - (BigInt(count) + 1n) * (1n << 128n)) % p;
      if (missing < 0n) missing += p;
      const most = (1n << 128n) - 1n;
      const values: bigint[] = [];
      for (let i = 0; i < count; i++) {
        const value = missing < most ? missing : most;
        values.push(value);
        missing -= value;
      }
      const data = Uint8Array.from(
        values.flatMap(v => Array.from({ length: 16 }, (_, i) => Number((v >> BigInt(8 * i)) & 255n))),
      );
      assert.is(missing, 0n);
      const [kernel, twin] = macs(key, data, [0n, 0n]);
      assert.is(kernel, twin, `p + ${offset}, ${count} blocks`);
    }
  }
});

test.run();
