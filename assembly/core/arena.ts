// The arena: slabs of slots above the families' ranges. A slot is an 8-byte header and a payload; JavaScript holds the
// payload's address together with the generation it was given, so that a stale handle is told from a live one.
//
//   slot:    | generation u32 | class u16 | live u16 | payload ... |
//   address handed out:                              ^
//
// A freed slot is wiped at once and goes to the free list of its class; its generation grows by one. A slot that had every
// generation is retired instead: were it to begin again, a handle of long ago would be live. Memory never shrinks (WASM
// cannot), so a slab stays with its class.

import { wipe } from '../shared/ct';

const HEADER: usize = 8;

// Slot sizes with header: secrets of up to 40, 56 and 72 bytes and record contexts (the many) fit tightly; above that
// powers of two, up to 32 MiB for scratch that one call needs.
const SMALL_CLASSES = 4;
const slotSizes = memory.data<u32>([48, 64, 80, 144]);
const FIRST_POWER = 8; // class SMALL_CLASSES is 2^8 = 256 bytes
const LAST_POWER = 25; // 32 MiB
const CLASSES = SMALL_CLASSES + LAST_POWER - FIRST_POWER + 1;

const freeLists = memory.data(CLASSES * 4, 4);
const SLAB: usize = 16384; // slots of one class are made this many bytes at a time

let next: usize = 0;
let end: usize = 0;
let live: i32 = 0;

function classOf(length: usize): i32 {
  if (length > (<usize>1) << LAST_POWER) return -1; // before the sum can pass 2^32
  const size = length + HEADER;
  for (let c = 0; c < SMALL_CLASSES; c++) {
    if (size <= <usize>load<u32>(slotSizes + (<usize>c << 2))) return c;
  }
  const power = 32 - clz(<u32>(size - 1));
  return power > LAST_POWER ? -1 : SMALL_CLASSES + max(power, FIRST_POWER) - FIRST_POWER;
}

// @ts-ignore: decorator
@inline
function sizeOf(c: i32): usize {
  return c < SMALL_CLASSES ? <usize>load<u32>(slotSizes + (<usize>c << 2)) : (<usize>1) << (c - SMALL_CLASSES + FIRST_POWER);
}

// @ts-ignore: decorator
@inline
function freeList(c: i32): usize {
  return freeLists + (<usize>c << 2);
}

/** The arena may use addresses from `start`, growing memory up to its maximum. */
export function arenaInit(start: usize): void {
  next = start;
  end = <usize>memory.size() << 16;
}

/** Address of a zeroed payload of at least `length` bytes, 8-byte aligned, or 0 if memory ran out. */
export function arenaAlloc(length: usize): usize {
  const c = classOf(length);
  if (c < 0) return 0;
  if (load<u32>(freeList(c)) == 0 && !addSlab(c)) return 0;
  const payload = <usize>load<u32>(freeList(c));
  store<u32>(freeList(c), load<u32>(payload));
  store<u32>(payload, 0);
  store<u16>(payload - 2, 1);
  live++;
  return payload;
}

/** Makes a slab of free slots of class `c`; one slot if there is room for no more. */
function addSlab(c: i32): bool {
  const size = sizeOf(c);
  let bytes = size >= SLAB ? size : (SLAB / size) * size;
  if (!reserve(bytes)) {
    bytes = size;
    if (!reserve(bytes)) return false;
  }
  const slabEnd = next + bytes;
  for (let slot = next; slot < slabEnd; slot += size) {
    const payload = slot + HEADER;
    store<u32>(slot, 1);
    store<u16>(slot + 4, <u16>c);
    store<u32>(payload, load<u32>(freeList(c)));
    store<u32>(freeList(c), <u32>payload);
  }
  next = slabEnd;
  return true;
}

function reserve(bytes: usize): bool {
  if (bytes <= end - next) return true;
  const pages = <i32>((next + bytes - end + 0xffff) >> 16);
  if (memory.grow(pages) < 0) return false;
  end = <usize>memory.size() << 16;
  return true;
}

/** Generation of the slot at `payload`; with the address it makes a handle. */
export function arenaGeneration(payload: usize): u32 {
  return load<u32>(payload - HEADER);
}

/** Wipes and frees the slot at `payload` if it is live and of this generation; false for a stale handle. */
export function arenaFree(payload: usize, generation: u32): bool {
  if (load<u32>(payload - HEADER) != generation || load<u16>(payload - 2) == 0) return false;
  const c = <i32>load<u16>(payload - 4);
  wipe(payload, sizeOf(c) - HEADER);
  store<u32>(payload - HEADER, generation + 1);
  store<u16>(payload - 2, 0);
  live--;
  if (generation + 1 == 0) return true; // retired
  store<u32>(payload, load<u32>(freeList(c)));
  store<u32>(freeList(c), <u32>payload);
  return true;
}

/** Slots in use. */
export function arenaLive(): i32 {
  return live;
}
