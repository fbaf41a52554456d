// JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037): RSA, EC and OKP, public and private.

import { TlsError } from '../../base/errors.ts';
import type { KeyProvider } from '../../crypto/password_encryption.ts';
import { disposeMaterial, importMaterial } from '../../crypto/private_key_material.ts';
import type { Secret } from '../../crypto/secret.ts';
import type { EcCurveName, PrivateKey, PrivateKeyMaterial, PublicKey } from '../../crypto/signature.ts';
import { samePublicKey } from '../public_key.ts';
import { importing } from './material.ts';

/** A key as JSON. Members that castls does not know are kept out of what it writes and passed over in what it reads. */
export interface JsonWebKey {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly n?: string;
  readonly e?: string;
  readonly p?: string;
  readonly q?: string;
  readonly dp?: string;
  readonly dq?: string;
  readonly qi?: string;
  readonly oth?: unknown;
}

const coordinateLengths: Readonly<Record<EcCurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
/** RFC 8037 §2. */
const okpTypes = { Ed25519: 'ed25519', Ed448: 'ed448', X25519: 'x25519', X448: 'x448' } as const;
const okpLengths = { ed25519: 32, ed448: 57, x25519: 32, x448: 56 } as const;

/** The public half of a JWK. @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM */
export function parsePublicJwk(jwk: JsonWebKey): PublicKey {
  const wrong = (why: string) => new TlsError('ERR_INVALID_PUBLIC_KEY', `JWK: ${why}`);
  const member = (name: 'n' | 'e' | 'x' | 'y', length?: number) => decodeMember(jwk, name, wrong, length);
  if (jwk.kty === 'RSA') {
    const [modulus, exponent] = [member('n'), member('e')];
    // RFC 7518 §2: Base64urlUInt has no leading zeros.
    if (modulus[0] === 0 || exponent[0] === 0) throw wrong('a number with leading zeros (RFC 7518 §2)');
    return { type: 'rsa', modulus, exponent };
  }
  if (jwk.kty === 'EC') {
    const curve = curveOf(jwk);
    const length = coordinateLengths[curve];
    const point = new Uint8Array(1 + 2 * length);
    point[0] = 4;
    point.set(member('x', length), 1);
    point.set(member('y', length), 1 + length);
    return { type: 'ec', curve, point };
  }
  const type = okpTypeOf(jwk);
  return { type, key: member('x', okpLengths[type]) };
}

/**
 * The private key of a JWK. Its strings stay in the caller's memory: JavaScript cannot wipe them.
 * @throws ERR_INVALID_PRIVATE_KEY (no private key, or not that of the public one), ERR_UNSUPPORTED_ALGORITHM, ERR_WEAK_KEY
 */
export function parsePrivateJwk(provider: KeyProvider, jwk: JsonWebKey): PrivateKey {
  const expected = parsePublicJwk(jwk);
  const key = importMaterial(provider.privateKeyImporters, materialOf(provider, jwk, expected));
  if (samePublicKey(expected, key.publicKey)) return key;
  key.dispose();
  throw new TlsError('ERR_INVALID_PRIVATE_KEY', 'JWK: the public key does not belong to the private key');
}

