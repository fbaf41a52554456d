// X25519 and X448: Wycheproof (raw, ASN.1, JWK, PEM) and ACVP XECDH. node:crypto only parses encoded keys.

import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Secret } from '../../../src/crypto/secret.ts';
import type { WasmCore } from '../../../src/wasm/core.ts';
import { x448, x448PublicKey } from '../../../src/wasm/x448.ts';
import { x25519, x25519PublicKey } from '../../../src/wasm/x25519.ts';
import { testCore } from '../../support/core.ts';
import { hex, readJson, unhex } from '../../support/hex.ts';
import type { Suite } from '../report.ts';

interface Curve {
  readonly keyType: string;
  agree(core: WasmCore, scalar: Secret, u: Uint8Array): Secret;
  publicKey(core: WasmCore, scalar: Secret): Uint8Array;
}

const curves: Record<string, Curve> = {
  curve25519: { keyType: 'x25519', agree: x25519, publicKey: x25519PublicKey },
  curve448: { keyType: 'x448', agree: x448, publicKey: x448PublicKey },
};

/** What each Wycheproof schema wraps the two keys in. Throws for what is no key of the curve. */
const readers: Record<string, (curve: Curve, key: never, isPrivate: boolean) => Uint8Array> = {
  XdhComp: (_curve, key: string) => unhex(key),
  XdhAsnComp: (curve, key: string, isPrivate) => {
    const der = Buffer.from(key, 'hex');
    return isPrivate
      ? raw(curve, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
      : raw(curve, createPublicKey({ key: der, format: 'der', type: 'spki' }));
  },
  XdhPemComp: (curve, key: string, isPrivate) => raw(curve, isPrivate ? createPrivateKey(key) : createPublicKey(key)),
  XdhJwkComp: (curve, key: JsonWebKey, isPrivate) => {
    const input = { key, format: 'jwk' } as const;
    return raw(curve, isPrivate ? createPrivateKey(input) : createPublicKey(input));
  },
};

/** Scalar or u-coordinate of a key that node:crypto has parsed. */
function raw(curve: Curve, key: KeyObject): Uint8Array {
  if (key.asymmetricKeyType !== curve.keyType) throw new Error(`a key of type ${key.asymmetricKeyType}`);
  const { d, x } = key.export({ format: 'jwk' });
  return new Uint8Array(Buffer.from((key.type === 'private' ? d : x)!, 'base64url'));
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

const wycheproof: Suite = {
  files: /wycheproof\/x(25519|448)_\w*test\.json$/,
  run(path, report) {
    for (const group of readJson(path).testGroups) {
      const curve = curves[group.curve];
      const read = readers[group.type];
      for (const test of group.tests) {
        let shared: string | null = null;
        let why = 'RFC 7748 §5 computes with every 32- or 56-byte string';
        try {
          shared = agree(curve, read(curve, test.private as never, true), read(curve, test.public as never, false));
        } catch (error) {
          why = `RFC 7748 §6, RFC 9846 §7.4.2 (${(error as Error).message})`;
        }
        // Only an all-zero secret is a reason to refuse what is called acceptable.
        const refusedWrongly = shared === null && test.result === 'acceptable' && !/^0*$/.test(test.shared);
        if (refusedWrongly) report.fail(test.tcId, `refused (${test.comment})`);
        else if (shared !== null && shared !== test.shared) report.fail(test.tcId, `another secret (${test.comment})`);
        else report.wycheproof(test, shared !== null, why);
      }
    }
  },
};

const acvpCurves: Record<string, Curve> = { Curve25519: curves.curve25519, Curve448: curves.curve448 };

const acvp: Suite = {
  files: /acvp\/XECDH-(SSC|keyGen|keyVer)-RFC7748\.json$/,
  run(path, report) {
    const file = readJson(path);
    for (const group of file.testGroups) {
      const curve = acvpCurves[group.curve];
      for (const test of group.tests) report.check(test.tcId, judge(file.mode, curve, test), test.reason ?? file.mode);
    }
  },
};

// biome-ignore lint/suspicious/noExplicitAny: a test as it stands in the file
function judge(mode: string, curve: Curve, test: any): boolean {
  const field = (name: string) => unhex(test[name]);
  const same = (ours: string, theirs: string) => ours === theirs.toLowerCase();
  if (mode === 'keyGen') return same(publicOf(curve, field('privateKey')), test.publicKey);
  let accepted = true;
  try {
    if (mode === 'keyVer') agree(curve, field('privateKey'), field('publicKey'));
    else {
      accepted =
        same(agree(curve, field('privateIut'), field('publicServer')), test.z) &&
        same(agree(curve, field('privateServer'), field('publicIut')), test.z) &&
        same(publicOf(curve, field('privateIut')), test.publicIut);
    }
  } catch {
    accepted = false;
  }
  return accepted === test.testPassed;
}

export const xdhSuites: readonly Suite[] = [wycheproof, acvp];
