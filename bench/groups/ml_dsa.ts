// ML-DSA-65 over a message of 100 bytes. As with ML-KEM the keys change from call to call, and one key again and again,
// whose matrix the binary still has, is a case of its own.

import * as nodeCrypto from 'node:crypto';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import type { PublicKey } from '../../src/crypto/signature.ts';
import { mlDsaImporter, mlDsaVerifier } from '../../src/wasm/mldsa.ts';
import { castls, core, native, peer, random, randomBytes } from '../core.ts';
import { type Candidate, inTurn, sameKey } from '../suite.ts';

const KEYS = 4;
const parameters = { type: 'mldsa', parameterSet: 'ML-DSA-65' } as const;
const message = randomBytes(100);

/** One implementation's way with key number i; all have the same keys. */
interface Way {
  readonly who: { implementation: string; version: string };
  sign?(i: number): Uint8Array;
  verify(i: number, signature: Uint8Array): boolean;
}

function ownWay(seeds: readonly Uint8Array[]): Way & { publicKeys: readonly Uint8Array[] } {
  const importer = mlDsaImporter(core());
  const verifier = mlDsaVerifier(core());
  const keys = seeds.map(seed => importer.import({ ...parameters, seed: core().importSecret(seed) }));
  return {
    who: castls,
    publicKeys: keys.map(key => (key.publicKey as PublicKey & { type: 'mldsa' }).key),
    sign: i => keys[i].sign(parameters, message, random) as Uint8Array,
    verify: (i, signature) => verifier.verify(keys[i].publicKey, parameters, message, signature) as boolean,
  };
}

function nobleWay(seeds: readonly Uint8Array[]): Way {
  const keys = seeds.map(seed => ml_dsa65.keygen(seed));
  return {
    who: peer('@noble/post-quantum'),
    sign: i => ml_dsa65.sign(message, keys[i].secretKey),
    verify: (i, signature) => ml_dsa65.verify(signature, message, keys[i].publicKey),
  };
}

/** From Node 24 on; the keys from PKCS#8 that holds the seed (RFC 9881 §6). */
function nodeWay(seeds: readonly Uint8Array[]): Way | undefined {
  const header = Buffer.from('3034020100300b060960864801650304031204228020', 'hex');
  try {
    const keys = seeds.map(seed =>
      nodeCrypto.createPrivateKey({ key: Buffer.concat([header, seed]), format: 'der', type: 'pkcs8' }),
    );
    const publicKeys = keys.map(key => nodeCrypto.createPublicKey(key));
    return {
      who: native,
      sign: i => nodeCrypto.sign(null, message, keys[i]),
      verify: (i, signature) => nodeCrypto.verify(null, message, publicKeys[i], signature),
    };
  } catch {
    return undefined; // an older Node without ML-DSA
  }
}

/** Both operations of one way, over keys 0 to `keys` - 1 in turn. Signatures are judged by another way. */
function candidatesOf(way: Way, judge: Way, keys: number, suffix: string): Candidate[] {
  const numbers = Array.from({ length: keys }, (_, i) => i);
  const signatures = numbers.map(i => judge.sign!(i));
  const nextSigned = inTurn(numbers);
  const nextVerified = inTurn(numbers);
  const common = { ...way.who, bytes: 0 };
  const verification: Candidate = {
    ...common,
    name: `ML-DSA-65 verify${suffix}`,
    check() {
      for (const i of numbers) {
        const wrong = signatures[i].slice();
        wrong[wrong.length - 3] ^= 1;
        if (!way.verify(i, signatures[i]) || way.verify(i, wrong)) throw new Error('it does not tell right from wrong');
      }
    },
    run() {
      const i = nextVerified();
      return way.verify(i, signatures[i]);
    },
  };
  const { sign } = way;
  if (sign === undefined) return [verification];
  const signing: Candidate = {
    ...common,
    name: `ML-DSA-65 sign${suffix}`,
    check() {
      for (const i of numbers) if (!judge.verify(i, sign(i))) throw new Error('its signature is not valid');
    },
    run: () => sign(nextSigned()),
  };
  return [signing, verification];
}

export function mlDsaCandidates(): Candidate[] {
  const seeds = Array.from({ length: KEYS }, () => randomBytes(32));
  const [own, noble] = [ownWay(seeds), nobleWay(seeds)];
  const ways: [Way, Way][] = [
    [own, noble],
    [noble, own],
  ];
  const node = nodeWay(seeds);
  if (node !== undefined) ways.push([node, own]);
  return [
    ...ways.flatMap(([way, judge]) => candidatesOf(way, judge, KEYS, '')),
    ...ways.flatMap(([way, judge]) => candidatesOf(way, judge, 1, sameKey)),
  ];
}
