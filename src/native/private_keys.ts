// Private keys that sign by node:crypto: KeyObjects, whose bytes OpenSSL holds. What a key is made of comes and goes as secrets
// of the provider underneath, which also decrypts for the RSA key exchange of TLS 1.2.

import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign as nodeSign } from 'node:crypto';
import { entryOf } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { type MaterialOf, makeImporter, requireSigning } from '../crypto/private_key_importer.ts';
import { importerFor } from '../crypto/private_key_material.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { pssFits, requireSaltLength } from '../crypto/rsa_public_key.ts';
import type { RandomSource, Secret } from '../crypto/secret.ts';
import type {
  Decrypter,
  EcCurveName,
  PrivateKey,
  PrivateKeyImporter,
  PrivateKeyMaterial,
  PublicKey,
  SignatureParameters,
} from '../crypto/signature.ts';
import { fieldLengths } from './public_keys.ts';
import { nativeHashes, paddingOf } from './verifiers.ts';

type Base = Pick<CryptoProvider, 'importSecret' | 'dangerousReveal' | 'privateKeyImporters'>;

const opensslCurves: Readonly<Record<EcCurveName, string>> = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
};

/** RSA, EC and Ed25519 keys. What a key is worth the base says: it takes each one first. */
export function nativeImporters(base: Base): PrivateKeyImporter[] {
  return [
    makeImporter({
      name: 'node RSA',
      keyType: 'rsa',
      import: material => new NativePrivateKey(base, material),
      generate: (parameters, random, onProgress) => generated(base, parameters, random, onProgress),
    }),
    makeImporter({
      name: 'node EC',
      keyType: 'ec',
      fits: ({ curve }) => entryOf(fieldLengths, curve) !== undefined,
      import: material => new NativePrivateKey(base, material),
      generate({ curve }) {
        const scalar = base.importSecret(bytes(generatedJwk('ec', { namedCurve: opensslCurves[curve] }).d));
        return importing(base, { type: 'ec', curve, scalar }, [scalar]);
      },
    }),
    makeImporter({
      name: 'node Ed25519',
      keyType: 'ed25519',
      import: material => new NativePrivateKey(base, material),
      generate() {
        const seed = base.importSecret(bytes(generatedJwk('ed25519', {}).d));
        return importing(base, { type: 'ed25519', seed }, [seed]);
      },
    }),
  ];
}

/**
 * A new key as JWK. It leaves the job that makes it encoded: Node.js 20 locks up now and then when it exports a key that it has
 * just made as JWK (a garbage collection within takes back the job, which waits for the lock that the export holds).
 */
function generatedJwk(type: 'ec' | 'ed25519', options: { namedCurve?: string }): JsonWebKey {
  const { privateKey } = generateKeyPairSync(type as 'ec', {
    ...(options as { namedCurve: string }),
    publicKeyEncoding: { format: 'der', type: 'spki' },
    privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  });
  try {
    return createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  } finally {
    privateKey.fill(0);
  }
}

type Material = MaterialOf<'rsa'> | MaterialOf<'ec'> | MaterialOf<'ed25519'>;

function importing(base: Base, material: Material, secrets: readonly Secret[]): PrivateKey {
  try {
    return new NativePrivateKey(base, material);
  } finally {
    for (const secret of secrets) secret.dispose();
  }
}

/** To look for primes is the base's: it does so in slices, and says how far it is. */
async function generated(
  base: Base,
  parameters: Parameters<PrivateKeyImporter['generate']>[0],
  random: RandomSource,
  onProgress?: (candidates: number) => void,
): Promise<PrivateKey> {
  const key = await importerFor(base.privateKeyImporters, parameters).generate(parameters, random, onProgress);
  try {
    const material = key.dangerousExport() as Material;
    const secrets = Object.values(material).filter(value => typeof value === 'object' && 'dispose' in value);
    return importing(base, material, secrets as Secret[]);
  } finally {
    key.dispose();
  }
}

class NativePrivateKey implements PrivateKey, Decrypter {
  readonly publicKey: PublicKey;
  /** The same key at the base: it checked the parts, gives them out, and decrypts. */
  readonly #whole: PrivateKey & Partial<Decrypter>;
  #key: KeyObject | null;
  readonly decryptPremaster!: Decrypter['decryptPremaster'];

  /** @param material stays the caller's @throws ERR_INVALID_PRIVATE_KEY, ERR_WEAK_KEY */
  constructor(base: Base, material: Material) {
    this.#whole = importerFor(base.privateKeyImporters, material).import(material);
    this.publicKey = this.#whole.publicKey;
    try {
      this.#key = keyObject(base, material, this.publicKey);
    } catch (cause) {
      this.#whole.dispose();
      if (cause instanceof TlsError) throw cause;
      throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'node does not take this private key', { cause });
    }
    const { decryptPremaster } = this.#whole;
    if (decryptPremaster !== undefined) this.decryptPremaster = decryptPremaster.bind(this.#whole);
    else Reflect.deleteProperty(this, 'decryptPremaster');
  }

