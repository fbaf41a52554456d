// The core's AES kernels against node:crypto, each as one in-place call on one key: a quick look while working on them.
// Usage: node bench/kernels/aes.mjs [BINARY]   (build/wasm/core.wasm by default)

import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { heapBase } from '../../scripts/memory_map.mjs';

const root = new URL('../../', import.meta.url);
const binary = process.argv[2] ? readFileSync(process.argv[2]) : readFileSync(new URL('build/wasm/core.wasm', root));
const memory = new WebAssembly.Memory({ initial: heapBase / 65536 + 16 });
const { exports: abi } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
const bytes = new Uint8Array(memory.buffer);

const key = heapBase;
const nonce = key + 64;
const tag = key + 96;
const aad = key + 128;
const data = key + 256;
for (let i = 0; i < 65536; i++) bytes[key + i] = (i * 0x9e3779b9) >>> 16;
const keyBytes = bytes.slice(key, key + 32);
const nonceBytes = bytes.slice(nonce, nonce + 12);
const aadBytes = bytes.slice(aad, aad + 5);

/** Median nanoseconds per call of `run`. @param {() => void} run */
function measure(run) {
  const batch = 12_000_000;
  let calls = 1;
  let elapsed = 0n;
  for (; elapsed < batch; calls *= 2) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) run();
    elapsed = process.hrtime.bigint() - start;
  }
  const samples = Array.from({ length: 7 }, () => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls / 2; i++) run();
    return Number(process.hrtime.bigint() - start) / (calls / 2);
  });
  return samples.sort((a, b) => a - b)[3];
}

/** @param {string} name @param {number} length @param {() => void} ours @param {(() => void) | null} native */
function row(name, length, ours, native) {
  const own = measure(ours);
  const theirs = native ? measure(native) : 0;
  const mb = ns => `${((length / ns) * 1000).toFixed(0).padStart(6)} MB/s ${(ns / 1000).toFixed(2).padStart(8)} us`;
  const ratio = native ? `  native ${mb(theirs)}  ratio ${(theirs / own).toFixed(2)}` : '';
  console.log(`${name.padEnd(18)} ${String(length).padStart(6)} B ${mb(own)}${ratio}`);
}

/** @param {string} name @param {number} keyLength @param {number} length */
function native(name, keyLength, length) {
  const input = bytes.slice(data, data + length);
  return () => {
    const cipher = createCipheriv(name, keyBytes.subarray(0, keyLength), nonceBytes, { authTagLength: 16 });
    cipher.setAAD(aadBytes, { plaintextLength: length });
    cipher.update(input);
    cipher.final();
    cipher.getAuthTag();
  };
}

console.log(`Node ${process.version}`);
const sizes = [16, 64, 128, 256, 512, 1024, 4096, 16384];
for (const keyLength of [16, 32]) {
  for (const length of sizes) {
    const name = `aes-${8 * keyLength}-gcm`;
    const seal = () => abi.gcmSeal(key, keyLength, keyLength, nonce, aad, 5, data, length, tag);
    row(name, length, seal, native(name, keyLength, length));
  }
}
for (const length of [64, 1024, 16384]) {
  row('gcm one use', length, () => abi.gcmSeal(key, 16, 0, nonce, aad, 5, data, length, tag), null);
  row('ghash', length, () => abi.gcmSeal(key, 16, 3, nonce, data, length, data, 0, tag), null);
  row(
    'aes-128-ccm',
    length,
    () => abi.ccmSeal(key, 16, 4, nonce, aad, 5, data, length, tag, 16),
    native('aes-128-ccm', 16, length),
  );
  row('aes-128-cbc', length, () => abi.aesCbcEncryptBlocks(key, 16, 5, nonce, data, length), null);
  row('aes-128-cbc open', length, () => abi.aesCbcDecryptBlocks(key, 16, 5, nonce, data, length), null);
}
