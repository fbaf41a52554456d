// What an exported function contains that a call of it need not run: a hash, a key length, a parameter set, a size. For
// each function whose arguments choose such a part, all parts that the trace check has to run. coverage.test.ts compares
// this list with what the subjects call; a leak in a part that no subject runs would stay unseen.

import type { HashName } from '../../src/crypto/hash.ts';
import { aeadAlgorithms } from '../../src/wasm/aead.ts';
import { hashParameters } from '../../src/wasm/hash.ts';
import {
  isMacThenEncrypt,
  type RecordKind,
  recordVariant,
  registeredFieldKinds,
  registeredRecordKinds,
  variantOfInit,
} from './registered.ts';

export interface Variants {
  /**
   * Names the part that a call runs.
   * @param latest arguments of the latest call of a function with the same first argument, a context or a key
   */
  of(args: readonly number[], latest: (name: string) => readonly number[]): string;
  readonly required: readonly string[];
}

/** Parameters, by their names in the ABI, that choose what runs: whoever has one needs an entry below. */
export const choosingParameters: readonly string[] = [
  'algorithm',
  'rate',
  'keyLength',
  'tagLength',
  'nonceLength',
  'domLength',
  'k',
  'set',
  'bits',
  'half',
  'exponentLength',
  'context',
];

/** Functions that have such a parameter for another reason. */
export const notChoosing: Readonly<Record<string, string>> = {
  hkdfExpandLabel: 'context is that of RFC 9846 §7.1',
  recordSetKeys: 'copies keys of public lengths',
  rc2Expand: 'runs its loops so often as the length of the key says',
  rc4Init: 'goes round the key so often as its length says',
};

/** Every hash of the core. */
export const hashNames: readonly HashName[] = [
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha3-224',
  'sha3-256',
  'sha3-384',
  'sha3-512',
];

const hashes = hashNames.map(hashParameters);

const perHash: Variants = {
  of: ([algorithm]) => `hash ${algorithm}`,
  required: hashes.map(hash => `hash ${hash.number}`),
};

/** HMAC hashes a key that is longer than a block. @param at place of the key's length among the arguments */
function perHashAndKey(at: number): Variants {
  const blockOf = (algorithm: number) => hashes.find(hash => hash.number === algorithm)!.blockLength;
  return {
    of: args => `hash ${args[0]}, ${args[at] > blockOf(args[0]) ? 'long' : 'short'} key`,
    required: hashes.flatMap(hash => [`hash ${hash.number}, short key`, `hash ${hash.number}, long key`]),
  };
}

/** One argument and the values it must have had. */
function valuesOf(at: number, what: string, values: readonly number[]): Variants {
  return { of: args => `${what} ${args[at]}`, required: values.map(value => `${what} ${value}`) };
}

const aesKeyLengths = [16, 24, 32];
const perAesKey = valuesOf(1, 'key of', aesKeyLengths);

/** The entry points with nonces of 12 bytes: the AEADs by name. @param tagAt place of the tag's length */
function perAead(mode: 'gcm' | 'ccm', tagAt?: number): Variants {
  const found = Object.entries(aeadAlgorithms).filter(([name]) => name.includes(mode));
  const text = (keyLength: number, tagLength: number) => `key of ${keyLength}, tag of ${tagLength}`;
  return {
    of: args => text(args[1], tagAt === undefined ? 16 : args[tagAt]),
    required: found.map(([, { keyLength, tagLength }]) => text(keyLength, tagLength)),
  };
}

/** GCM hashes nonces that have not 12 bytes. */
const perGcmNonce: Variants = {
  of: args => `key of ${args[1]}, nonce ${args[4] === 12 ? 'as it is' : 'hashed'}`,
  required: aesKeyLengths.flatMap(length => [`key of ${length}, nonce as it is`, `key of ${length}, nonce hashed`]),
};

const perRecordKind: Variants = {
  of: (_, latest) => variantOfInit(latest('recordInit')),
  required: registeredRecordKinds().map(recordVariant),
};

const MAC_HEADER = 13; // RFC 5246 §6.2.3.1: in front of the content, in the first block of the MAC

/**
 * MAC-then-encrypt, after Lucky 13: for each kind, whether blocks of the MAC lie before the first that may hold the end of
 * the message, and how the record's end lies to the edges of blocks.
 */
function whereTheMacEnds(kind: Pick<RecordKind, 'macLength'>, length: number): string {
  const block = kind.macLength === 48 ? 128 : 64;
  const shortest = Math.max(0, length - kind.macLength - 1 - 255);
  return `${MAC_HEADER + shortest >= block ? 'with' : 'without'} full blocks, ${length % block} modulo ${block}`;
}