  sign(...[parameters, message, random, pace]: Parameters<PrivateKey['sign']>): ReturnType<PrivateKey['sign']> {
    const types = {
      rsa: ['rsa-pkcs1', 'rsa-pss', 'rsa-pkcs1-md5-sha1'],
      ec: ['ecdsa'],
      ed25519: ['ed25519'],
    } as const;
    requireSigning(types[this.publicKey.type as keyof typeof types], parameters, message, random);
    const key = this.#key;
    if (key === null) throw new TlsError('ERR_STALE_HANDLE', 'this was disposed of');
    if (!this.#leftToNode(parameters)) return this.#whole.sign(parameters, message, random, pace);
    if (parameters.type === 'ed25519') return own(nodeSign(null, message, key));
    if (parameters.type === 'ecdsa') return own(nodeSign(parameters.hash, message, { key, dsaEncoding: 'der' }));
    const rsa = parameters as Extract<SignatureParameters, { type: 'rsa-pkcs1' | 'rsa-pss' }>;
    if (rsa.type === 'rsa-pss') this.#requireRoom(rsa.hash, rsa.saltLength);
    return own(nodeSign(rsa.hash, message, { key, ...paddingOf(rsa) }));
  }

  #leftToNode(parameters: SignatureParameters): boolean {
    if (parameters.type === 'ed25519') return true;
    if (!('hash' in parameters) || entryOf(nativeHashes, parameters.hash) === undefined) return false;
    return parameters.type !== 'rsa-pss' || parameters.mgfHash === parameters.hash;
  }

  #requireRoom(hash: keyof typeof nativeHashes, saltLength: number): void {
    requireSaltLength(saltLength);
    const { modulus } = this.publicKey as Extract<PublicKey, { type: 'rsa' }>;
    if (!pssFits(modulus.length * 8, nativeHashes[hash] ?? 0, saltLength)) {
      throw new TlsError('ERR_WEAK_KEY', 'the RSA modulus is too short for this hash and salt (RFC 8017 §9.1.1)');
    }
  }

  dangerousExport(): PrivateKeyMaterial {
    return this.#whole.dangerousExport();
  }

  dispose(): void {
    this.#key = null;
    this.#whole.dispose();
  }
}

/** JWK carries the key across; its strings stay until they are collected, as JavaScript's strings do. */
function keyObject(base: Base, material: Material, publicKey: PublicKey): KeyObject {
  const reveal = (secret: Secret): string => {
    const revealed = base.dangerousReveal(secret);
    try {
      return text(revealed);
    } finally {
      revealed.fill(0);
    }
  };
  return createPrivateKey({ key: jwkOf(material, publicKey, reveal), format: 'jwk' });
}

function jwkOf(material: Material, publicKey: PublicKey, reveal: (secret: Secret) => string): JsonWebKey {
  if (material.type === 'rsa') return rsaJwk(material, reveal);
  if (material.type === 'ec') {
    const { point } = publicKey as Extract<PublicKey, { type: 'ec' }>;
    const length = fieldLengths[material.curve];
    const [x, y] = [point.subarray(1, 1 + length), point.subarray(1 + length)].map(text);
    return { kty: 'EC', crv: material.curve, x, y, d: reveal(material.scalar) };
  }
  const { key } = publicKey as Extract<PublicKey, { type: 'ed25519' }>;
  return { kty: 'OKP', crv: 'Ed25519', x: text(key), d: reveal(material.seed) };
}

function rsaJwk(material: MaterialOf<'rsa'>, reveal: (secret: Secret) => string): JsonWebKey {
  const { modulus, exponent, prime1, prime2, exponent1, exponent2, coefficient, privateExponent } = material;
  const parts = { p: prime1, q: prime2, dp: exponent1, dq: exponent2, qi: coefficient };
  const secrets = Object.fromEntries(Object.entries(parts).map(([name, secret]) => [name, reveal(secret)]));
  const d = privateExponent === undefined ? exponentOf(secrets['p'], secrets['q'], exponent) : reveal(privateExponent);
  return { kty: 'RSA', n: text(modulus), e: text(exponent), d, ...secrets };
}

/** d of the primes, where the key came without it: e^-1 modulo (p - 1)(q - 1), by Euclid. Once a key, in variable time. */
function exponentOf(p: string, q: string, exponent: Uint8Array): string {
  const [one, other, e] = [bytes(p), bytes(q), exponent].map(part => BigInt(`0x${Buffer.from(part).toString('hex')}`));
  const order = (one - 1n) * (other - 1n);
  let [a, b, x, y] = [order, e % order, 0n, 1n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  const hex = (((x % order) + order) % order).toString(16);
  return text(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

function text(part: Uint8Array): string {
  return Buffer.from(part.buffer, part.byteOffset, part.length).toString('base64url');
}

function bytes(base64url: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(base64url ?? '', 'base64url'));
}

function own(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
