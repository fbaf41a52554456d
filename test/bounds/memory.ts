// Memory as the functions of assembly/ see it: regions (what memory.data gives, or a caller's buffer) with cells of
// known intervals. What was never written, or was written in other pieces than it is read, may hold anything.

import { bitsOf, type Integer, type Integers, type IntegerType, isConstant, OutOfRange } from './integers.ts';

export interface Address {
  readonly kind: 'address';
  readonly region: Region;
  readonly offset: number;
}

/** Four lanes of 32 bits or two of 64. */
export interface Vector {
  readonly kind: 'vector';
  readonly lanes: readonly Integer[];
}

interface Cell {
  readonly bytes: number;
  readonly value: Integer;
}

export class Region {
  private readonly bytes: number;
  private readonly cells = new Map<number, Cell>();

  /** @param bytes its size, if there is one: nothing is stored beyond it */
  constructor(bytes = Number.POSITIVE_INFINITY) {
    this.bytes = bytes;
  }

  at(offset = 0): Address {
    return { kind: 'address', region: this, offset };
  }

  get(offset: number): Cell | undefined {
    return this.cells.get(offset);
  }

  set(offset: number, bytes: number, value: Integer): void {
    this.within(offset, bytes);
    this.forget(offset, bytes);
    this.cells.set(offset, { bytes, value });
  }

  /** From now on these bytes may be anything. */
  forget(offset: number, bytes: number): void {
    this.within(offset, bytes);
    for (let i = offset - 7; i < offset + bytes; i++) {
      const cell = this.cells.get(i);
      if (cell !== undefined && i + cell.bytes > offset) this.cells.delete(i);
    }
  }

  private within(offset: number, bytes: number): void {
    if (offset < 0 || offset + bytes > this.bytes)
      throw new OutOfRange(`a store beyond the end of ${this.bytes} bytes`);
  }

  copy(to: number, from: Region, at: number, bytes: number): void {
    const moved = [...from.cells].filter(([i, cell]) => i >= at && i + cell.bytes <= at + bytes);
    this.forget(to, bytes);
    for (const [i, cell] of moved) this.cells.set(to + i - at, cell);
  }
}

export class Memory {
  private readonly integers: Integers;

  constructor(integers: Integers) {
    this.integers = integers;
  }

  load(address: Address, type: IntegerType): Integer {
    const { region, offset } = address;
    const bytes = Number(bitsOf(type)) / 8;
    const found = this.find(region, offset, bytes);
    return found === null ? this.integers.any(type) : this.integers.convert(found, type);
  }

  store(address: Address, type: IntegerType, value: Integer): void {
    const { integers } = this;
    const bits = bitsOf(type);
    // What is kept is less than the type: the upper bits are dropped on purpose (bytes).
    const kept =
      bits < 32n && !isConstant(value) ? integers.and(value, integers.constant('literal', (1n << bits) - 1n)) : value;
    const stored = integers.convert(kept, type);
    // Bits that fall off the top of unsigned integers do so on purpose: bytes are packed there.
    const wraps = stored.overflow !== null && type.startsWith('u');
    if (bits === 32n) this.split(address);
    address.region.set(address.offset, Number(bits) / 8, wraps ? integers.any(type) : integers.whole(stored));
  }

  loadVector({ region, offset }: Address): Vector {
    const wide = region.get(offset)?.bytes === 8 || region.get(offset + 8)?.bytes === 8;
    const bytes = wide ? 8 : 4;
    const type = wide ? 'lane64' : 'lane32';
    const lanes = Array.from({ length: 16 / bytes }, (_, i) => {
      const found = this.find(region, offset + i * bytes, bytes);
      if (found === null)
        return this.integers.between(type, -(1n << BigInt(8 * bytes - 1)), (1n << BigInt(8 * bytes - 1)) - 1n);
      return this.integers.convert(found, type);
    });
    return { kind: 'vector', lanes };
  }

  storeVector({ region, offset }: Address, { lanes }: Vector): void {
    const bytes = 16 / lanes.length;
    lanes.forEach((lane, i) => region.set(offset + i * bytes, bytes, lane));
  }

  /** What lies in a cell of eight bytes of which four are written becomes two cells. */
  private split({ region, offset }: Address): void {
    for (const at of [offset - 4, offset]) {
      const cell = region.get(at);
      const halves = cell?.bytes === 8 ? this.halves(cell.value) : null;
      halves?.forEach((half, i) => region.set(at + 4 * i, 4, half));
    }
  }

  /** The value of exactly these bytes, or null. */
  private find(region: Region, offset: number, bytes: number): Integer | null {
    const cell = region.get(offset);
    if (cell?.bytes === bytes) return cell.value;
    if (bytes === 4) {
      if (cell?.bytes === 8) return this.halves(cell.value)?.[0] ?? null;
      const before = region.get(offset - 4);
      return before?.bytes === 8 ? (this.halves(before.value)?.[1] ?? null) : null;
    }
    const after = region.get(offset + 4);
    if (bytes === 8 && cell?.bytes === 4 && after?.bytes === 4 && isConstant(cell.value) && isConstant(after.value)) {
      return this.integers.constant('i64', (after.value.lo << 32n) + (cell.value.lo & 0xffffffffn));
    }
    return null;
  }

  halves(value: Integer): readonly [Integer, Integer] | null {
    const { integers } = this;
    if (value.halves !== null) return value.halves;
    if (isConstant(value)) {
      const low = value.lo & 0xffffffffn;
      const high = value.lo >> 32n;
      return [
        integers.constant('i32', low >> 31n ? low - (1n << 32n) : low),
        integers.constant('i32', high >> 31n === 1n ? high - (1n << 32n) : high),
      ];
    }
    if (value.lo < -(1n << 31n) || value.hi >= 1n << 31n) return null;
    const high = integers.between('i32', value.lo < 0n ? -1n : 0n, value.hi < 0n ? -1n : 0n);
    return [integers.convert(value, 'i32'), high];
  }
}
