// AES key expansion (FIPS 197 §5.2) in constant time, and the round keys as the vector-permute rounds want them.
// The rounds themselves are generated (aes_permute_rounds.ts).
import { permuteTables, IN_LOW, IN_HIGH, INVERSE_IN_LOW, INVERSE_IN_HIGH, SHIFT_ROWS_0 } from './aes_permute_tables';
import { substitute, toBasis } from './aes_permute_rounds';

/** Rounds for a key of 16, 24 or 32 bytes. */
// @ts-ignore: decorator
@inline
export function roundsOf(keyLength: u32): u32 {
  return (keyLength >> 2) + 6;
}

/** SubWord of FIPS 197. */
function substituteWord(word: u32): u32 {
  return i32x4.extract_lane(substitute(i32x4.splat(word)), 0);
}

/** Writes the 4 * (rounds + 1) words of the schedule. @param keyLength 16, 24 or 32 bytes */
export function expandKey(key: usize, keyLength: u32, schedule: usize): void {
  // CT begin: secret = key
  memory.copy(schedule, key, keyLength);
  const words = (roundsOf(keyLength) + 1) << 2;
  const keyWords = keyLength >> 2;
  let rcon: u32 = 1;
  let position: u32 = 0;
  let word = load<u32>(schedule + keyLength - 4);
  let at = schedule;
  for (let i = keyWords; i < words; i++) {
    if (position == 0) {
      word = substituteWord(rotr(word, 8)) ^ rcon;
      rcon = (rcon << 1) ^ ((rcon >> 7) * 0x11b);
    } else if (position == 4 && keyWords == 8) {
      word = substituteWord(word);
    }
    word ^= load<u32>(at);
    store<u32>(at + keyLength, word);
    at += 4;
    position++;
    if (position == keyWords) position = 0;
  }
  // CT end
}

/** Round keys for encrypt1/2/4. The S-box's constant 0x63 moves into every key but the first (FIPS 197 §5.1.1). */
export function expandEncrypt(schedule: usize, rounds: u32, keys: usize): void {
  // CT begin: secret = schedule
  store<v128>(keys, toBasis(load<v128>(schedule), IN_LOW, IN_HIGH));
  const constant = i8x16.splat(0x63);
  for (let round: usize = 1; round < rounds; round++) {
    const key = toBasis(v128.xor(load<v128>(schedule + (round << 4)), constant), IN_LOW, IN_HIGH);
    const order = load<v128>(permuteTables + (((0 - round) & 3) << 4), SHIFT_ROWS_0);
    store<v128>(keys + (round << 4), i8x16.swizzle(key, order));
  }
  const last = <usize>rounds << 4;
  store<v128>(keys + last, v128.xor(load<v128>(schedule + last), constant));
  // CT end
}

/** Round keys for decrypt4: the equivalent inverse cipher (FIPS 197 §5.3.5), in the order it uses them. */
export function expandDecrypt(schedule: usize, rounds: u32, keys: usize): void {
  // CT begin: secret = schedule
  const constant = i8x16.splat(0x63);
  for (let round: usize = 0; round < rounds; round++) {
    let key = load<v128>(schedule + ((rounds - round) << 4));
    if (round != 0) key = inverseMixColumns(key);
    key = toBasis(v128.xor(key, constant), INVERSE_IN_LOW, INVERSE_IN_HIGH);
    const order = load<v128>(permuteTables + ((round & 3) << 4), SHIFT_ROWS_0);
    store<v128>(keys + (round << 4), i8x16.swizzle(key, order));
  }
  store<v128>(keys + (<usize>rounds << 4), load<v128>(schedule));
  // CT end
}

/** Each byte times x in GF(2^8). */
// @ts-ignore: decorator
@inline
function double(a: v128): v128 {
  // CT begin: secret = a
  return v128.xor(i8x16.add(a, a), v128.and(i8x16.lt_s(a, i8x16.splat(0)), i8x16.splat(0x1b)));
  // CT end
}

/** Every 32-bit column turned by two bytes. */
// @ts-ignore: decorator
@inline
function swapHalves(a: v128): v128 {
  return v128.or(i32x4.shr_u(a, 16), i32x4.shl(a, 16));
}

/** InvMixColumns = MixColumns after a circulant of 5, 0, 4, 0 (4y^2 + 5 times 3y^3 + y^2 + y + 2). */
function inverseMixColumns(key: v128): v128 {
  // CT begin: secret = key
  const half = v128.xor(key, swapHalves(key));
  key = v128.xor(key, double(double(half)));
  const next = v128.or(i32x4.shr_u(key, 8), i32x4.shl(key, 24));
  const sum = v128.xor(double(v128.xor(key, next)), next);
  return v128.xor(sum, swapHalves(v128.xor(key, next)));
  // CT end
}
