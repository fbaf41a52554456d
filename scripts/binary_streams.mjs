// A binary taken apart for compressors, into the streams that src/wasm/binary_streams.ts names and puts together again. Nothing
// is lost or changed.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const source = join(dirname(fileURLToPath(import.meta.url)), '../src/wasm/binary_streams.ts');
const { code } = transformSync(readFileSync(source, 'utf8'), { loader: 'ts' });
const { operandsOfOpcodes } = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
/** @type {Uint16Array} */
const operands = operandsOfOpcodes();

const [OPCODES, WIDE, LABELS, SIZES, BEFORE, AFTER, STREAMS] = [0, 5, 6, 7, 8, 9, 10];
const [MISCELLANEOUS, VECTORS] = [256, 272];
const CODE_SECTION = 10;

/** @param {Uint8Array} binary @returns {Uint8Array} */
export function streamsOf(binary) {
  /** @type {number[][]} */
  const streams = Array.from({ length: STREAMS }, () => []);
  let at = 8;
  const take = (/** @type {number} */ stream, /** @type {number} */ length) => {
    streams[stream].push(...binary.subarray(at, at + length));
    at += length;
    return binary[at - 1];
  };
  const number = (/** @type {number} */ stream) => {
    let value = 0;
    for (let shift = 0, byte = 0x80; byte > 0x7f; shift += 7) {
      byte = take(stream, 1);
      value |= (byte & 0x7f) << shift;
    }
    return value;
  };
  const operand = (/** @type {number} */ kind) => {
    if (kind === 5) take(WIDE, 16);
    else if (kind === 9) take(WIDE, 8);
    else if (kind === 7) for (let left = number(LABELS); left >= 0; left--) number(LABELS);
    else number(kind & 7);
  };

  while (binary[at] !== CODE_SECTION) {
    if (at >= binary.length) throw new Error('a binary without code');
    at++;
    const length = number(BEFORE);
    at += length;
  }
  // Up to the number of functions, which is a number like those that follow it.
  at++;
  number(BEFORE);
  streams[BEFORE] = [...binary.subarray(0, at)];
  for (let functions = number(SIZES); functions > 0; functions--) {
    const stop = number(SIZES) + at;
    for (let locals = 2 * number(SIZES); locals > 0; locals--) number(SIZES);
    while (at < stop) {
      let opcode = take(OPCODES, 1);
      if (opcode > 0xfb) opcode = (opcode === 0xfd ? VECTORS : MISCELLANEOUS) + number(OPCODES);
      for (let kinds = operands[opcode]; kinds > 0; kinds >>= 4) operand(kinds & 15);
    }
    if (at !== stop) throw new Error(`an instruction that src/wasm/binary_streams.ts does not know, before ${at}`);
  }
  take(AFTER, binary.length - at);
  const lengths = streams.flatMap(({ length }) => [length & 0xff, (length >> 8) & 0xff, length >> 16]);
  return Uint8Array.from([...lengths, ...streams.flat()]);
}
