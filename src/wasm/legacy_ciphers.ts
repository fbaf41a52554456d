// LegacyCiphers over the legacy family: triple DES and RC2 decrypt, MD5 hashes. Keys come as bytes, because they were
// derived on the JavaScript heap from a password that is there anyway.

import type { LegacyExports } from '../../build/generated/abi.ts';
import { requireInteger } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import type { LegacyCiphers } from '../crypto/legacy_ciphers.ts';
import type { WasmCore } from './core.ts';
import { legacyFamily } from './legacy_family.ts';
import { wasmMd5 } from './md5.ts';

const BLOCK = 8;

/** The legacy ciphers in `core`. */
export function wasmLegacyCiphers(core: WasmCore): LegacyCiphers {
  const family = () => core.family<LegacyExports>(legacyFamily);
  return {
    md5: wasmMd5(core),
    tripleDesCbcDecrypt(key, iv, ciphertext) {
      requireLength(core, key, 24, 24, 'the key of triple DES');
      const abi = family();
      return decrypt(core, key, iv, ciphertext, abi.tripleDesScheduleLength(), (at, schedule, ivAt, data, length) => {
        abi.tripleDesExpand(at, schedule);
        abi.tripleDesCbcDecrypt(schedule, ivAt, data, length);
      });
    },
    rc2CbcDecrypt(key, effectiveBits, iv, ciphertext) {
      requireLength(core, key, 1, 128, 'the key of RC2');
      requireInteger(effectiveBits, 1, 1024, 'the effective bits of an RC2 key', 'ERR_BAD_LENGTH');
      const abi = family();
      return decrypt(core, key, iv, ciphertext, abi.rc2ScheduleLength(), (at, schedule, ivAt, data, length) => {
        abi.rc2Expand(at, key.length, effectiveBits, schedule);
        abi.rc2CbcDecrypt(schedule, ivAt, data, length);
      });
    },
  };
}

type Run = (key: number, schedule: number, iv: number, data: number, length: number) => void;

/** Schedule, key, IV and data one behind the other in a slot that is wiped afterwards. */
function decrypt(
  core: WasmCore,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  scheduleLength: number,
  run: Run,
): Uint8Array {
  requireLength(core, iv, BLOCK, BLOCK, 'the IV');
  core.requireInput(ciphertext, 'the ciphertext');
  const { length } = ciphertext;
  if (length === 0 || length % BLOCK !== 0) throw new TlsError('ERR_DECRYPTION_FAILED', 'not whole blocks');
  const slot = core.allocate(scheduleLength + 128 + BLOCK + length);
  try {
    const keyAt = slot + scheduleLength;
    const ivAt = keyAt + 128;
    const data = ivAt + BLOCK;
    core.bytes.set(key, keyAt);
    core.bytes.set(iv, ivAt);
    core.bytes.set(ciphertext, data);
    run(keyAt, slot, ivAt, data, length);
    return unpadded(core.bytes.subarray(data, data + length));
  } finally {
    core.free(slot);
  }
}

/** PKCS#7 padding (RFC 5652 §6.3) taken off; a copy. */
function unpadded(plain: Uint8Array): Uint8Array {
  const padding = plain[plain.length - 1];
  let wrong = padding === 0 || padding > BLOCK ? 1 : 0;
  for (let i = 1; i <= BLOCK; i++) wrong |= i <= padding ? plain[plain.length - i] ^ padding : 0;
  if (wrong !== 0) throw new TlsError('ERR_DECRYPTION_FAILED', 'wrong padding');
  return plain.slice(0, plain.length - padding);
}

function requireLength(core: WasmCore, bytes: Uint8Array, least: number, most: number, what: string): void {
  core.requireInput(bytes, what);
  if (bytes.length < least || bytes.length > most) {
    throw new TlsError('ERR_BAD_LENGTH', `${what}: ${bytes.length} bytes`);
  }
}
