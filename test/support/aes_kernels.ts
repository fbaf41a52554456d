// The core's general AES kernels, called as they are: any key, nonce and tag length that they serve.

import type { WasmCore } from '../../src/wasm/core.ts';

export interface AesCall {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly data: Uint8Array;
  /** Context id of the key; 0 for one use. */
  readonly id?: number;
  /** Bytes to move the data from alignment. */
  readonly shift?: number;
}

export type AesMode = 'gcm' | 'ccm';

const KEY = 0;
const TAG = 32;
const NONCE = 64;

/** Ciphertext and tag. */
export function kernelSeal(core: WasmCore, mode: AesMode, call: AesCall, tagLength: number): [Uint8Array, Uint8Array] {
  const { at, aad, data } = layOut(core, call);
  const seal = mode === 'gcm' ? core.abi.gcmSealGeneral : core.abi.ccmSealGeneral;
  seal(
    at + KEY,
    call.key.length,
    call.id ?? 0,
    at + NONCE,
    call.nonce.length,
    aad,
    call.aad.length,
    data,
    call.data.length,
    at + TAG,
    tagLength,
  );
  return [core.bytes.slice(data, data + call.data.length), core.bytes.slice(at + TAG, at + TAG + tagLength)];
}

/** Whether the tag was right, and what then stands where the data stood. */
export function kernelOpen(core: WasmCore, mode: AesMode, call: AesCall, tag: Uint8Array): [boolean, Uint8Array] {
  const { at, aad, data } = layOut(core, call);
  core.bytes.set(tag, at + TAG);
  const open = mode === 'gcm' ? core.abi.gcmOpenGeneral : core.abi.ccmOpenGeneral;
  const valid = open(
    at + KEY,
    call.key.length,
    call.id ?? 0,
    at + NONCE,
    call.nonce.length,
    aad,
    call.aad.length,
    data,
    call.data.length,
    at + TAG,
    tag.length,
  );
  return [valid === 1, core.bytes.slice(data, data + call.data.length)];
}

/** Whole blocks, no padding. */
export function kernelCbc(core: WasmCore, direction: 'encrypt' | 'decrypt', call: Omit<AesCall, 'aad'>): Uint8Array {
  const { at, data } = layOut(core, { ...call, aad: new Uint8Array(0) });
  const run = direction === 'encrypt' ? core.abi.aesCbcEncryptBlocks : core.abi.aesCbcDecryptBlocks;
  run(at + KEY, call.key.length, call.id ?? 0, at + NONCE, data, call.data.length);
  return core.bytes.slice(data, data + call.data.length);
}

function layOut(core: WasmCore, call: AesCall): { at: number; aad: number; data: number } {
  const at = core.exchange;
  const aad = at + NONCE + call.nonce.length;
  const data = ((aad + call.aad.length + 15) & ~15) + (call.shift ?? 0);
  core.bytes.set(call.key, at + KEY);
  core.bytes.set(call.nonce, at + NONCE);
  core.bytes.set(call.aad, aad);
  core.bytes.set(call.data, data);
  return { at, aad, data };
}