const perMacThenEncrypt: Variants = {
  of: (args, latest) => {
    const init = latest('recordInit');
    return `${variantOfInit(init)}, ${whereTheMacEnds({ macLength: init[6] }, args[4])}`;
  },
  required: registeredRecordKinds()
    .filter(isMacThenEncrypt)
    .flatMap(kind => {
      const everyBlock = Array.from({ length: kind.macLength === 48 ? 8 : 4 }, (_, i) => 16 * i);
      return everyBlock
        .flatMap(more => [256, 1024].map(length => length + more))
        .map(length => {
          return `${recordVariant(kind)}, ${whereTheMacEnds(kind, length)}`;
        });
    }),
};

/**
 * Sizes whose arithmetic differs by more than the number of rounds of its loops: from 65 limbs of 28 bits on, carries are
 * propagated within a product (assembly/shared/bignum/montgomery.ts): for the modulus of RSA-2048, for the primes of
 * RSA-4096 too. RSA-8192 runs the code of RSA-4096, three minutes for 32 keys.
 */
export const rsaBits: readonly number[] = [2048, 3072, 4096];
const perPrimeLength = (at: number) =>
  valuesOf(
    at,
    'bytes',
    rsaBits.map(bits => bits / 16),
  );
const perModulusLength = (at: number) =>
  valuesOf(
    at,
    'bytes',
    rsaBits.map(bits => bits / 8),
  );

const perRsaKey: Variants = {
  of: (_, latest) => `bits ${latest('rsaPrivateImport')[1]}`,
  required: rsaBits.map(bits => `bits ${bits}`),
};

/** Diffie-Hellman in every group, and the public power of RSA key exchange (src/wasm/rsa_key_transport.ts). */
const perField: Variants = {
  of: args => `${args[2]} bytes, exponent of ${args[5]}`,
  required: [
    ...registeredFieldKinds().map(kind => `${kind.prime.length} bytes, exponent of ${kind.exponentLength}`),
    ...rsaBits.map(bits => `${bits / 8} bytes, exponent of 3`),
  ],
};

const perMlKem = valuesOf(0, 'k', [2, 3, 4]);
const perMlDsa = valuesOf(0, 'ML-DSA', [44, 65, 87]);

/** Ed25519 without and with a prefix dom2 (RFC 8032 §2); Ed448 always has one. */
function perDom(at: number, required: readonly string[]): Variants {
  return { of: args => (args[at] > 0 ? 'dom' : 'no dom'), required };
}

/** By binary and function. */
export const variants: Readonly<Record<string, Readonly<Record<string, Variants>>>> = {
  core: {
    aesCbcEncryptBlocks: perAesKey,
    aesCbcDecryptBlocks: perAesKey,
    gcmSeal: perAead('gcm'),
    gcmOpen: perAead('gcm'),
    gcmSealGeneral: perGcmNonce,
    gcmOpenGeneral: perGcmNonce,
    ccmSeal: perAead('ccm', 9),
    ccmOpen: perAead('ccm', 9),
    ccmSealGeneral: perAesKey,
    ccmOpenGeneral: perAesKey,
    hashInit: perHash,
    hashUpdate: perHash,
    hashFinal: perHash,
    hashPeek: perHash,
    hashDigest: perHash,
    keccakInit: valuesOf(1, 'rate', [168, 136]), // SHAKE128, SHAKE256; those of SHA3 are reached by hashInit
    hmacInit: perHashAndKey(3),
    hmacUpdate: perHash,
    hmacFinal: perHash,
    hmacVerify: perHash,
    hkdfExtract: perHashAndKey(2),
    hkdfExpand: perHash,
    hkdfExpandLabel: perHash,
    prf12: perHashAndKey(2),
    pbkdf2: perHashAndKey(2),
    recordSeal: perRecordKind,
    recordSealAt: perRecordKind,
    recordOpen: perRecordKind,
    recordOpenAt: perRecordKind,
    judgeMacThenEncrypt: perMacThenEncrypt,
  },
  ed25519: { ed25519Sign: perDom(3, ['no dom', 'dom']) },
  ec448: { ed448Sign: perDom(3, ['dom']) },
  rsa_private: {
    rsaPrivateImport: valuesOf(1, 'bits', rsaBits),
    rsaPrivateBegin: perRsaKey,
    rsaPrivateStep: perRsaKey,
    rsaPrivateFinish: perRsaKey,
    rsaPremaster: perModulusLength(2),
    primeCandidate: perPrimeLength(1),
    primeScreen: perPrimeLength(1),
    primeRound: perPrimeLength(1),
    rsaDerive: perPrimeLength(2),
    primesSwapped: perPrimeLength(2),
    ffdhPower: perField,
  },
  mlkem: {
    mlkemCheckKey: perMlKem,
    mlkemDecapsulate: perMlKem,
    mlkemDecapsulateWithSigma: perMlKem,
    mlkemEncapsulate: perMlKem,
    mlkemExpandSeed: perMlKem,
    mlkemKeyPair: perMlKem,
  },
  mldsa: {
    mldsaExpandSeed: perMlDsa,
    mldsaKeyPair: perMlDsa,
    mldsaPublicKey: perMlDsa,
    mldsaSign: perMlDsa,
  },
};
