// Machine integers as intervals, with exact forms (form.ts) beside them where a check asks for these. Every operation is
// checked against its type: a result out of range is marked, and fails as soon as more than its low bits are used.

import {
  combine,
  constantForm,
  type Form,
  greatest,
  least,
  magnitude,
  product,
  type Range,
  Symbols,
  scale,
} from './form.ts';

/** `lane32`, `lane64`: of a v128. `literal`: a constant that takes the type of what it meets. */
export type IntegerType =
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'
  | 'usize'
  | 'bool'
  | 'lane32'
  | 'lane64'
  | 'literal';

export interface Integer extends Range {
  readonly kind: 'integer';
  readonly type: IntegerType;
  readonly form: Form | null;
  /** Where it went out of range: then only its low bits are right. */
  readonly overflow: string | null;
  /** So many low bits are known to be zero. */
  readonly zeros: bigint;
  /** The low and the high half, if the value was put together from them. */
  readonly halves: readonly [Integer, Integer] | null;
  /** The value of another type that it was converted from: the low bits are the same. */
  readonly origin: Integer | null;
  /** The operands whose exclusive or it is. */
  readonly xored: readonly [Integer, Integer] | null;
}

const ranges: Record<IntegerType, Range> = {
  i8: signed(8n),
  i16: signed(16n),
  i32: signed(32n),
  i64: signed(64n),
  lane32: signed(32n),
  // Read as signed or as unsigned: the range of a lane is within one of the two.
  lane64: { lo: -(1n << 63n), hi: (1n << 64n) - 1n },
  u8: unsigned(8n),
  u16: unsigned(16n),
  u32: unsigned(32n),
  u64: unsigned(64n),
  usize: unsigned(32n),
  bool: unsigned(1n),
  literal: { lo: -(1n << 64n), hi: 1n << 64n },
};

function signed(bits: bigint): Range {
  return { lo: -(1n << (bits - 1n)), hi: (1n << (bits - 1n)) - 1n };
}

function unsigned(bits: bigint): Range {
  return { lo: 0n, hi: (1n << bits) - 1n };
}

const widths = new Map<IntegerType, bigint>(
  (Object.keys(ranges) as IntegerType[]).map(type => [
    type,
    BigInt(/\d+$/.exec(type)?.[0] ?? (type === 'usize' ? 32 : 1)),
  ]),
);

export function bitsOf(type: IntegerType): bigint {
  return widths.get(type)!;
}

export function isIntegerType(name: string): name is IntegerType {
  return name in ranges;
}

export function isConstant(x: Integer): boolean {
  return x.lo === x.hi;
}

export class OutOfRange extends Error {}

/** What the largest values of a run were, for the margins. */
export interface Largest {
  size: bigint;
  where: string;
}

export class Integers {
  readonly symbols: Symbols | null;
  /** Largest size of a signed value of 64 bits, and the largest unsigned one. */
  readonly largest: { signed: Largest; unsigned: Largest } = {
    signed: { size: 0n, where: '' },
    unsigned: { size: 0n, where: '' },
  };
  /** How many results went out of range and were reduced by a mask. */
  overflows = 0;
  private readonly where: () => string;
  private readonly residues = new WeakMap<Integer, Map<bigint, Integer>>();
  private readonly forms = new WeakMap<Integer, Form>();

  /** @param exact whether forms are kept @param where the place in the source at this moment */
  constructor(exact: boolean, where: () => string) {
    this.where = where;
    this.symbols = exact ? new Symbols() : null;
  }

  constant(type: IntegerType, value: bigint): Integer {
    return this.make(type, value, value, null);
  }

  /** Anything between the ends; a symbol, if it is named. */
  between(type: IntegerType, lo: bigint, hi: bigint, name?: string): Integer {
    return this.make(type, lo, hi, name !== undefined && this.symbols ? this.symbols.define(name, lo, hi) : null);
  }

  any(type: IntegerType): Integer {
    return this.between(type, ranges[type].lo, ranges[type].hi);
  }

