// A binary taken apart for compressors, into the streams that src/wasm/binary_streams.ts names and puts together again. Nothing
// is lost or changed.

import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from './set_up.mjs';

const source = join(root, 'src/wasm/binary_streams.ts');
const [{ contents }] = buildSync({ entryPoints: [source], bundle: true, format: 'esm', write: false }).outputFiles;
const { operandsOfOpcodes } = await import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`);
/** @type {Uint8Array} */
const operands = operandsOfOpcodes();

const [OPCODES, WIDE, SIZES, BEFORE, AFTER, STREAMS] = [0, 5, 7, 8, 9, 10];
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

  for (let length = 0; binary[at] !== CODE_SECTION; at += length) {
    if (at >= binary.length) throw new Error('a binary without code');
    at++;
    length = number(BEFORE);
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
      for (let kinds = operands[opcode]; kinds > 0; kinds >>= 4) {
        if ((kinds & 15) === 5) take(WIDE, 16);
        else if ((kinds & 15) === 9) take(WIDE, 8);
        else number(kinds & 7);
      }
    }
    if (at !== stop) throw new Error(`a function does not end where its last instruction does, before ${at}`);
  }
  take(AFTER, binary.length - at);
  const addresses = new Uint8Array(4 * STREAMS);
  let address = operands.length + addresses.length;
  for (const [i, { length }] of streams.entries()) {
    new DataView(addresses.buffer).setUint32(4 * i, address, true);
    address += length;
  }
  return Uint8Array.from([...addresses, ...streams.flat()]);
}
