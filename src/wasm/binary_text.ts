// The binaries as JavaScript modules hold them: text that gzip shrinks as it does the binary. Written, and explained, by
// scripts/binary_text.mjs. Read by a WebAssembly of its own: text is decoded before anything ran, and a loop over a hundred
// thousand characters in JavaScript that is not compiled yet takes ten times as long, and then has an engine compile it.

/** What the characters of the text are not: JavaScript, JSON or HTML may want them escaped. */
const LEFT_OUT = '"$\'<\\`';
const FIRST_CHARACTER = 0x20;
const LAST_CHARACTER = 0x7e;
/** The bytes that are frequent in the binaries, and so one character: a bit for each value, the lowest first. */
const FREQUENT = '/////wcDwQAHQgMAAAwe0fnFAQARYAMAEXADEAEAAbA=';
/** Of the table of the frequent characters at address 0, and of those of each escape at its character times this. */
const TABLE = 128;
/** Behind the tables: the text, and the bytes in its place. */
const START = 4480;

/**
 * (memory (export "m") 2)
 * (func (export "d") (param $at i32) (param $end i32) (result i32) (local $code i32) (local $length i32)
 *   (loop $next
 *     (if (i32.lt_u (local.get $at) (local.get $end)) (then
 *       (i32.store8 offset=4480 (local.get $length)
 *         (i32.load8_u
 *           (if (result i32) (i32.lt_u (local.tee $code (i32.load8_u (local.get $at))) (i32.const 34))
 *             (then (i32.or (i32.shl (local.get $code) (i32.const 7))
 *                           (i32.load8_u (local.tee $at (i32.add (local.get $at) (i32.const 1))))))
 *             (else (local.get $code)))))
 *       (local.set $length (i32.add (local.get $length) (i32.const 1)))
 *       (local.set $at (i32.add (local.get $at) (i32.const 1)))
 *       (br $next))))
 *   (local.get $length))
 */
const DECODER =
  'AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAIHCQIBbQIAAWQAAApMAUoBAn8DQCAAIAFJBEAgAyAALQAAIgJBIkkEfyACQQd0IABBAWoiAC0AAHIFIAILLQAAOgCAIyADQQFqIQMgAEEBaiEADAELCyADCw==';

interface Decoder {
  readonly m: { readonly buffer: ArrayBuffer };
  readonly d: (at: number, end: number) => number;
}

let decoder: Decoder | undefined;

/** The bytes of a text that the build wrote. @throws WebAssembly.CompileError where the host forbids to compile */
export function fromText(text: string): Uint8Array {
  const { m, d } = (decoder ??= makeDecoder());
  const memory = new Uint8Array(m.buffer);
  const { written } = new TextEncoder().encodeInto(text, memory.subarray(START));
  return memory.slice(START, START + d(START, START + written));
}

function makeDecoder(): Decoder {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(fromBase64(DECODER)));
  const made = exports as unknown as Decoder;
  const memory = new Uint8Array(made.m.buffer);
  const characters: number[] = [];
  for (let code = FIRST_CHARACTER; code <= LAST_CHARACTER; code++) {
    if (!LEFT_OUT.includes(String.fromCharCode(code))) characters.push(code);
  }
  const bits = fromBase64(FREQUENT);
  let frequent = 2;
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    if ((bits[byte >> 3] >> (byte & 7)) & 1) memory[characters[frequent++]] = byte;
    else {
      const table = characters[Math.floor(rare / characters.length)];
      memory[table * TABLE + characters[rare++ % characters.length]] = byte;
    }
  }
  return made;
}

/** Bytes of a constant. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), character => character.charCodeAt(0));
}
