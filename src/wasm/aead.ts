// One message at a time on the core's kernels: AEADs (RFC 5116) for keys that seal a few messages - HPKE, tickets, tests -
// and AES-CBC for PBES2 (RFC 8018 §6.2). TLS records take another way: the core's record layer.

import type { CoreExports } from '../../build/generated/abi.ts';
import { entryOf, textOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { Secret } from '../crypto/secret.ts';
import { EXCHANGE_LENGTH, type WasmCore } from './core.ts';

/** Addresses and lengths of one call, as the kernels take them. Nonces have 12 bytes. */
export interface AeadCall {
  readonly key: number;
  readonly nonce: number;
  readonly aad: number;
  readonly aadLength: number;
  readonly data: number;
  readonly length: number;
  readonly tag: number;
}

/** An AEAD of the core: its lengths in bytes and its kernels, which work in place. */
export interface AeadAlgorithm {
  readonly keyLength: number;
  readonly tagLength: number;
  /** Most bytes of one message. */
  readonly maximumLength: number;
  seal(abi: CoreExports, call: AeadCall): void;
  /** 1 if the tag is right. */
  open(abi: CoreExports, call: AeadCall): number;
}

// Context 0: the kernels wipe what they expanded from the key after the call.
const ONE_USE = 0;

function gcm(keyLength: number): AeadAlgorithm {
  return {
    keyLength,
    tagLength: 16,
    maximumLength: 2 ** 36 - 32, // SP 800-38D §5.2.1.1; memory ends before
    seal: (abi, c) => abi.gcmSeal(c.key, keyLength, ONE_USE, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag),
    open: (abi, c) => abi.gcmOpen(c.key, keyLength, ONE_USE, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag),
  };
}

function ccm(keyLength: number, tagLength: number): AeadAlgorithm {
  return {
    keyLength,
    tagLength,
    maximumLength: 2 ** 24 - 1, // RFC 5116 §5.3: 12 bytes of nonce leave three for the length
    seal: (abi, c) =>
      abi.ccmSeal(c.key, keyLength, ONE_USE, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag, tagLength),
    open: (abi, c) =>
      abi.ccmOpen(c.key, keyLength, ONE_USE, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag, tagLength),
  };
}

// RFC 8439 §2.8
const chacha20Poly1305: AeadAlgorithm = {
  keyLength: 32,
  tagLength: 16,
  maximumLength: 2 ** 38 - 64, // RFC 8439 §2.8; memory ends before
  seal: (abi, c) => abi.chachaSeal(c.key, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag),
  open: (abi, c) => abi.chachaOpen(c.key, c.nonce, c.aad, c.aadLength, c.data, c.length, c.tag),
};

/** Every AEAD of the core by name. */
export const aeadAlgorithms = {
  'aes-128-gcm': gcm(16),
  'aes-256-gcm': gcm(32),
  'aes-128-ccm': ccm(16, 16),
  'aes-256-ccm': ccm(32, 16),
  'aes-128-ccm-8': ccm(16, 8),
  'aes-256-ccm-8': ccm(32, 8),
  'chacha20-poly1305': chacha20Poly1305,
} as const satisfies Record<string, AeadAlgorithm>;

export type AeadName = keyof typeof aeadAlgorithms;

const NONCE_LENGTH = 12;

/**
 * Ciphertext followed by the tag, in a fresh buffer.
 * @param nonce 12 bytes, never twice with one key
 * @throws ERR_BAD_LENGTH for a key or nonce of another length and for a longer message than the AEAD takes,
 * ERR_UNSUPPORTED_ALGORITHM, ERR_OUT_OF_MEMORY
 */
export function aeadSeal(
  core: WasmCore,
  name: AeadName,
  key: Secret,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const algorithm = algorithmFor(core, name, key, nonce);
  core.requireInput(aad, 'the additional data');
  core.requireInput(plaintext, 'the plaintext');
  if (plaintext.length > algorithm.maximumLength) {
    throw new TlsError('ERR_BAD_LENGTH', `${name} seals at most ${algorithm.maximumLength} bytes`);
  }
  return withScratch(core, 32 + aad.length + plaintext.length, scratch => {
    const call = layOut(core, scratch, key, nonce, aad, plaintext);
    algorithm.seal(core.abi, call);
    const out = new Uint8Array(plaintext.length + algorithm.tagLength);
    out.set(core.bytes.subarray(call.data, call.data + call.length));
    out.set(core.bytes.subarray(call.tag, call.tag + algorithm.tagLength), plaintext.length);
    return out;
  });
}

/**
 * Plaintext in a fresh buffer that the caller owns.
 * @param sealed ciphertext followed by the tag
 * @throws ERR_DECRYPTION_FAILED if the tag is wrong or missing; ERR_BAD_LENGTH for a key or nonce of another length;
 * ERR_UNSUPPORTED_ALGORITHM
 */
export function aeadOpen(
  core: WasmCore,
  name: AeadName,
  key: Secret,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array {
  const algorithm = algorithmFor(core, name, key, nonce);
  core.requireInput(aad, 'the additional data');
  core.requireInput(sealed, 'the ciphertext');
  const length = sealed.length - algorithm.tagLength;
  if (length < 0) throw new TlsError('ERR_DECRYPTION_FAILED', 'shorter than its tag');
  if (length > algorithm.maximumLength) throw new TlsError('ERR_DECRYPTION_FAILED', 'longer than any message');
  return withScratch(core, 32 + aad.length + length, scratch => {
    const call = layOut(core, scratch, key, nonce, aad, sealed.subarray(0, length));
    core.bytes.set(sealed.subarray(length), call.tag);
    if (algorithm.open(core.abi, call) !== 1) throw new TlsError('ERR_DECRYPTION_FAILED', 'authentication failed');
    return core.bytes.slice(call.data, call.data + length);
  });
}

/**
 * AES-CBC with PKCS#7 padding (RFC 5652 §6.3), in a fresh buffer.
 * @param key 16, 24 or 32 bytes @param iv 16 bytes
 * @throws ERR_BAD_LENGTH
 */
export function aesCbcEncrypt(core: WasmCore, key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  checkCbc(core, key, iv);
  core.requireInput(plaintext, 'the plaintext');
  const padding = 16 - (plaintext.length % 16);
  const length = plaintext.length + padding;
  return withScratch(core, 16 + length, scratch => {
    const bytes = core.bytes;
    bytes.set(iv, scratch);
    bytes.set(plaintext, scratch + 16);
    bytes.fill(padding, scratch + 16 + plaintext.length, scratch + 16 + length);
    core.abi.aesCbcEncryptBlocks(core.pointerOf(key), key.length, ONE_USE, scratch, scratch + 16, length);
    return core.bytes.slice(scratch + 16, scratch + 16 + length);
  });
}

/**
 * Undoes aesCbcEncrypt. Nothing authenticates the ciphertext: for data at rest (PBES2), never for a peer to probe.
 * @throws ERR_DECRYPTION_FAILED if the length or the padding is wrong, ERR_BAD_LENGTH
 */
export function aesCbcDecrypt(core: WasmCore, key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  checkCbc(core, key, iv);
  core.requireInput(ciphertext, 'the ciphertext');
  const length = ciphertext.length;
  if (length === 0 || length % 16 !== 0) throw new TlsError('ERR_DECRYPTION_FAILED', 'not whole blocks');
  return withScratch(core, 16 + length, scratch => {
    const data = scratch + 16;
    core.bytes.set(iv, scratch);
    core.bytes.set(ciphertext, data);
    core.abi.aesCbcDecryptBlocks(core.pointerOf(key), key.length, ONE_USE, scratch, data, length);
    const last = core.bytes.subarray(data + length - 16, data + length);
    const padding = last[15];
    let wrong = padding === 0 || padding > 16 ? 1 : 0;
    for (let i = 0; i < 16; i++) wrong |= i >= 16 - padding ? last[i] ^ padding : 0;
    if (wrong !== 0) throw new TlsError('ERR_DECRYPTION_FAILED', 'wrong padding');
    return core.bytes.slice(data, data + length - padding);
  });
}

function algorithmFor(core: WasmCore, name: AeadName, key: Secret, nonce: Uint8Array): AeadAlgorithm {
  const algorithm: AeadAlgorithm | undefined = entryOf(aeadAlgorithms, name);
  if (algorithm === undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `no AEAD named ${textOf(name)}`);
  core.pointerOf(key);
  core.requireInput(nonce, 'the nonce');
  if (key.length !== algorithm.keyLength) throw new TlsError('ERR_BAD_LENGTH', `${name}: key of ${key.length} bytes`);
  if (nonce.length !== NONCE_LENGTH) throw new TlsError('ERR_BAD_LENGTH', `${name}: nonce of ${nonce.length} bytes`);
  return algorithm;
}

function checkCbc(core: WasmCore, key: Secret, iv: Uint8Array): void {
  core.pointerOf(key);
  core.requireInput(iv, 'the IV');
  if (![16, 24, 32].includes(key.length)) throw new TlsError('ERR_BAD_LENGTH', `AES key of ${key.length} bytes`);
  if (iv.length !== 16) throw new TlsError('ERR_BAD_LENGTH', `AES-CBC IV of ${iv.length} bytes`);
}

/**
 * Nonce (padded to 16 bytes), tag, additional data and data, one behind the other.
 */
function layOut(
  core: WasmCore,
  scratch: number,
  key: Secret,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
): AeadCall {
  const bytes = core.bytes;
  bytes.set(nonce, scratch);
  bytes.set(aad, scratch + 32);
  bytes.set(data, scratch + 32 + aad.length);
  return {
    key: core.pointerOf(key),
    nonce: scratch,
    tag: scratch + 16,
    aad: scratch + 32,
    aadLength: aad.length,
    data: scratch + 32 + aad.length,
    length: data.length,
  };
}

/** Runs `work` on the exchange area, or on a slot of the arena if that is too small; wipes what it used. */
function withScratch(core: WasmCore, length: number, work: (scratch: number) => Uint8Array): Uint8Array {
  const own = length > EXCHANGE_LENGTH;
  const scratch = own ? core.allocate(length) : core.exchange;
  try {
    return work(scratch);
  } finally {
    if (own) core.free(scratch);
    else core.bytes.fill(0, scratch, scratch + length);
  }
}
