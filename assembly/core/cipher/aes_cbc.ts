// AES in CBC mode (NIST SP 800-38A §6.2), whole blocks in place. Padding and MACs are the caller's.
import { wipe } from '../../shared/ct';
import { decrypt4, encrypt1 } from './aes_permute_rounds';
import { aesState, decryptKeysIn, encryptKeysIn, releaseState, roundsIn } from './aes_state';

const lanes = memory.data(64, 16);

/**
 * Encrypts in place.
 * @param key address of the key @param keyLength 16, 24 or 32 bytes @param id context of the key, see aes_state.ts
 * @param iv 16 bytes; the last ciphertext block afterwards @param length multiple of 16 bytes
 */
export function aesCbcEncryptBlocks(
  key: usize,
  keyLength: u32,
  id: u32,
  iv: usize,
  data: usize,
  length: usize,
): void {
  const state = aesState(key, keyLength, id);
  const keys = encryptKeysIn(state);
  const rounds = roundsIn(state);
  // CT begin: secret = round keys, data
  let chain = load<v128>(iv);
  for (const end = data + length; data != end; data += 16) {
    chain = encrypt1(keys, rounds, v128.xor(chain, load<v128>(data)));
    store<v128>(data, chain);
  }
  store<v128>(iv, chain);
  // CT end
  releaseState(state);
}

/** Decrypts in place; parameters as in aesCbcEncryptBlocks. */
export function aesCbcDecryptBlocks(
  key: usize,
  keyLength: u32,
  id: u32,
  iv: usize,
  data: usize,
  length: usize,
): void {
  const state = aesState(key, keyLength, id);
  const keys = decryptKeysIn(state);
  const rounds = roundsIn(state);
  // CT begin: secret = round keys, data
  let chain = load<v128>(iv);
  const end = data + length;
  while (data != end) {
    const count = min<usize>(64, end - data);
    memory.copy(lanes, data, count);
    decrypt4(keys, rounds, lanes);
    for (let at: usize = 0; at != count; at += 16) {
      const ciphertext = load<v128>(data + at);
      store<v128>(data + at, v128.xor(load<v128>(lanes + at), chain));
      chain = ciphertext;
    }
    data += count;
  }
  store<v128>(iv, chain);
  wipe(lanes, 64);
  // CT end
  releaseState(state);
}
