// Signatures over a message of 100 bytes: castls, node:crypto, noble, and node-forge for RSA. ML-DSA: ml_dsa.ts.

import * as nodeCrypto from 'node:crypto';
import { ed25519 as nobleEd25519 } from '@noble/curves/ed25519.js';
import { p256 as nobleP256, p384 as nobleP384 } from '@noble/curves/nist.js';
import forge from 'node-forge';
import type {
  PrivateKey,
  PrivateKeyMaterial,
  SignatureParameters,
  SignatureVerifier,
} from '../../src/crypto/signature.ts';
import { ed25519Importer, ed25519Verifier } from '../../src/wasm/ed25519.ts';
import { p256Keys, p256Verifier } from '../../src/wasm/p256.ts';
import { p384Keys, p384Verifier } from '../../src/wasm/p384.ts';
import { rsaVerifier } from '../../src/wasm/rsa.ts';
import { RsaPrivateKey } from '../../src/wasm/rsa_private.ts';
import { generateKeyPairSync } from '../../test/support/key_pairs.ts';
import { castls, core, native, peer, random, randomBytes } from '../core.ts';
import type { Candidate, Group } from '../suite.ts';
import { mlDsaCandidates } from './ml_dsa.ts';

const message = randomBytes(100);

type Who = { implementation: string; version: string };

/** One implementation's way to sign and to verify its own kind of signature. */
interface Way {
  readonly who: Who;
  sign?(): Uint8Array | string;
  verify?(signature: Uint8Array): boolean;
}

/** Rows for signing and verifying; every signature is checked by the first way, which must be able to verify. */
function rows(name: string, ways: readonly Way[]): Candidate[] {
  const judge = ways[0].verify as (signature: Uint8Array) => boolean;
  const reference = asBytes((ways[0].sign as () => Uint8Array)());
  return ways.flatMap(way => {
    const made: Candidate[] = [];
    const { sign, verify } = way;
    if (sign) {
      const check = (): void => {
        if (!judge(asBytes(sign()))) throw new Error('its signature is not valid');
      };
      made.push({ name: `${name} sign`, ...way.who, bytes: 0, check, run: sign });
    }
    if (verify) {
      const check = (): void => {
        const wrong = reference.slice();
        wrong[wrong.length - 3] ^= 1;
        if (!verify(reference) || verify(wrong)) throw new Error('it does not tell right from wrong');
      };
      made.push({ name: `${name} verify`, ...way.who, bytes: 0, check, run: () => verify(reference) });
    }
    return made;
  });
}

function asBytes(signature: Uint8Array | string): Uint8Array {
  return typeof signature === 'string' ? Buffer.from(signature, 'binary') : new Uint8Array(signature);
}

function own(key: PrivateKey, verifier: SignatureVerifier, parameters: SignatureParameters): Way {
  return {
    who: castls,
    sign: () => key.sign(parameters, message, random) as Uint8Array,
    verify: signature => verifier.verify(key.publicKey, parameters, message, signature) as boolean,
  };
}

function nodeWay(hash: string | null, pair: nodeCrypto.KeyPairKeyObjectResult): Way {
  return {
    who: native,
    sign: () => nodeCrypto.sign(hash, message, pair.privateKey),
    verify: signature => nodeCrypto.verify(hash, message, pair.publicKey, signature),
  };
}

const bytesOf = (jwk: nodeCrypto.JsonWebKey, part: string): Uint8Array =>
  new Uint8Array(Buffer.from((jwk as Record<string, string>)[part], 'base64url'));

function ecdsa(curve: 'P-256' | 'P-384', hash: 'sha256' | 'sha384'): Candidate[] {
  const pair = generateKeyPairSync('ec', { namedCurve: curve });
  const scalar = bytesOf(pair.privateKey.export({ format: 'jwk' }), 'd');
  const importer = curve === 'P-256' ? p256Keys(core()) : p384Keys(core());
  const verifier = curve === 'P-256' ? p256Verifier(core()) : p384Verifier(core());
  const key = importer.import({ type: 'ec', curve, scalar: core().importSecret(scalar) });
  const noble = curve === 'P-256' ? nobleP256 : nobleP384;
  const point = noble.getPublicKey(scalar, false);
  return rows(`ECDSA ${curve}`, [
    own(key, verifier, { type: 'ecdsa', hash }),
    nodeWay(hash, pair),
    {
      who: peer('@noble/curves'),
      sign: () => noble.sign(message, scalar, { format: 'der', lowS: false }),
      verify: signature => noble.verify(signature, message, point, { format: 'der', lowS: false }),
    },
  ]);
}

function ed25519(): Candidate[] {
  const pair = generateKeyPairSync('ed25519');
  const seed = bytesOf(pair.privateKey.export({ format: 'jwk' }), 'd');
  const key = ed25519Importer(core()).import({ type: 'ed25519', seed: core().importSecret(seed) });
  const publicKey = nobleEd25519.getPublicKey(seed);
  return rows('Ed25519', [
    own(key, ed25519Verifier(core()), { type: 'ed25519' }),
    nodeWay(null, pair),
    {
      who: peer('@noble/curves'),
      sign: () => nobleEd25519.sign(message, seed),
      verify: signature => nobleEd25519.verify(signature, message, publicKey),
    },
  ]);
}

function rsa(): Candidate[] {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = pair.privateKey.export({ format: 'jwk' });
  const secret = (part: string) => core().importSecret(bytesOf(jwk, part));
  const material: PrivateKeyMaterial & { type: 'rsa' } = {
    type: 'rsa',
    modulus: bytesOf(jwk, 'n'),
    exponent: bytesOf(jwk, 'e'),
    prime1: secret('p'),
    prime2: secret('q'),
    exponent1: secret('dp'),
    exponent2: secret('dq'),
    coefficient: secret('qi'),
  };
  const key = new RsaPrivateKey(core(), material);
  const forgeKey = forge.pki.privateKeyFromPem(pair.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString());
  const forgePublic = forge.pki.publicKeyFromPem(pair.publicKey.export({ format: 'pem', type: 'spki' }).toString());
  const binary = forge.util.binary.raw.encode(message);
  const digest = () => forge.md.sha256.create().update(binary);
  return rows('RSA-2048', [
    own(key, rsaVerifier(core()), { type: 'rsa-pkcs1', hash: 'sha256' }),
    nodeWay('sha256', pair),
    {
      who: peer('node-forge'),
      sign: () => forgeKey.sign(digest()),
      verify: signature => {
        try {
          return forgePublic.verify(digest().digest().getBytes(), forge.util.binary.raw.encode(signature));
        } catch {
          return false;
        }
      },
    },
  ]);
}

export const signaturesGroup: Group = {
  name: 'signatures',
  candidates: async () => [
    ...ecdsa('P-256', 'sha256'),
    ...ecdsa('P-384', 'sha384'),
    ...ed25519(),
    ...rsa(),
    ...mlDsaCandidates(),
  ],
};
