// Key pairs of node:crypto that can be exported. Node.js 20 locks up now and then when a key that it has just made is exported
// as JWK: a garbage collection within takes back the job that made the key, and waits for the lock that the export holds.
// Hence keys come out of that job encoded, and are read again.

import { createPrivateKey, createPublicKey, generateKeyPairSync as generate, type KeyObject } from 'node:crypto';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** As generateKeyPairSync of node:crypto, without encodings. */
export function generateKeyPairSync(type: string, options: object = {}): Pair {
  const made = (generate as unknown as (type: string, options: object) => { publicKey: Buffer; privateKey: Buffer })(
    type,
    {
      ...options,
      publicKeyEncoding: { format: 'der', type: 'spki' },
      privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    },
  );
  return {
    publicKey: createPublicKey({ key: made.publicKey, format: 'der', type: 'spki' }),
    privateKey: createPrivateKey({ key: made.privateKey, format: 'der', type: 'pkcs8' }),
  };
}
