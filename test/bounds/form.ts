// Exact knowledge about a value beside its interval: it is the sum of coefficient * monomial, divided by 2^shift, over
// symbols (limbs of operands, bits that a mask or a shift cut off). From forms follow intervals that a chain of intervals
// loses, as of `low - (carry << 28)`, and what a kernel computes: an identity of polynomials, for all operands.

export interface Range {
  readonly lo: bigint;
  readonly hi: bigint;
}

/** Monomial -> coefficient, none of them zero. A monomial is "" (one), a symbol, or two of them as "a*b", in order. */
export interface Form {
  readonly terms: ReadonlyMap<string, bigint>;
  readonly shift: bigint;
}

export function constantForm(value: bigint): Form {
  return { terms: value === 0n ? new Map() : new Map([['', value]]), shift: 0n };
}

/** a + factor * b */
export function combine(a: Form, b: Form, factor: bigint): Form {
  const shift = greatest([a.shift, b.shift]);
  const terms = new Map(a.terms);
  if (shift > a.shift) for (const [key, value] of terms) terms.set(key, value << (shift - a.shift));
  for (const [key, value] of b.terms) {
    const sum = (terms.get(key) ?? 0n) + factor * (value << (shift - b.shift));
    if (sum === 0n) terms.delete(key);
    else terms.set(key, sum);
  }
  return { terms, shift };
}

/** a * 2^n; n may be negative. */
export function scale(a: Form, n: bigint): Form {
  if (n <= a.shift) return { terms: a.terms, shift: a.shift - n };
  return { terms: new Map([...a.terms].map(([key, value]) => [key, value << (n - a.shift)])), shift: 0n };
}

/** The product, or null if it has monomials of more than two symbols. */
export function product(a: Form, b: Form): Form | null {
  const terms = new Map<string, bigint>();
  for (const [x, m] of a.terms) {
    for (const [y, n] of b.terms) {
      const key = monomial(x, y);
      if (key === null) return null;
      const sum = (terms.get(key) ?? 0n) + m * n;
      if (sum === 0n) terms.delete(key);
      else terms.set(key, sum);
    }
  }
  return { terms, shift: a.shift + b.shift };
}

/** The product of two monomials, or null. */
export function monomial(x: string, y: string): string | null {
  if (x === '') return y;
  if (y === '') return x;
  if (x.includes('*') || y.includes('*')) return null;
  return x < y ? `${x}*${y}` : `${y}*${x}`;
}

/** The symbols of one run and where each may lie. */
export class Symbols {
  private readonly ranges = new Map<string, Range>([['', { lo: 1n, hi: 1n }]]);

  /** The form that is the new symbol alone. */
  define(name: string, lo: bigint, hi: bigint): Form {
    this.ranges.set(name, { lo, hi });
    return { terms: new Map([[name, 1n]]), shift: 0n };
  }

  /** A symbol that nobody named. */
  fresh(lo: bigint, hi: bigint): Form {
    return this.define(`#${this.ranges.size}`, lo, hi);
  }

  /** Where a monomial may lie. */
  range(key: string): Range {
    const known = this.ranges.get(key);
    if (known !== undefined) return known;
    const [x, y] = key.split('*');
    const a = this.range(x);
    const b = this.range(y);
    const ends = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
    const range = { lo: least(ends), hi: greatest(ends) };
    // A square is not negative.
    const found = x === y ? { lo: a.lo < 0n && a.hi > 0n ? 0n : least([ends[0], ends[3]]), hi: range.hi } : range;
    this.ranges.set(key, found);
    return found;
  }

  /** Where a form may lie, as it is an integer. */
  bounds(form: Form): Range {
    let lo = 0n;
    let hi = 0n;
    for (const [key, value] of form.terms) {
      const range = this.range(key);
      lo += value * (value < 0n ? range.hi : range.lo);
      hi += value * (value < 0n ? range.lo : range.hi);
    }
    return { lo: -(-lo >> form.shift), hi: hi >> form.shift };
  }
}

/** The largest size within the ends. */
export function magnitude({ lo, hi }: Range): bigint {
  return greatest([-lo, hi]);
}

export function least(list: readonly bigint[]): bigint {
  let found = list[0];
  for (const x of list) if (x < found) found = x;
  return found;
}

export function greatest(list: readonly bigint[]): bigint {
  let found = list[0];
  for (const x of list) if (x > found) found = x;
  return found;
}
