// Expanded AES states: a small cache, most recently used first found. Idle contexts keep raw keys only (about 20 KiB of
// round keys and GHASH tables per busy one live here), so a connection at rest costs its key bytes.
//
// An entry belongs to (key address, context id). Ids are unique while the core lives and never 0; whoever frees a key
// calls aesCacheDrop with its id. Id 0 asks for a state that is used once and wiped by its user (releaseState).
import { wipe } from '../../shared/ct';
import { expandDecrypt, expandEncrypt, expandKey, roundsOf } from './aes_permute';

// An entry:
//   0    id, key address, rounds, stamp of the last use, which parts are present (u32 each)
//   32   schedule as FIPS 197 has it         240
//   272  round keys of encrypt1/2/4          240
//   512  round keys of decrypt4              240
//   768  hash key parts (aead/multiply.ts)   256
//   1024 bitsliced round keys                15 * 512
//   8704 GHASH tables (aead/ghash.ts)        TABLES_LENGTH
const KEY: usize = 4;
const ROUNDS: usize = 8;
const STAMP: usize = 12;
const PARTS: usize = 16;
const SCHEDULE: usize = 32;
const ENCRYPT: usize = 272;
const DECRYPT: usize = 512;
const HASH: usize = 768;
const BITSLICED: usize = 1024;
const TABLES: usize = 8704;

const TABLES_LENGTH: usize = 5 * 2592;
const ENTRY_LENGTH: usize = 21_664; // TABLES + TABLES_LENGTH
const ENTRIES: usize = 8;
const entries = memory.data(194_976, 16); // (ENTRIES + 1) * ENTRY_LENGTH; the last one serves id 0
let clock: u32 = 0;

/** Parts of an entry beyond the encryption round keys, which are always present. */
export const PART_DECRYPT: u32 = 1;
export const PART_HASH: u32 = 2;
export const PART_BITSLICED: u32 = 4;
export const PART_TABLES: u32 = 8;

/** The expanded state of a key; at least its encryption round keys. @param keyLength 16, 24 or 32 bytes */
export function aesState(key: usize, keyLength: u32, id: u32): usize {
  const once = entries + ENTRIES * ENTRY_LENGTH;
  let state = once;
  if (id != 0) {
    let oldest: u32 = 0;
    clock++;
    for (let entry = entries; entry != once; entry += ENTRY_LENGTH) {
      if (load<u32>(entry) == id && <usize>load<u32>(entry, KEY) == key) {
        store<u32>(entry, clock, STAMP);
        return entry;
      }
      // The distance to now, so that the clock may wrap; an empty entry is older than all.
      const age = load<u32>(entry) == 0 ? u32.MAX_VALUE : clock - load<u32>(entry, STAMP);
      if (age > oldest) {
        oldest = age;
        state = entry;
      }
    }
    forget(state);
  }
  const rounds = roundsOf(keyLength);
  store<u32>(state, id);
  store<u32>(state, <u32>key, KEY);
  store<u32>(state, rounds, ROUNDS);
  store<u32>(state, clock, STAMP);
  store<u32>(state, 0, PARTS);
  expandKey(key, keyLength, state + SCHEDULE);
  expandEncrypt(state + SCHEDULE, rounds, state + ENCRYPT);
  return state;
}

/** To be called after each use: wipes a state that was asked for with id 0. */
export function releaseState(state: usize): void {
  if (load<u32>(state) == 0) forget(state);
}

/** Wipes the expanded state of a context, if it has one. */
export function aesCacheDrop(id: u32): void {
  const end = entries + ENTRIES * ENTRY_LENGTH;
  for (let entry = entries; entry != end; entry += ENTRY_LENGTH) {
    if (load<u32>(entry) == id) forget(entry);
  }
}

function forget(state: usize): void {
  const parts = partsOf(state);
  wipe(state, BITSLICED);
  if (parts & PART_BITSLICED) wipe(state + BITSLICED, TABLES - BITSLICED);
  if (parts & PART_TABLES) wipe(state + TABLES, TABLES_LENGTH);
}

// @ts-ignore: decorator
@inline
export function roundsIn(state: usize): u32 {
  return load<u32>(state, ROUNDS);
}

// @ts-ignore: decorator
@inline
export function partsOf(state: usize): u32 {
  return load<u32>(state, PARTS);
}

// @ts-ignore: decorator
@inline
export function addPart(state: usize, part: u32): void {
  store<u32>(state, load<u32>(state, PARTS) | part, PARTS);
}

/** Schedule as FIPS 197 has it. */
// @ts-ignore: decorator
@inline
export function scheduleIn(state: usize): usize {
  return state + SCHEDULE;
}

/** Round keys of encrypt1/2/4. */
// @ts-ignore: decorator
@inline
export function encryptKeysIn(state: usize): usize {
  return state + ENCRYPT;
}

/** Round keys of decrypt4, made at the first use. */
export function decryptKeysIn(state: usize): usize {
  if (!(partsOf(state) & PART_DECRYPT)) {
    expandDecrypt(state + SCHEDULE, roundsIn(state), state + DECRYPT);
    addPart(state, PART_DECRYPT);
  }
  return state + DECRYPT;
}

// @ts-ignore: decorator
@inline
export function hashKeyIn(state: usize): usize {
  return state + HASH;
}

// @ts-ignore: decorator
@inline
export function bitslicedKeysIn(state: usize): usize {
  return state + BITSLICED;
}

// @ts-ignore: decorator
@inline
export function tablesIn(state: usize): usize {
  return state + TABLES;
}
