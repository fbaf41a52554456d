// The client's half of TLS 1.2 RSA key exchange: RSAES-PKCS1-v1_5 (RFC 8017 §7.2.1) of a premaster secret. The public
// power is taken in constant time, since here the number that is raised is the secret.

import type { RsaPrivateExports } from '../../build/generated/abi.ts';
import { isObject, requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { fillRandom } from '../crypto/random.ts';
import { checkRsaPublicKey, type RsaPolicy, requireRsaPolicy } from '../crypto/rsa_public_key.ts';
import type { RandomSource } from '../crypto/secret.ts';
import type { PublicKey, RsaKeyTransport } from '../crypto/signature.ts';
import type { WasmCore } from './core.ts';
import { rsaPrivateFamily } from './rsa_family.ts';

const PREMASTER_LENGTH = 48; // RFC 5246 §7.4.7.1
/** Zero bytes in a row at which a random source is none: chance 2^-256. */
const MAX_ZEROS = 32;

/**
 * Encrypts premaster secrets to servers whose certificates hold RSA keys of 2048-8192 bits. Its function
 * @throws ERR_INVALID_PUBLIC_KEY, ERR_WEAK_KEY, ERR_INVALID_ARGUMENT; ERR_INVALID_STATE for a random source that cannot be used
 */
export function rsaKeyTransport(core: WasmCore, policy: RsaPolicy = {}): RsaKeyTransport {
  requireRsaPolicy(policy);
  return {
    encryptPremaster(key: PublicKey, clientVersion: number, random: RandomSource) {
      if (!isObject(key) || key.type !== 'rsa') {
        throw new TlsError('ERR_INVALID_PUBLIC_KEY', 'RSA key exchange with a key that is not RSA');
      }
      const modulus = core.input(key.modulus, 'the modulus');
      const exponent = core.input(key.exponent, 'the public exponent');
      checkRsaPublicKey({ type: 'rsa', modulus, exponent }, policy);
      requireInteger(clientVersion, 0, 0xffff, 'the version of the client');
      const block = new Uint8Array(modulus.length);
      const premaster = block.subarray(block.length - PREMASTER_LENGTH);
      try {
        pad(block, random);
        fillRandom(random, premaster);
        premaster.set([clientVersion >> 8, clientVersion & 0xff]);
        return { ciphertext: power(core, modulus, exponent, block), premaster: core.importSecret(premaster) };
      } finally {
        block.fill(0);
      }
    },
  };
}

/** EM = 0x00 || 0x02 || PS || 0x00 || M: writes all but M. PS has no zero bytes. */
function pad(block: Uint8Array, random: RandomSource): void {
  const padding = block.subarray(2, block.length - PREMASTER_LENGTH - 1);
  fillRandom(random, padding);
  const another = new Uint8Array(1);
  for (let i = 0; i < padding.length; i++) {
    for (let zeros = 1; padding[i] === 0; zeros++) {
      if (zeros === MAX_ZEROS) throw new TlsError('ERR_INVALID_STATE', 'the random source gives nothing but zeros');
      fillRandom(random, another);
      padding[i] = another[0];
    }
  }
  another[0] = 0;
  block[0] = 0;
  block[1] = 2;
  block[block.length - PREMASTER_LENGTH - 1] = 0;
}

/** block^exponent mod modulus. */
function power(core: WasmCore, modulus: Uint8Array, exponent: Uint8Array, block: Uint8Array): Uint8Array {
  const abi = core.family<RsaPrivateExports>(rsaPrivateFamily);
  const { length } = modulus;
  return core.withExchange(3 * length + exponent.length, at => {
    const blockAt = at + length;
    const exponentAt = blockAt + length;
    const resultAt = exponentAt + exponent.length;
    core.bytes.set(modulus, at);
    core.bytes.set(block, blockAt);
    core.bytes.set(exponent, exponentAt);
    // The block begins with 00 02, so it is in 2..n-2.
    abi.ffdhPower(resultAt, at, length, blockAt, exponentAt, exponent.length);
    return core.bytes.slice(resultAt, resultAt + length);
  });
}
