// Expanded AES states: a cache of the sixteen used last, about 12 KiB of round keys and GHASH tables each. Contexts keep
// raw keys only, so a connection at rest costs its key bytes.
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
//   752  the hash subkey H and its tables    16 + 992 (aead/ghash_tables.ts)
//   1760 bitsliced round keys                15 * 512
//   9440 tables of H^16                      2592
const KEY: usize = 4;
const ROUNDS: usize = 8;
const STAMP: usize = 12;
const PARTS: usize = 16;
const SCHEDULE: usize = 32;
const ENCRYPT: usize = 272;
const DECRYPT: usize = 512;
const SUBKEY: usize = 752;
const BITSLICED: usize = 1760;
const BATCH_TABLES: usize = 9440;
const ENTRY_LENGTH: usize = 12_032;
const ENTRIES: usize = 16;
const entries = memory.data(204_544, 16); // (ENTRIES + 1) * ENTRY_LENGTH; the last one serves id 0
let clock: u32 = 0;
let latest: usize = entries;

/** Parts of an entry beyond the encryption round keys, which are always present. */
export const PART_DECRYPT: u32 = 1;
export const PART_SUBKEY: u32 = 2;
export const PART_BITSLICED: u32 = 4;
export const PART_BATCH_TABLES: u32 = 8;

/** The expanded state of a key; at least its encryption round keys. @param keyLength 16, 24 or 32 bytes */
export function aesState(key: usize, keyLength: u32, id: u32): usize {
  const once = entries + ENTRIES * ENTRY_LENGTH;
  let state = once;
  if (id != 0) {
    if (belongs(latest, key, id)) return latest;
    let oldest: u32 = 0;
    clock++;
    for (let entry = entries; entry != once; entry += ENTRY_LENGTH) {
      if (belongs(entry, key, id)) {
        store<u32>(entry, clock, STAMP);
        latest = entry;
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
    latest = state;
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

// @ts-ignore: decorator
@inline
function belongs(entry: usize, key: usize, id: u32): bool {
  return load<u32>(entry) == id && <usize>load<u32>(entry, KEY) == key;
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

/** As aesCacheDrop, by the key's address: for a context that nobody disposed of. */
export function aesCacheDropKey(key: usize): void {
  const end = entries + ENTRIES * ENTRY_LENGTH;
  for (let entry = entries; entry != end; entry += ENTRY_LENGTH) {
    if (<usize>load<u32>(entry, KEY) == key) forget(entry);
  }
}

function forget(state: usize): void {
  const parts = partsOf(state);
  wipe(state, BITSLICED);
  if (parts & PART_BITSLICED) wipe(state + BITSLICED, BATCH_TABLES - BITSLICED);
  if (parts & PART_BATCH_TABLES) wipe(state + BATCH_TABLES, ENTRY_LENGTH - BATCH_TABLES);
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

/** The bitsliced round keys (aes_bitsliced.ts). */
// @ts-ignore: decorator
@inline
export function bitslicedKeysIn(state: usize): usize {
  return state + BITSLICED;
}

/** The hash subkey H (aead/ghash.ts). */
// @ts-ignore: decorator
@inline
export function subkeyIn(state: usize): usize {
  return state + SUBKEY;
}

/** The tables of H for single blocks. */
// @ts-ignore: decorator
@inline
export function blockTablesIn(state: usize): usize {
  return state + SUBKEY + 16;
}

/** The tables of H^16 for batches. */
// @ts-ignore: decorator
@inline
export function batchTablesIn(state: usize): usize {
  return state + BATCH_TABLES;
}
