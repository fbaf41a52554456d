// X25519 and X448: Wycheproof (raw, ASN.1, PEM, JWK) and ACVP XECDH. Public keys are read by src/x509. Private keys for
// key agreement are no files of TLS and castls has no reader for them: node:crypto takes those out of their containers.

import { createPrivateKey, type JsonWebKey as NodeJwk } from 'node:crypto';
import { TlsError } from '../../../src/base/errors.ts';
import type { Secret } from '../../../src/crypto/secret.ts';
import type { PublicKey } from '../../../src/crypto/signature.ts';
import type { WasmCore } from '../../../src/wasm/core.ts';
import { x448, x448PublicKey } from '../../../src/wasm/x448.ts';
import { x25519, x25519PublicKey } from '../../../src/wasm/x25519.ts';
import { parsePem, parsePublicKey } from '../../../src/x509/index.ts';
import { type JsonWebKey, parsePublicJwk } from '../../../src/x509/keys/jwk.ts';
import { testCore } from '../../support/core.ts';
import { hex } from '../../support/hex.ts';
import { caseSuite, type Json, Skip, unhex, unlessRefused, VectorError } from '../cases.ts';
import type { Suite } from '../report.ts';

interface Curve {
  readonly keyType: 'x25519' | 'x448';
  agree(core: WasmCore, scalar: Secret, u: Uint8Array): Secret;
  publicKey(core: WasmCore, scalar: Secret): Uint8Array;
}

const x25519Curve: Curve = { keyType: 'x25519', agree: x25519, publicKey: x25519PublicKey };
const x448Curve: Curve = { keyType: 'x448', agree: x448, publicKey: x448PublicKey };

/** Wycheproof and ACVP name the curves, not the functions. */
function curveOrSkip(name: unknown): Curve | Skip {
  if (/^curve25519$/i.test(String(name))) return x25519Curve;
  return /^curve448$/i.test(String(name)) ? x448Curve : new Skip(`${name}: castls has X25519 and X448 alone`);
}

/** How a schema of Wycheproof wraps its keys. */
interface Reader {
  /** The u-coordinate. @throws TlsError where castls refuses */
  readonly publicKey: (curve: Curve, key: Json) => Uint8Array;
  /** The scalar, by node:crypto. */
  readonly privateKey: (curve: Curve, key: Json) => Uint8Array;
}

const readers: Readonly<Record<string, Reader>> = {
  XdhComp: { publicKey: (_curve, key) => unhex(key), privateKey: (_curve, key) => unhex(key) },
  XdhAsnComp: {
    publicKey: (curve, key) => coordinate(curve, parsePublicKey(unhex(key))),
    privateKey: (curve, key) => scalar(curve, { key: Buffer.from(unhex(key)), format: 'der', type: 'pkcs8' }),
  },
  XdhPemComp: {
    publicKey(curve, key) {
      const [block] = parsePem(String(key), 'PUBLIC KEY');
      if (block === undefined) throw new TlsError('ERR_MALFORMED_PEM', 'no block named PUBLIC KEY');
      return coordinate(curve, parsePublicKey(block.bytes));
    },
    privateKey: (curve, key) => scalar(curve, String(key)),
  },
  XdhJwkComp: {
    publicKey: (curve, key) => coordinate(curve, parsePublicJwk(key as JsonWebKey)),
    privateKey: (curve, key) => scalar(curve, { key: key as NodeJwk, format: 'jwk' }),
  },
};

function coordinate(curve: Curve, key: PublicKey): Uint8Array {
  if (key.type !== curve.keyType) throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', `a key of type ${key.type}`);
  return key.key;
}

