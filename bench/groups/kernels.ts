// Kernels as kernels: one call into the core's ABI on bytes that are in its memory and stay there, against what the peers'
// interfaces give for the same work. Records, with all that a record needs, are in records.ts. No export is a cipher or a
// hash of an AEAD alone: GHASH and Poly1305 show as AEADs of additional data, the field arithmetic in kernels_public.ts.

import { type CipherGCMTypes, createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { cbc, gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { createSHA1, createSHA3, createSHA256, createSHA512, type IHasher } from 'hash-wasm';
import sodium from 'libsodium-wrappers';
import type { CoreExports } from '../../build/generated/abi.ts';
import type { HashName } from '../../src/crypto/hash.ts';
import { hashParameters } from '../../src/wasm/hash.ts';
import { castls, core, native, peer, randomBytes, webcrypto } from '../core.ts';
import { type Candidate, equal, type Group } from '../suite.ts';
import { publicKeyKernels } from './kernels_public.ts';

const sizes = [64, 1024, 16384];
const TAG = 16;
const AAD_LENGTH = 13; // what a record of TLS 1.2 has

// Places in one slot of the core's memory.
const KEY = 0;
const NONCE = 64;
const RESULT = 128; // a tag or a digest
const AAD = 256;
const DATA = 1024;
/** Contexts of the cache of expanded keys (assembly/core/cipher/aes_state.ts), far from those that records count up. */
const ID = 0x7fff_0000;

const none = new Uint8Array(0);
const noble = peer('@noble/ciphers');

/** What all implementations get. */
interface Inputs {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly data: Uint8Array;
}

interface PeerWay {
  readonly who: { implementation: string; version: string };
  readonly asynchronous?: boolean;
  readonly run: () => Uint8Array | Promise<Uint8Array>;
}

interface Kernel {
  readonly name: string;
  readonly keyLength: number;
  readonly nonceLength: number;
  /** The call on `length` bytes at `at` + DATA. */
  call(abi: CoreExports, at: number, length: number): unknown;
  /** Whether the result stands in place of the data, at RESULT (so many bytes), or in both. */
  readonly inPlace: boolean;
  readonly resultLength: number;
  peers(inputs: Inputs): Promise<readonly PeerWay[]> | readonly PeerWay[];
}

let slot: number | undefined;

function candidatesFor(kernel: Kernel): Promise<Candidate[][]> {
  slot ??= core().allocate(DATA + Math.max(...sizes) + 64);
  const at = slot;
  return Promise.all(
    sizes.map(async bytes => {
      const inputs = {
        key: randomBytes(kernel.keyLength),
        nonce: randomBytes(kernel.nonceLength),
        aad: randomBytes(AAD_LENGTH),
        data: randomBytes(bytes),
      };
      const ways = await kernel.peers(inputs);
      const expected = await ways[0].run();
      const { abi } = core();
      const place = () => {
        core().bytes.set(inputs.key, at + KEY);
        core().bytes.set(inputs.nonce, at + NONCE);
        core().bytes.set(inputs.aad, at + AAD);
        core().bytes.set(inputs.data, at + DATA);
        for (let id = 0; id < 8; id++) abi.aesCacheDrop(ID + id);
      };
      const own: Candidate = {
        name: kernel.name,
        ...castls,
        bytes,
        check() {
          place();
          kernel.call(abi, at, bytes);
          const data = core().bytes.slice(at + DATA, at + DATA + (kernel.inPlace ? bytes : 0));
          const result = core().bytes.slice(at + RESULT, at + RESULT + kernel.resultLength);
          equal(Buffer.concat([data, result]), expected, 'castls');
        },
        run: () => kernel.call(abi, at, bytes),
      };
      const others = ways.map(({ who, asynchronous, run }): Candidate => {
        const check = async () => equal(await run(), expected, who.implementation);
        return { name: kernel.name, ...who, bytes, asynchronous, check, run };
      });
      return [own, ...others];
    }),
  );
}

function nodeSeal(name: string, { key, nonce, aad, data }: Inputs): PeerWay {
  return {
    who: native,
    run() {
      const cipher = createCipheriv(name as CipherGCMTypes, key, nonce, { authTagLength: TAG });
      cipher.setAAD(aad, { plaintextLength: data.length });
      return Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

async function webcryptoSeal({ key, nonce, aad, data }: Inputs): Promise<PeerWay> {
  const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;
  const imported = await crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv: source(nonce), additionalData: source(aad) };
  return {
    who: webcrypto,
    asynchronous: true,
    run: async () => new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, source(data))),
  };
}

async function gcmPeers(inputs: Inputs): Promise<PeerWay[]> {
  const { key, nonce, aad, data } = inputs;
  return [
    nodeSeal(`aes-${8 * key.length}-gcm`, inputs),
    { who: noble, run: () => gcm(key, nonce, aad).encrypt(data) },
    await webcryptoSeal(inputs),
  ];
}

async function chachaPeers(inputs: Inputs): Promise<PeerWay[]> {
  const { key, nonce, aad, data } = inputs;
  await sodium.ready;
  return [
    nodeSeal('chacha20-poly1305', inputs),
    { who: noble, run: () => chacha20poly1305(key, nonce, aad).encrypt(data) },
    {
      who: peer('libsodium-wrappers'),
      run: () => sodium.crypto_aead_chacha20poly1305_ietf_encrypt(data, aad, null, nonce, key),
    },
  ];
}

/** The data as additional data of nothing. */
function authenticatedOnly(inputs: Inputs): Inputs {
  return { ...inputs, aad: inputs.data, data: none };
}

function gcmKernel(keyLength: number): Kernel {
  return {
    name: `AES-${8 * keyLength}-GCM kernel`,
    keyLength,
    nonceLength: 12,
    inPlace: true,
    resultLength: TAG,
    call: (abi, at, length) =>
      abi.gcmSeal(at + KEY, keyLength, ID, at + NONCE, at + AAD, AAD_LENGTH, at + DATA, length, at + RESULT),
    peers: gcmPeers,
  };
}

const ghash: Kernel = {
  name: 'GHASH kernel (GCM of additional data)',
  keyLength: 16,
  nonceLength: 12,
  inPlace: false,
  resultLength: TAG,
  call: (abi, at, length) => abi.gcmSeal(at + KEY, 16, ID + 1, at + NONCE, at + DATA, length, at, 0, at + RESULT),
  peers: inputs => gcmPeers(authenticatedOnly(inputs)),
};

const ccm: Kernel = {
  name: 'AES-128-CCM kernel',
  keyLength: 16,
  nonceLength: 12,
  inPlace: true,
  resultLength: TAG,
  call: (abi, at, length) =>
    abi.ccmSeal(at + KEY, 16, ID + 2, at + NONCE, at + AAD, AAD_LENGTH, at + DATA, length, at + RESULT, TAG),
  peers: inputs => [nodeSeal('aes-128-ccm', inputs)],
};

function cbcKernel(direction: 'encryption' | 'decryption'): Kernel {
  const encrypts = direction === 'encryption';
  return {
    name: `AES-128-CBC ${direction} kernel`,
    keyLength: 16,
    nonceLength: 16,
    inPlace: true,
    resultLength: 0,
    call: (abi, at, length) =>
      encrypts
        ? abi.aesCbcEncryptBlocks(at + KEY, 16, ID + 3, at + NONCE, at + DATA, length)
        : abi.aesCbcDecryptBlocks(at + KEY, 16, ID + 4, at + NONCE, at + DATA, length),
    peers: ({ key, nonce, data }) => [
      {
        who: native,
        run() {
          const cipher = (encrypts ? createCipheriv : createDecipheriv)('aes-128-cbc', key, nonce).setAutoPadding(
            false,
          );
          return Buffer.concat([cipher.update(data), cipher.final()]);
        },
      },
      {
        who: noble,
        run: () => cbc(key, nonce, { disablePadding: true })[encrypts ? 'encrypt' : 'decrypt'](data),
      },
    ],
  };
}

const chacha: Kernel = {
  name: 'ChaCha20-Poly1305 kernel',
  keyLength: 32,
  nonceLength: 12,
  inPlace: true,
  resultLength: TAG,
  call: (abi, at, length) => abi.chachaSeal(at + KEY, at + NONCE, at + AAD, AAD_LENGTH, at + DATA, length, at + RESULT),
  peers: chachaPeers,
};

const poly1305: Kernel = {
  name: 'Poly1305 kernel (additional data)',
  keyLength: 32,
  nonceLength: 12,
  inPlace: false,
  resultLength: TAG,
  call: (abi, at, length) => abi.chachaSeal(at + KEY, at + NONCE, at + DATA, length, at, 0, at + RESULT),
  peers: inputs => chachaPeers(authenticatedOnly(inputs)),
};

function hashKernel(
  name: string,
  own: HashName,
  nobleHash: (data: Uint8Array) => Uint8Array,
  make: () => Promise<IHasher>,
): Kernel {
  const { number, outputLength } = hashParameters(own);
  return {
    name: `${name} kernel`,
    keyLength: 0,
    nonceLength: 0,
    inPlace: false,
    resultLength: outputLength,
    call: (abi, at, length) => abi.hashDigest(number, at + DATA, length, at + RESULT),
    async peers({ data }) {
      const hasher = await make();
      return [
        { who: native, run: () => createHash(own).update(data).digest() },
        { who: peer('@noble/hashes'), run: () => nobleHash(data) },
        { who: peer('hash-wasm'), run: () => hasher.init().update(data).digest('binary') },
      ];
    },
  };
}

const kernels: readonly Kernel[] = [
  gcmKernel(16),
  gcmKernel(32),
  ghash,
  ccm,
  cbcKernel('encryption'),
  cbcKernel('decryption'),
  chacha,
  poly1305,
  hashKernel('SHA-1', 'sha1', sha1, createSHA1),
  hashKernel('SHA-256', 'sha256', sha256, () => createSHA256()),
  hashKernel('SHA-512', 'sha512', sha512, () => createSHA512()),
  hashKernel('SHA3-256', 'sha3-256', sha3_256, () => createSHA3(256)),
];

export const kernelsGroup: Group = {
  name: 'kernels',
  candidates: async () => [...(await Promise.all(kernels.map(candidatesFor))).flat(2), ...(await publicKeyKernels())],
};
