// What SIMD instructions do to shadows, as a table: the number behind the prefix 0xfd is that of the specification
// (WebAssembly 2.0 §5.4.8).

/** How the shadow of a result comes from those of the operands. */
export type VectorRule =
  /** Bit by bit: the union of the shadows. Operands: 1 to 3. */
  | { readonly kind: 'bits'; readonly operands: number }
  /** Lane by lane: a lane of the result is secret if that lane of an operand is. */
  | { readonly kind: 'lanes'; readonly operands: number; readonly width: 1 | 2 | 4 | 8 }
  /** A vector shifted by a number. */
  | { readonly kind: 'shift'; readonly width: 1 | 2 | 4 | 8 }
  /** Lanes meet: all of the result is secret if a bit of an operand is. */
  | { readonly kind: 'mix'; readonly operands: number }
  /** Lanes are made wider; `signed` is the instruction that does it to a shadow. */
  | { readonly kind: 'extend'; readonly signed: number }
  /** A number that depends on all of the vector. */
  | { readonly kind: 'summary' }
  | { readonly kind: 'splat' }
  /** `lane` is the instruction on integers of that width, for floats too. */
  | { readonly kind: 'extract'; readonly lane: number; readonly wide: boolean }
  | { readonly kind: 'replace'; readonly lane: number; readonly wide: boolean }
  | { readonly kind: 'float'; readonly operands: number };

const WIDTHS = [1, 2, 4, 8] as const;

const UNARY_FLOATS: readonly number[] = [
  94, 95, 103, 104, 105, 106, 116, 117, 122, 148, 224, 225, 227, 236, 237, 239, 248, 249, 250, 251, 252, 253, 254, 255,
];

/** i8x16.popcnt counts bits, which engines do by a table in registers: as safe as a shuffle. */
const UNARY: readonly number[] = [96, 97, 98, 128, 129, 160, 161, 192, 193];

const EXTRACT: ReadonlyMap<number, number> = new Map([
  [21, 21],
  [22, 21],
  [24, 24],
  [25, 24],
  [27, 27],
  [29, 29],
  [31, 27],
  [33, 29],
]);

const REPLACE: ReadonlyMap<number, number> = new Map([
  [23, 23],
  [26, 26],
  [28, 28],
  [30, 30],
  [32, 28],
  [34, 30],
]);

export function vectorRule(code: number): VectorRule {
  if (code === 77) return { kind: 'bits', operands: 1 };
  if (code >= 78 && code <= 81) return { kind: 'bits', operands: 2 };
  if (code === 82) return { kind: 'bits', operands: 3 };
  if (code >= 15 && code <= 20) return { kind: 'splat' };
  const extract = EXTRACT.get(code);
  if (extract !== undefined) return { kind: 'extract', lane: extract, wide: extract === 29 };
  const replace = REPLACE.get(code);
  if (replace !== undefined) return { kind: 'replace', lane: replace, wide: replace === 30 };
  if (UNARY_FLOATS.includes(code)) return { kind: 'float', operands: 1 };
  if ((code >= 65 && code <= 76) || (code >= 228 && code <= 247)) return { kind: 'float', operands: 2 };
  if (code >= 35 && code <= 64) return { kind: 'lanes', operands: 2, width: WIDTHS[Math.floor((code - 35) / 10)] };
  if (code >= 214 && code <= 219) return { kind: 'lanes', operands: 2, width: 8 };
  if (code === 83 || [99, 100, 131, 132, 163, 164, 195, 196].includes(code)) return { kind: 'summary' };
  if (code >= 96 && code <= 223) return integerRule(code);
  throw new Error(`0xfd ${code} is not known to the tracer`);
}

/** From 96 on, integers of 8, 16, 32 and 64 bits have 32 numbers each, laid out alike. */
function integerRule(code: number): VectorRule {
  const width = WIDTHS[(code - 96) >> 5];
  const place = code & 31;
  if (UNARY.includes(code)) return { kind: 'lanes', operands: 1, width };
  if (place >= 11 && place <= 13) return { kind: 'shift', width };
  if (code >= 124 && code <= 127) return { kind: 'mix', operands: 1 }; // extadd_pairwise
  if (width > 1 && place >= 7 && place <= 10) return { kind: 'extend', signed: code - (place >= 9 ? 2 : 0) };
  const isNarrow = place === 5 || place === 6;
  const isProduct = place >= 28 || code === 130 || code === 186; // extmul, q15mulr, dot
  if (isNarrow || isProduct) return { kind: 'mix', operands: 2 };
  return { kind: 'lanes', operands: 2, width };
}