function materialOf(provider: KeyProvider, jwk: JsonWebKey, publicKey: PublicKey): PrivateKeyMaterial {
  const wrong = (why: string) => new TlsError('ERR_INVALID_PRIVATE_KEY', `JWK: ${why}`);
  return importing(provider, importSecret => {
    const secret = (name: 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi', length?: number): Secret => {
      const bytes = decodeMember(jwk, name, wrong, length);
      try {
        return importSecret(bytes);
      } finally {
        bytes.fill(0);
      }
    };
    switch (publicKey.type) {
      case 'rsa':
        if (jwk.oth !== undefined) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'RSA keys of more than two primes');
        return {
          type: 'rsa',
          modulus: publicKey.modulus,
          exponent: publicKey.exponent,
          privateExponent: secret('d'),
          prime1: secret('p'),
          prime2: secret('q'),
          exponent1: secret('dp'),
          exponent2: secret('dq'),
          coefficient: secret('qi'),
        };
      case 'ec': {
        const { curve, point } = publicKey;
        return { type: 'ec', curve, point, scalar: secret('d', coordinateLengths[curve]) };
      }
      case 'ed25519':
      case 'ed448':
        return { type: publicKey.type, seed: secret('d', okpLengths[publicKey.type]) };
      default:
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${publicKey.type} keys agree on secrets and sign nothing`);
    }
  });
}

function curveOf(jwk: JsonWebKey): EcCurveName {
  if (jwk.crv === 'P-256' || jwk.crv === 'P-384' || jwk.crv === 'P-521') return jwk.crv;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `JWK: the curve ${JSON.stringify(jwk.crv)} is not supported`);
}

function okpTypeOf(jwk: JsonWebKey): keyof typeof okpLengths {
  const found = Object.entries(okpTypes).find(([name]) => jwk.kty === 'OKP' && name === jwk.crv);
  if (found !== undefined) return found[1];
  const what = `${JSON.stringify(jwk.kty)} with ${JSON.stringify(jwk.crv)}`;
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `JWK: keys of ${what} are not supported`);
}

/** @throws ERR_UNSUPPORTED_ALGORITHM for keys that RFC 7518 and RFC 8037 have no form for */
export function writePublicJwk(key: PublicKey): JsonWebKey {
  switch (key.type) {
    case 'rsa':
      return { kty: 'RSA', n: encode(key.modulus), e: encode(key.exponent) };
    case 'ec': {
      const half = (key.point.length + 1) / 2;
      return { kty: 'EC', crv: key.curve, x: encode(key.point.subarray(1, half)), y: encode(key.point.subarray(half)) };
    }
    case 'mldsa':
      throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${key.parameterSet} keys are not written as JWK`);
    default: {
      const [crv] = Object.entries(okpTypes).find(([, type]) => type === key.type)!;
      return { kty: 'OKP', crv, x: encode(key.key) };
    }
  }
}

/** The private key in strings, which JavaScript cannot wipe. @throws ERR_INVALID_STATE, ERR_UNSUPPORTED_ALGORITHM */
export function dangerousWritePrivateJwk(provider: KeyProvider, key: PrivateKey): JsonWebKey {
  const open = writePublicJwk(key.publicKey);
  const material = key.dangerousExport();
  const text = (secret: Secret | undefined, minimal = false): string => {
    if (secret === undefined) throw new TlsError('ERR_INVALID_STATE', 'the RSA key has no private exponent');
    const bytes = provider.dangerousReveal(secret);
    let from = 0;
    while (minimal && from < bytes.length - 1 && bytes[from] === 0) from++;
    const encoded = encode(bytes.subarray(from));
    bytes.fill(0);
    return encoded;
  };
  try {
    switch (material.type) {
      case 'rsa':
        return {
          ...open,
          d: text(material.privateExponent, true),
          p: text(material.prime1, true),
          q: text(material.prime2, true),
          dp: text(material.exponent1, true),
          dq: text(material.exponent2, true),
          qi: text(material.coefficient, true),
        };
      case 'ec':
        return { ...open, d: text(material.scalar) };
      case 'ed25519':
      case 'ed448':
        return { ...open, d: text(material.seed) };
      default:
        throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${material.type} keys are not written as JWK`);
    }
  } finally {
    disposeMaterial(material);
  }
}

/**
 * What RFC 7638 §3 digests: the required members of the public key, in lexicographic order, without white space.
 * @throws as `writePublicJwk`
 */
export function thumbprintInput(key: PublicKey): Uint8Array {
  const jwk = writePublicJwk(key);
  const members = (['crv', 'e', 'kty', 'n', 'x', 'y'] as const).flatMap(name =>
    jwk[name] === undefined ? [] : [[name, jwk[name]]],
  );
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(members)));
}

type Wrong = (why: string) => TlsError;

function decodeMember(jwk: JsonWebKey, name: keyof JsonWebKey, wrong: Wrong, length?: number): Uint8Array {
  const text = jwk[name];
  if (typeof text !== 'string' || text === '') throw wrong(`the member "${name}" is missing`);
  // RFC 7515 §2: base64url without padding.
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) throw wrong(`the member "${name}" is not base64url`);
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0));
  if (length !== undefined && bytes.length !== length)
    throw wrong(`the member "${name}" does not have ${length} octets`);
  return bytes;
}

/** base64url without padding (RFC 7515 §2). */
export function encode(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
