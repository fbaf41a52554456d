// ML-KEM-768 by its two halves. The keys change from call to call, as they do in handshakes: the binary keeps the matrix
// it expanded last (assembly/mlkem), so that one key again and again is a case of its own, with rows of its own.

import * as nodeCrypto from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { mlKem768, mlKemEncapsulate, mlKemFromSeed } from '../../src/wasm/mlkem.ts';
import { castls, core, native, peer, random, randomBytes } from '../core.ts';
import { type Candidate, equal, inTurn, sameKey } from '../suite.ts';

const KEYS = 4;
const SEED_LENGTH = 64;

/** One implementation's way with key number i. `seal` and `open` return the shared secret's bytes, for the checks. */
interface Way {
  readonly who: { implementation: string; version: string };
  seal(i: number): { ciphertext: Uint8Array; secret: Uint8Array };
  open(i: number, ciphertext: Uint8Array): Uint8Array;
  /** The operations as they are timed: nothing is copied out, secrets are disposed of. */
  encapsulate(i: number): unknown;
  decapsulate(i: number, ciphertext: Uint8Array): unknown;
  /** Who has the same keys and is another implementation: opens what `seal` made, seals for `open`. */
  readonly judge: () => Way;
}

function ownWay(seeds: readonly Uint8Array[], judge: () => Way): Way {
  const keys = seeds.map(seed => mlKemFromSeed(core(), mlKem768, core().importSecret(seed)));
  const seal = (i: number) => mlKemEncapsulate(core(), mlKem768, keys[i].encapsulationKey, random);
  return {
    who: castls,
    judge,
    seal(i) {
      const { ciphertext, sharedSecret } = seal(i);
      const secret = core().dangerousReveal(sharedSecret);
      sharedSecret.dispose();
      return { ciphertext, secret };
    },
    open(i, ciphertext) {
      const shared = keys[i].decapsulate(ciphertext);
      const secret = core().dangerousReveal(shared);
      shared.dispose();
      return secret;
    },
    encapsulate: i => seal(i).sharedSecret.dispose(),
    decapsulate: (i, ciphertext) => keys[i].decapsulate(ciphertext).dispose(),
  };
}

function nobleWay(seeds: readonly Uint8Array[], judge: () => Way): Way {
  const keys = seeds.map(seed => ml_kem768.keygen(seed));
  return {
    who: peer('@noble/post-quantum'),
    judge,
    seal(i) {
      const { cipherText, sharedSecret } = ml_kem768.encapsulate(keys[i].publicKey);
      return { ciphertext: cipherText, secret: sharedSecret };
    },
    open: (i, ciphertext) => ml_kem768.decapsulate(ciphertext, keys[i].secretKey),
    encapsulate: i => ml_kem768.encapsulate(keys[i].publicKey),
    decapsulate: (i, ciphertext) => ml_kem768.decapsulate(ciphertext, keys[i].secretKey),
  };
}

interface NodeKem {
  encapsulate?(key: nodeCrypto.KeyObject): { sharedKey: Uint8Array; ciphertext: Uint8Array };
  decapsulate?(key: nodeCrypto.KeyObject, ciphertext: Uint8Array): Uint8Array;
}

/** From Node 24.7 on; with the keys of the others, from PKCS#8 that holds the seed (RFC 9935 §6). */
function nodeWay(seeds: readonly Uint8Array[], judge: () => Way): Way | undefined {
  const { encapsulate, decapsulate } = nodeCrypto as unknown as NodeKem;
  if (encapsulate === undefined || decapsulate === undefined) return undefined;
  const header = Buffer.from('3054020100300b06096086480165030404020442' + '8040', 'hex');
  const keys = seeds.map(seed =>
    nodeCrypto.createPrivateKey({ key: Buffer.concat([header, seed]), format: 'der', type: 'pkcs8' }),
  );
  const publicKeys = keys.map(key => nodeCrypto.createPublicKey(key));
  return {
    who: native,
    judge,
    seal(i) {
      const { ciphertext, sharedKey } = encapsulate(publicKeys[i]);
      return { ciphertext, secret: sharedKey };
    },
    open: (i, ciphertext) => decapsulate(keys[i], ciphertext),
    encapsulate: i => encapsulate(publicKeys[i]),
    decapsulate: (i, ciphertext) => decapsulate(keys[i], ciphertext),
  };
}

/** Both halves of one way, over keys 0 to `keys` - 1 in turn. */
function candidatesOf(way: Way, keys: number, suffix: string): Candidate[] {
  const numbers = Array.from({ length: keys }, (_, i) => i);
  const sealed = numbers.map(i => way.judge().seal(i));
  const nextSealed = inTurn(numbers);
  const nextOpened = inTurn(numbers);
  const common = { ...way.who, bytes: 0 };
  return [
    {
      ...common,
      name: `ML-KEM-768 encapsulation${suffix}`,
      check() {
        for (const i of numbers) {
          const { ciphertext, secret } = way.seal(i);
          equal(way.judge().open(i, ciphertext), secret, way.who.implementation);
        }
      },
      run: () => way.encapsulate(nextSealed()),
    },
    {
      ...common,
      name: `ML-KEM-768 decapsulation${suffix}`,
      check() {
        for (const i of numbers) equal(way.open(i, sealed[i].ciphertext), sealed[i].secret, way.who.implementation);
      },
      run() {
        const i = nextOpened();
        return way.decapsulate(i, sealed[i].ciphertext);
      },
    },
  ];
}

export function mlKemCandidates(): Candidate[] {
  const seeds = Array.from({ length: KEYS }, () => randomBytes(SEED_LENGTH));
  const own: Way = ownWay(seeds, () => noble);
  const noble: Way = nobleWay(seeds, () => own);
  const ways = [own, noble, nodeWay(seeds, () => own)].filter(way => way !== undefined);
  return [...ways.flatMap(way => candidatesOf(way, KEYS, '')), ...ways.flatMap(way => candidatesOf(way, 1, sameKey))];
}
