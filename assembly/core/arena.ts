// First version: size classes with free lists above the families' ranges. (To be replaced by slabs with generations.)
import { wipe } from '../shared/ct';

const freeLists = memory.data(64, 16);
let next: usize = 0;
let end: usize = 0;
let live: i32 = 0;

// @ts-ignore: decorator
@inline
function classOf(length: usize): i32 {
  return length <= 16 ? 4 : 32 - clz(<u32>(length - 1));
}

/** The arena may use addresses from `start`, growing memory up to its maximum. */
export function arenaInit(start: usize): void {
  next = start;
  end = <usize>memory.size() << 16;
}

/** Address of a zeroed slot of at least `length` bytes, 16-byte aligned, or 0 if memory ran out. */
export function arenaAlloc(length: usize): usize {
  const c = classOf(length);
  const head = freeLists + (<usize>c << 2);
  let slot = <usize>load<u32>(head);
  if (slot != 0) {
    store<u32>(head, load<u32>(slot));
    store<u32>(slot, 0);
    live++;
    return slot;
  }
  const size: usize = (<usize>1) << c;
  if (next + size > end) {
    const pages = <i32>((next + size - end + 0xffff) >> 16);
    if (memory.grow(pages) < 0) return 0;
    end = <usize>memory.size() << 16;
  }
  slot = next;
  next += size;
  live++;
  return slot;
}

/** Wipes and frees a slot of arenaAlloc(length). */
export function arenaFree(slot: usize, length: usize): void {
  const c = classOf(length);
  wipe(slot, (<usize>1) << c);
  const head = freeLists + (<usize>c << 2);
  store<u32>(slot, load<u32>(head));
  store<u32>(head, <u32>slot);
  live--;
}

/** Slots in use. */
export function arenaLive(): i32 {
  return live;
}