/** @throws Skip for what node:crypto refuses: nothing of castls has seen it */
function scalar(curve: Curve, input: Parameters<typeof createPrivateKey>[0]): Uint8Array {
  let d: string | undefined;
  let type: string | undefined;
  try {
    const key = createPrivateKey(input);
    type = key.asymmetricKeyType;
    d = key.export({ format: 'jwk' }).d;
  } catch {
    throw new Skip('the case is about the container of the private key, which castls does not read');
  }
  if (type !== curve.keyType || d === undefined) throw new VectorError(`a private key of type ${type}`);
  return new Uint8Array(Buffer.from(d, 'base64url'));
}

function agree(curve: Curve, scalar: Uint8Array, u: Uint8Array): string {
  const core = testCore();
  const secret = core.importSecret(scalar);
  try {
    const shared = curve.agree(core, secret, u);
    const bytes = core.dangerousReveal(shared);
    shared.dispose();
    return hex(bytes);
  } finally {
    secret.dispose();
  }
}

function publicOf(curve: Curve, scalar: Uint8Array): string {
  const core = testCore();
  const secret = core.importSecret(scalar);
  try {
    return hex(curve.publicKey(core, secret));
  } finally {
    secret.dispose();
  }
}

const ALL_ZERO = 'RFC 7748 §6, RFC 9846 §7.4.2: the shared secret is all zero';
const EVERY_STRING =
  'RFC 7748 §5: computes with every string of 32 or 56 bytes, on the curve, its twist, canonical or not';

const wycheproof = caseSuite<{ curve: Curve; read: Reader }>({
  files: /wycheproof\/x(25519|448)_\w*test\.json$/,
  open(group) {
    const curve = curveOrSkip(group.curve);
    if (curve instanceof Skip) return curve;
    const read = Object.hasOwn(readers, group.type) ? readers[group.type] : undefined;
    return read === undefined ? new Skip(`keys in the schema ${group.type}`) : { curve, read };
  },
  judge(test, report, { curve, read }) {
    const expected = hex(unhex(test.shared));
    let shared: string;
    try {
      shared = agree(curve, read.privateKey(curve, test.private), read.publicKey(curve, test.public));
    } catch (error) {
      if (error instanceof Skip) {
        report.skip(error.reason);
        return;
      }
      if (!(error instanceof TlsError)) throw error;
      const zero = /^0*$/.test(expected);
      // Only an all-zero secret is a reason to refuse what is called acceptable.
      if (test.result === 'acceptable' && !zero) report.fail(test.tcId, `refused: ${error.message} (${test.comment})`);
      else report.wycheproof(test, false, zero ? ALL_ZERO : error.message);
      return;
    }
    if (test.result !== 'invalid' && shared !== expected) report.fail(test.tcId, `another secret (${test.comment})`);
    else report.wycheproof(test, true, EVERY_STRING);
  },
});

const acvp = caseSuite<{ curve: Curve; mode: string }>({
  files: /acvp\/XECDH-(SSC|keyGen|keyVer)-RFC7748\.json$/,
  open(group, file) {
    const curve = curveOrSkip(group.curve);
    return curve instanceof Skip ? curve : { curve, mode: file.mode };
  },
  judge: (test, report, { curve, mode }) => report.check(test.tcId, judge(mode, curve, test), test.reason ?? mode),
});

/** Whether castls says what the case says. */
function judge(mode: string, curve: Curve, test: Json): boolean {
  const field = (name: string) => unhex(test[name]);
  if (mode === 'keyGen') return publicOf(curve, field('privateKey')) === hex(field('publicKey'));
  const work: Record<string, () => boolean> = {
    keyVer: () => agree(curve, field('privateKey'), field('publicKey')) !== '',
    SSC: () =>
      agree(curve, field('privateIut'), field('publicServer')) === hex(field('z')) &&
      agree(curve, field('privateServer'), field('publicIut')) === hex(field('z')) &&
      publicOf(curve, field('privateIut')) === hex(field('publicIut')),
  };
  if (!Object.hasOwn(work, mode)) throw new VectorError(`the mode ${mode}`);
  return (unlessRefused(work[mode]) ?? false) === test.testPassed;
}

export const xdhSuites: readonly Suite[] = [wycheproof, acvp];
