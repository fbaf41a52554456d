// P-256, P-384 and P-521 in their binaries against @noble/curves and node:crypto: a quick look while working on them.
// Short runs in alternation, the shortest of each counts. Usage: node bench/kernels/nist_curves.mjs [256|384|521] [ROUNDS]

import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { heapBase } from '../../scripts/memory_map.mjs';

const curves = {
  256: { binary: 'ec', length: 32, noble: p256, openssl: 'prime256v1', hash: 'sha256' },
  384: { binary: 'ec_large', length: 48, noble: p384, openssl: 'secp384r1', hash: 'sha384' },
  521: { binary: 'ec_large', length: 66, noble: p521, openssl: 'secp521r1', hash: 'sha512' },
};
const rounds = Number(process.argv[3] ?? 30);
for (const bits of process.argv[2] ? [process.argv[2]] : Object.keys(curves)) run(bits);

/** @param {string} bits */
function run(bits) {
  const { binary, length, noble, openssl, hash } = curves[bits];
  const memory = new WebAssembly.Memory({ initial: heapBase / 65536 + 1 });
  const module = new WebAssembly.Module(readFileSync(new URL(`../../build/wasm/${binary}.wasm`, import.meta.url)));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const call = name => exports[`p${bits}${name}`];
  const [publicKey, diffieHellman, sign, verify] = ['PublicKey', 'DiffieHellman', 'Sign', 'VerifyVartime'].map(call);
  const bytes = new Uint8Array(memory.buffer);
  const [scalarAt, peerAt, digestAt, nonceAt, signatureAt, pointAt, outAt] = [0, 1, 2, 3, 4, 5, 6].map(
    i => heapBase + i * 256,
  );

  const pair = crypto.generateKeyPairSync('ec', { namedCurve: openssl });
  const peer = crypto.generateKeyPairSync('ec', { namedCurve: openssl }).publicKey;
  const scalar = new Uint8Array(Buffer.from(pair.privateKey.export({ format: 'jwk' }).d, 'base64url'));
  const [ownPoint, peerPoint] = [pair.publicKey, peer].map(key => {
    const { x, y } = key.export({ format: 'jwk' });
    return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  });
  const message = crypto.randomBytes(64);
  const digest = crypto.createHash(hash).update(message).digest();
  bytes.set(scalar, scalarAt);
  bytes.set(peerPoint, peerAt);
  bytes.set(ownPoint, pointAt);
  bytes.set(digest, digestAt + length - digest.length);
  bytes.set(crypto.randomBytes(length - 1), nonceAt + 1);
  if (sign(signatureAt, scalarAt, digestAt, nonceAt) !== 1) throw new Error('the nonce was refused');
  const signature = bytes.slice(signatureAt, signatureAt + 2 * length);
  const raw = { key: pair.publicKey, dsaEncoding: 'ieee-p1363' };
  if (!crypto.verify(hash, message, raw, signature)) throw new Error('a wrong signature');

  const options = { prehash: false, lowS: false };
  const rows = {
    'key pair': [
      () => publicKey(outAt, scalarAt),
      () => noble.getPublicKey(scalar, false),
      () => crypto.createECDH(openssl).generateKeys(),
    ],
    ECDH: [
      () => diffieHellman(outAt, scalarAt, peerAt),
      () => noble.getSharedSecret(scalar, peerPoint, false),
      () => crypto.diffieHellman({ privateKey: pair.privateKey, publicKey: peer }),
    ],
    sign: [
      () => sign(outAt, scalarAt, digestAt, nonceAt),
      () => noble.sign(digest, scalar, options),
      () => crypto.sign(hash, message, pair.privateKey),
    ],
    verify: [
      () => verify(pointAt, digestAt, signatureAt) === 1,
      () => noble.verify(signature, digest, ownPoint, options),
      () => crypto.verify(hash, message, raw, signature),
    ],
  };
  for (const [name, functions] of Object.entries(rows)) {
    const [own, theirs, native] = measure(functions);
    const ratios = `noble ${theirs.toFixed(0)} (${(theirs / own).toFixed(1)}x), native ${native.toFixed(1)} (${(native / own).toFixed(2)}x)`;
    console.log(`P-${bits} ${name.padEnd(8)} ${own.toFixed(1).padStart(7)} us, ${ratios}`);
  }
}

/** Shortest microseconds per call of each function. @param {(() => unknown)[]} functions */
function measure(functions) {
  const best = functions.map(() => Number.POSITIVE_INFINITY);
  for (let round = -10; round < rounds; round++) {
    functions.forEach((call, i) => {
      const calls = i === 1 ? 1 : 6;
      const start = performance.now();
      for (let j = 0; j < calls; j++) if (!call()) throw new Error('a wrong result');
      const time = ((performance.now() - start) * 1000) / calls;
      if (round >= 0) best[i] = Math.min(best[i], time);
    });
  }
  return best;
}
