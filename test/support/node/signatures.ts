// Signatures over node:crypto: one verifier for all keys, and Signers over KeyObjects.

import {
  constants,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type {
  EcCurveName,
  PublicKey,
  SignatureParameters,
  SignatureVerifier,
  Signer,
} from '../../../src/crypto/signature.ts';

const curveLength: Record<EcCurveName, number> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const unb64 = (text: string | undefined): Uint8Array => new Uint8Array(Buffer.from(text ?? '', 'base64url'));

function keyObject(key: PublicKey): KeyObject {
  let jwk: JsonWebKey;
  if (key.type === 'rsa') jwk = { kty: 'RSA', n: b64(key.modulus), e: b64(key.exponent) };
  else if (key.type === 'ec') {
    const n = curveLength[key.curve];
    jwk = { kty: 'EC', crv: key.curve, x: b64(key.point.subarray(1, 1 + n)), y: b64(key.point.subarray(1 + n)) };
  } else if (key.type === 'ed25519' || key.type === 'ed448') {
    jwk = { kty: 'OKP', crv: key.type === 'ed25519' ? 'Ed25519' : 'Ed448', x: b64(key.key) };
  } else throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `${key.type} keys`);
  return createPublicKey({ key: jwk, format: 'jwk' });
}

/** The public key of a KeyObject as castls sees it. */
export function publicKeyOf(key: KeyObject): PublicKey {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (jwk.kty === 'RSA') return { type: 'rsa', modulus: unb64(jwk.n), exponent: unb64(jwk.e) };
  if (jwk.kty === 'EC') {
    const point = Uint8Array.of(4, ...unb64(jwk.x), ...unb64(jwk.y));
    return { type: 'ec', curve: jwk.crv as EcCurveName, point };
  }
  return { type: jwk.crv === 'Ed25519' ? 'ed25519' : 'ed448', key: unb64(jwk.x) };
}

function options(key: KeyObject, parameters: SignatureParameters) {
  if (parameters.type === 'rsa-pss') {
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: parameters.saltLength };
  }
  return { key, dsaEncoding: 'der' as const };
}

const digestOf = (parameters: SignatureParameters): string | null => ('hash' in parameters ? parameters.hash : null);

const keyTypes: Partial<Record<SignatureParameters['type'], PublicKey['type']>> = {
  ecdsa: 'ec',
  'rsa-pkcs1': 'rsa',
  'rsa-pss': 'rsa',
  ed25519: 'ed25519',
  ed448: 'ed448',
  mldsa: 'mldsa',
};

export const nodeVerifier: SignatureVerifier = {
  name: 'node',
  handles: (key, parameters) => key.type !== 'mldsa' && keyTypes[parameters.type] === key.type,
  verify(key, parameters, message, signature) {
    try {
      return nodeVerify(digestOf(parameters), message, options(keyObject(key), parameters), signature);
    } catch {
      return false;
    }
  },
};

const pss = (hash: 'sha256' | 'sha384' | 'sha512', saltLength: number): SignatureParameters => ({
  type: 'rsa-pss',
  hash,
  mgfHash: hash,
  saltLength,
});

const parametersOf: Record<number, SignatureParameters> = {
  1027: { type: 'ecdsa', hash: 'sha256' },
  1283: { type: 'ecdsa', hash: 'sha384' },
  1539: { type: 'ecdsa', hash: 'sha512' },
  2052: pss('sha256', 32),
  2053: pss('sha384', 48),
  2054: pss('sha512', 64),
  1025: { type: 'rsa-pkcs1', hash: 'sha256' },
  1281: { type: 'rsa-pkcs1', hash: 'sha384' },
  1537: { type: 'rsa-pkcs1', hash: 'sha512' },
  2055: { type: 'ed25519' },
  2056: { type: 'ed448' },
};

function schemesOf(key: PublicKey): number[] {
  if (key.type === 'rsa') return [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];
  if (key.type === 'ec') return [{ 'P-256': 0x0403, 'P-384': 0x0503, 'P-521': 0x0603 }[key.curve]];
  return [key.type === 'ed25519' ? 0x0807 : 0x0808];
}

/** @param later answers in a later task, as a KMS would */
export function nodeSigner(privateKey: KeyObject, later = false): Signer {
  return {
    schemes: schemesOf(publicKeyOf(privateKey)),
    sign(scheme, message) {
      const parameters = parametersOf[scheme];
      const signature = nodeSign(digestOf(parameters), message, options(privateKey, parameters));
      return later ? new Promise(done => setImmediate(() => done(signature))) : new Uint8Array(signature);
    },
  };
}