  private make(type: IntegerType, lo: bigint, hi: bigint, form: Form | null, more: Partial<Integer> = {}): Integer {
    const { overflow = null, zeros = 0n, halves = null, origin = null, xored = null } = more;
    return { kind: 'integer', type, lo, hi, form, overflow, zeros, halves, origin, xored };
  }

  /** A result: within its type, or marked. */
  private result(type: IntegerType, lo: bigint, hi: bigint, form: Form | null, more: Partial<Integer> = {}): Integer {
    const range = ranges[type];
    const fits = lo >= range.lo && hi <= range.hi && (type !== 'lane64' || lo >= 0n || hi < 1n << 63n);
    if (fits && more.overflow == null) {
      if (bitsOf(type) === 64n) this.record(lo, hi);
      return this.make(type, lo, hi, form, more);
    }
    const overflow = more.overflow ?? `${type} overflow at ${this.where()}: [${power(lo)}, ${power(hi)}]`;
    if (type === 'lane64') throw new OutOfRange(overflow);
    this.overflows++;
    // A lane wraps, which is harmless in the padding of an element; limbs are looked at one by one (element.ts).
    if (type === 'lane32') return this.make(type, range.lo, range.hi, null, { overflow });
    return this.make(type, lo, hi, null, { overflow, origin: more.origin ?? null });
  }

  private record(lo: bigint, hi: bigint): void {
    const { signed, unsigned } = this.largest;
    const size = magnitude({ lo, hi });
    const kind = hi < 1n << 63n ? signed : unsigned;
    if (size > kind.size) Object.assign(kind, { size, where: this.where() });
  }

  /** ~a */
  complement(a: Integer): Integer {
    return this.xor(a, this.constant(a.type, onesOf(a.type)));
  }

  /** The value itself, where all its bits count. */
  whole(x: Integer): Integer {
    if (x.overflow !== null && x.type !== 'lane32') throw new OutOfRange(x.overflow);
    return x;
  }

  /** A limb of an operand, which may not have wrapped either. */
  limb(x: Integer): Integer {
    if (x.overflow !== null) throw new OutOfRange(x.overflow);
    return x;
  }

  add(a: Integer, b: Integer): Integer {
    return this.linear(a, b, 1n);
  }

  subtract(a: Integer, b: Integer): Integer {
    // (x ^ s) - s is x or -x for a mask s.
    if (b.lo === -1n && b.hi <= 0n && a.xored?.includes(b)) {
      const x = a.xored[0] === b ? a.xored[1] : a.xored[0];
      const type = common(a, b);
      if (!isConstant(b)) return this.result(type, least([x.lo, -x.hi]), greatest([x.hi, -x.lo]), null);
    }
    return this.linear(a, b, -1n);
  }

  private linear(a: Integer, b: Integer, sign: bigint): Integer {
    const type = common(a, b);
    let lo = a.lo + (sign > 0n ? b.lo : -b.hi);
    let hi = a.hi + (sign > 0n ? b.hi : -b.lo);
    const overflow = lowOnly(a, b);
    let form: Form | null = null;
    if (this.symbols !== null && overflow === null) {
      const left = this.formOf(a);
      const right = this.formOf(b);
      form = combine(left, right, sign);
      if (form.terms.size < left.terms.size + right.terms.size) {
        const exact = this.symbols.bounds(form);
        lo = greatest([lo, exact.lo]);
        hi = least([hi, exact.hi]);
      }
    }
    return this.result(type, lo, hi, form, { overflow });
  }

  multiply(a: Integer, b: Integer, type = common(a, b)): Integer {
    const ends = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
    const overflow = lowOnly(a, b);
    const form = this.symbols && overflow === null ? product(this.formOf(a), this.formOf(b)) : null;
    // A square, if it is one as far as can be seen.
    const lo = a === b && a.lo < 0n && a.hi > 0n ? 0n : least(ends);
    return this.result(type, lo, greatest(ends), form, { overflow });
  }

  negate(a: Integer): Integer {
    return this.subtract(this.constant('literal', 0n), a);
  }

