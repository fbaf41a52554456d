// What it costs to check a signature, by the key: units of src/base/cost.ts.

import { workUnits } from '../base/cost.ts';
import type { PublicKey } from './signature.ts';

/** Without hashing the message. */
export function signatureUnits(key: PublicKey): number {
  switch (key.type) {
    case 'rsa': {
      const size = bitLength(key.modulus) / 1024;
      // One multiplication or two for each bit of the exponent; the price is that of 65537, which has 17.
      const exponent = Math.max(1, (16 * key.exponent.length) / 18);
      return Math.ceil(workUnits.rsaVerify1024 * size * size * exponent);
    }
    case 'ec':
      return { 'P-256': workUnits.p256Verify, 'P-384': workUnits.p384Verify, 'P-521': workUnits.p521Verify }[key.curve];
    case 'ed25519':
      return workUnits.ed25519Verify;
    case 'ed448':
      return workUnits.ed448Verify;
    case 'mldsa':
      return workUnits.mldsaVerify;
    default:
      return workUnits.item;
  }
}

/** Near enough for a price: whole bytes. */
function bitLength(integer: Uint8Array): number {
  return 8 * integer.length;
}
