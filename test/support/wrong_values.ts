// Values that no argument of castls takes for bytes, an object of a known shape or a number: what JavaScript callers hand in
// by mistake.

/** A Uint8Array of `length` bytes whose buffer went elsewhere. */
export function detached(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** Fresh ones each time, with their names. None is a usable Uint8Array, an integer in any range, or a Secret. */
export function wrongValues(): [name: string, value: unknown][] {
  return [
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['NaN', Number.NaN],
    ['-1', -1],
    ['1.5', 1.5],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['2^53', 2 ** 53],
    ['5n', 5n],
    ["'abc'", 'abc'],
    ["'__proto__'", '__proto__'],
    ['a symbol', Symbol('abc')],
    ['{}', {}],
    ['an object without prototype', Object.create(null)],
    ['[]', []],
    ['[1, 2, 3]', [1, 2, 3]],
    ['a function', () => undefined],
    ['an ArrayBuffer', new ArrayBuffer(32)],
    ['a Uint16Array', new Uint16Array(32)],
    ['a view of a detached buffer', detached(32)],
  ];
}
