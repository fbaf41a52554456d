// The binaries as pages of castls-tls13 and its like carry them: taken apart, so that compressors make a fifth less of them.
// What stands in one order in a WebAssembly module - an opcode, the number of a local, an opcode, an offset - is in one stream
// for each kind, where like follows like. scripts/binary_streams.mjs takes apart; nothing is lost or changed.
//
//   for each stream its length in three bytes, the lowest first | the streams, one after the other

// 0: opcodes, with what goes with them: types of blocks, lanes, alignments, functions that are called. 1: numbers of locals.
// 2: offsets of loads and stores. 3 and 4: constants of 32 and of 64 bits.
const OPCODES = 0;
/** Longer constants. */
const WIDE = 5;
const LABELS = 6;
/** Of functions, in bytes; their number, and their locals. */
const SIZES = 7;
/** What is no code. */
const BEFORE = 8;
const AFTER = 9;
const STREAMS = 10;

// The second number of an opcode that has two counts from there.
const MISCELLANEOUS = 256;
const VECTORS = 272;
const OPCODE_VALUES = 640;

/**
 * First opcode, last opcode, operands: a hexadecimal digit each, the first one lowest. 1 to 4 and 6 are LEB128 numbers of that
 * stream, 8 is one of OPCODES; 5 are sixteen and 9 eight bytes of WIDE; 7 are labels, with one less than their number before
 * them. Opcodes that are in no row have no operands (WebAssembly 2.0 §5.4).
 */
const rows = () => [
  // block, loop, if; br, br_if; br_table; call; local and global variables
  ...[0x02, 0x04, 0x8, 0x0c, 0x0d, 0x6, 0x0e, 0x0e, 0x7, 0x10, 0x10, 0x8, 0x20, 0x22, 0x1, 0x23, 0x24, 0x8],
  // loads and stores; memory.size and memory.grow; constants; memory.copy, memory.fill
  ...[
    0x28, 0x3e, 0x28, 0x3f, 0x40, 0x8, 0x41, 0x41, 0x3, 0x42, 0x42, 0x4, 0x44, 0x44, 0x9, 266, 266, 0x88, 267, 267, 8,
  ],
  // vectors: loads and stores; constants and shuffles; lanes; loads and stores of lanes; loads that fill up with zeros
  ...[272, 283, 0x28, 284, 285, 0x5, 293, 306, 0x8, 356, 363, 0x828, 364, 365, 0x28],
];

/** Operands by opcode. */
export function operandsOfOpcodes(): Uint16Array {
  const table = new Uint16Array(OPCODE_VALUES);
  const values = rows();
  for (let i = 0; i < values.length; i += 3) table.fill(values[i + 2], values[i], values[i + 1] + 1);
  return table;
}

/** The binary of which these are the streams. Runs once, before anything is compiled: few steps for each instruction. */
export function assembled(streams: Uint8Array): Uint8Array {
  const operands = operandsOfOpcodes();
  const starts: number[] = [];
  let next = 3 * STREAMS;
  for (let i = 0; i < STREAMS; i++) {
    starts.push(next);
    next += streams[3 * i] | (streams[3 * i + 1] << 8) | (streams[3 * i + 2] << 16);
  }
  const at = [...starts];
  const out = new Uint8Array(next);
  let end = 0;

  const copy = (stream: number, length: number): void => {
    out.set(streams.subarray(at[stream], at[stream] + length), end);
    at[stream] += length;
    end += length;
  };
  const number = (stream: number): number => {
    let from = at[stream];
    let byte = streams[from++];
    out[end++] = byte;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      byte = streams[from++];
      out[end++] = byte;
      value |= (byte & 0x7f) << shift;
    }
    at[stream] = from;
    return value;
  };

  copy(BEFORE, starts[AFTER] - starts[BEFORE]);
  for (let functions = number(SIZES); functions > 0; functions--) {
    const stop = number(SIZES) + end;
    for (let locals = 2 * number(SIZES); locals > 0; locals--) number(SIZES);
    while (end < stop) {
      let opcode = streams[at[OPCODES]++];
      out[end++] = opcode;
      if (opcode > 0xfb) opcode = (opcode === 0xfd ? VECTORS : MISCELLANEOUS) + number(OPCODES);
      for (let kinds = operands[opcode]; kinds > 0; kinds >>= 4) {
        const kind = kinds & 15;
        if (kind === 5) copy(WIDE, 16);
        else if (kind === 9) copy(WIDE, 8);
        else if (kind === 7) for (let left = number(LABELS); left >= 0; left--) number(LABELS);
        else number(kind & 7);
      }
    }
  }
  copy(AFTER, next - starts[AFTER]);
  return out.subarray(0, end);
}