  shiftLeft(a: Integer, n: bigint): Integer {
    const form = this.symbols && a.overflow === null ? scale(this.formOf(a), n) : null;
    return this.result(a.type, a.lo << n, a.hi << n, form, {
      overflow: lowOnly(a),
      zeros: a.zeros + n,
      halves: n === 32n ? [this.constant(a.type, 0n), a] : null,
    });
  }

  shiftRight(a: Integer, n: bigint): Integer {
    this.whole(a);
    if (n === 0n) return a;
    const form =
      this.symbols && !isConstant(a) ? scale(combine(this.formOf(a), this.formOf(this.lowBits(a, n)), -1n), -n) : null;
    return this.result(a.type, a.lo >> n, a.hi >> n, form);
  }

  /** a mod 2^n. The same object for the same question, so that what a shift drops is what a mask keeps. */
  private lowBits(a: Integer, n: bigint): Integer {
    if (a.origin !== null && n <= bitsOf(a.type)) return this.lowBits(a.origin, n);
    const mask = (1n << n) - 1n;
    if (a.overflow === null && a.lo >= 0n && a.hi <= mask) return a;
    if (isConstant(a)) return this.constant(a.type, a.lo & mask);
    let known = this.residues.get(a);
    if (known === undefined) this.residues.set(a, (known = new Map()));
    let found = known.get(n);
    if (found === undefined) {
      const halves: Integer['halves'] = n === 32n && within(a, ranges.i32) ? [a, this.constant(a.type, 0n)] : null;
      found = this.make(a.type, 0n, mask, this.symbols ? this.symbols.fresh(0n, mask) : null, { halves });
      known.set(n, found);
    }
    return found;
  }

  and(a: Integer, b: Integer): Integer {
    const type = common(a, b);
    if (isConstant(a) && !isConstant(b)) return this.and(b, a);
    const bits = bitsOf(type);
    if (isConstant(b)) {
      const mask = type === 'literal' ? b.lo : b.lo & ((1n << bits) - 1n);
      if (isConstant(a) && a.overflow === null) return this.constant(type, a.lo & b.lo);
      if (mask === 0n) return this.constant(type, 0n);
      if (mask === (1n << bits) - 1n) return this.convert(a, type);
      if ((mask & (mask + 1n)) === 0n) return this.retype(this.lowBits(a, BigInt(mask.toString(2).length)), type);
    }
    if (isMask(b) || isMask(a)) {
      const x = this.whole(isMask(b) ? a : b);
      return this.result(type, least([0n, x.lo]), greatest([0n, x.hi]), null);
    }
    this.whole(a);
    this.whole(b);
    if (a.lo < 0n || b.lo < 0n) throw new OutOfRange(`"and" of what may be negative at ${this.where()}`);
    return this.make(type, 0n, least([a.hi, b.hi]), null);
  }

  or(a: Integer, b: Integer): Integer {
    const type = common(a, b);
    if (isConstant(a) && a.lo === 0n) return b;
    if (isConstant(b) && b.lo === 0n) return a;
    if (isConstant(a) && isConstant(b)) return this.constant(type, a.lo | b.lo);
    const [low, high] = a.zeros > b.zeros ? [b, a] : [a, b];
    // Bits that do not meet add up.
    if (low.overflow === null && low.lo >= 0n && low.hi >> high.zeros === 0n) {
      const halves: Integer['halves'] = high.halves && isConstant(high.halves[0]) ? [low, high.halves[1]] : null;
      return { ...this.add(low, high), halves };
    }
    const overflow = lowOnly(a, b);
    if (a.lo < 0n || b.lo < 0n) throw new OutOfRange(`"or" of what may be negative at ${this.where()}`);
    return this.result(type, 0n, allOnes(greatest([a.hi, b.hi])), null, { overflow });
  }

