// The binaries as JavaScript modules hold them: text that gzip shrinks as it does the binary. Written, and explained, by
// scripts/binary_text.mjs. Read by a WebAssembly of its own: text is decoded before anything ran, and a loop over a hundred
// thousand characters in JavaScript that is not compiled yet takes ten times as long, and then has an engine compile it.

/** What the characters of the text are not: JavaScript, JSON or HTML may want them escaped. */
const LEFT_OUT = '"$\'<\\`';
const FIRST_CHARACTER = 0x20;
const LAST_CHARACTER = 0x7e;
/** The bytes that are frequent in the binaries, and so one character: a bit for each value, the lowest first. */
const FREQUENT = '/////wcDQYAngQIAAAwe2XnFAQAxYCMAAXABEAEAAbA=';
/** Of the table of the frequent characters at address 0, and of those of each escape at its character times this. */
const TABLE = 128;
/** Behind the tables: the text, and the bytes in its place. */
const START = 4480;

/**
 * (memory (export "m") 2)
 * (func (export "d") (param $at i32) (param $end i32) (result i32) (local $out i32) (local $code i32)
 *   (local.set $out (local.get $at))
 *   (loop $next
 *     (i32.store8 (local.get $out)
 *       (i32.load8_u
 *         (if (result i32) (i32.lt_u (local.tee $code (i32.load8_u (local.get $at))) (i32.const 34))
 *           (then (i32.or (i32.shl (local.get $code) (i32.const 7))
 *                         (i32.load8_u (local.tee $at (i32.add (local.get $at) (i32.const 1))))))
 *           (else (local.get $code)))))
 *     (local.set $out (i32.add (local.get $out) (i32.const 1)))
 *     (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (local.get $end))))
 *   (local.get $out))
 */
const DECODER =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAIHCQIBbQIAAWQAAApKAUgBAn8gACECA0AgAiAALQAAIgNBIkkEfyADQQd0IABBAWoiAC0AAHIFIAMLLQAAOgAAIAJBAWohAiAAQQFqIgAgAUkNAAsgAgs=';

type Decoder = (text: string) => Uint8Array;

let decoder: Decoder | undefined;

/** The bytes of a text that the build wrote; none is empty. @throws WebAssembly.CompileError where the host forbids to compile */
export function fromText(text: string): Uint8Array {
  return (decoder ??= makeDecoder())(text);
}

function makeDecoder(): Decoder {
  const { m, d } = new WebAssembly.Instance(new WebAssembly.Module(fromBase64(DECODER))).exports as {
    m: WebAssembly.Memory;
    d: (at: number, end: number) => number;
  };
  const memory = new Uint8Array(m.buffer);
  const characters: number[] = [];
  for (let code = FIRST_CHARACTER; code <= LAST_CHARACTER; code++) {
    if (!LEFT_OUT.includes(String.fromCharCode(code))) characters.push(code);
  }
  const [first, second, ...frequent] = characters;
  const rare = [first, second].flatMap(mark => characters.map(character => mark * TABLE + character));
  const bits = fromBase64(FREQUENT);
  for (let byte = 0; byte < 256; byte++) {
    const addresses = (bits[byte >> 3] >> (byte & 7)) & 1 ? frequent : rare;
    memory[addresses.shift() as number] = byte;
  }
  return text => {
    memory.set(new TextEncoder().encode(text), START);
    return memory.slice(START, d(START, START + text.length));
  };
}

/** Bytes of a constant. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0));
}