  xor(a: Integer, b: Integer): Integer {
    const type = common(a, b);
    if (isConstant(a) && isConstant(b)) return this.constant(type, a.lo ^ b.lo);
    if (isConstant(b) && b.lo === 0n) return a;
    if (isConstant(a) && a.lo === 0n) return b;
    for (const [x, y] of [
      [a, b],
      [b, a],
    ]) {
      if (y.xored?.[0] === x) return y.xored[1];
      if (y.xored?.[1] === x) return y.xored[0];
    }
    if (isConstant(b) && b.lo === onesOf(type)) return { ...this.subtract(b, this.whole(a)), type, xored: [a, b] };
    this.whole(a);
    this.whole(b);
    const top = greatest([a.hi, b.hi, -1n - a.lo, -1n - b.lo]);
    const lo = a.lo < 0n || b.lo < 0n ? -1n - allOnes(top) : 0n;
    return this.make(type, lo, allOnes(top), null, { xored: [a, b] });
  }

  /** The same bits as another type: exact, or marked. */
  convert(a: Integer, type: IntegerType): Integer {
    if (a.type === type) return a;
    if (within(a, ranges[type]) && a.overflow === null) return this.retype(a, type);
    const bits = bitsOf(type);
    if (isConstant(a)) {
      const low = a.lo & ((1n << bits) - 1n);
      return this.constant(type, ranges[type].lo < 0n && low >> (bits - 1n) ? low - (1n << bits) : low);
    }
    if (bits > bitsOf(a.type)) this.whole(a);
    return this.result(type, a.lo, a.hi, null, { overflow: a.overflow, origin: a });
  }

  private retype(a: Integer, type: IntegerType): Integer {
    if (a.type === type) return a;
    const { kind, lo, hi, overflow, zeros, halves, xored } = a;
    const form = this.symbols !== null && overflow === null ? this.formOf(a) : null;
    return { kind, type, lo, hi, form, overflow, zeros, halves, origin: a, xored };
  }

  /** All that either may be. */
  join(a: Integer, b: Integer): Integer {
    if (a === b) return a;
    const overflow = a.overflow ?? b.overflow;
    return this.make(a.type, least([a.lo, b.lo]), greatest([a.hi, b.hi]), null, { overflow });
  }

  /** The form of a value; what has none is a symbol of its own from now on. */
  formOf(a: Integer): Form {
    if (this.symbols === null) throw new Error('forms are not kept');
    if (isConstant(a)) return constantForm(a.lo);
    if (a.form !== null) return a.form;
    let form = this.forms.get(a);
    if (form === undefined) this.forms.set(a, (form = this.symbols.fresh(a.lo, a.hi)));
    return form;
  }
}

/** The type of a binary operation, as the compiler finds it. */
function common(a: Integer, b: Integer): IntegerType {
  if (a.type === b.type || b.type === 'literal') return a.type;
  if (a.type === 'literal') return b.type;
  const [x, y] = [bitsOf(a.type), bitsOf(b.type)];
  if (x !== y) return x < y ? b.type : a.type;
  // Signed and unsigned: a constant that is neither negative nor large is both.
  if (isConstant(b) && b.lo >= 0n && b.lo >> (y - 1n) === 0n) return a.type;
  if (isConstant(a) && a.lo >= 0n && a.lo >> (x - 1n) === 0n) return b.type;
  throw new OutOfRange(`operands of the types ${a.type} and ${b.type}`);
}

/** All bits set, as a value of the type. */
function onesOf(type: IntegerType): bigint {
  return ranges[type].lo < 0n ? -1n : ranges[type].hi;
}

function within(a: Integer, range: Range): boolean {
  return a.lo >= range.lo && a.hi <= range.hi;
}

function lowOnly(...list: Integer[]): string | null {
  return list.find(x => x.overflow !== null && x.type !== 'lane32')?.overflow ?? null;
}

/** Zero or all ones, as a signed value. */
function isMask(x: Integer): boolean {
  return x.lo === -1n && x.hi === 0n;
}

function allOnes(x: bigint): bigint {
  return x === 0n ? 0n : (1n << BigInt(x.toString(2).length)) - 1n;
}

/** A size for people: "-2^62.31". */
export function power(x: bigint): string {
  if (x === 0n) return '0';
  const size = x < 0n ? -x : x;
  const over = size.toString(2).length - 53;
  const log = over > 0 ? Math.log2(Number(size >> BigInt(over))) + over : Math.log2(Number(size));
  return `${x < 0n ? '-' : ''}2^${log.toFixed(2)}`;
}
