// The binaries as pages of castls-tls13 and its like carry them: taken apart, so that compressors make a fifth less of them.
// What stands in one order in a WebAssembly module - an opcode, the number of a local, an opcode, an offset - is in one stream
// for each kind, where like follows like. scripts/binary_streams.mjs takes apart; nothing is lost or changed.
//
//   for each stream its address below, in four bytes, the lowest first | the streams, one after the other
//
// 0: opcodes, with what goes with them: types of blocks, lanes, alignments, functions that are called. 1: numbers of locals.
// 2: offsets of loads and stores. 3 and 4: constants of 32 and of 64 bits. 5: longer constants. 6: labels. 7: sizes of functions
// in bytes, with their number, and their locals. 8 and 9: what is before their number, and behind them.

import { fromBase64 } from './binary_text.ts';

/** Of the addresses of the streams: behind the operands by opcode. Then come the streams, and then the binary. */
const ADDRESSES = 640;

/**
 * The first data are the operands of opcodes, a byte for each, with a digit for each operand, the first one lowest: 1 to 4 and 6
 * are LEB128 numbers of that stream, 8 is one of stream 0; 5 are sixteen and 9 eight bytes of stream 5. The second number of an
 * opcode that has two counts from 256 behind 0xfc, from 272 behind 0xfd. What has operands that are not told here, such as
 * br_table, has bytes among the opcodes that are none: they go where opcodes go.
 */

/**
 * (memory (export "m") 4)
 * (data (i32.const 12) "\06\06") ;; br, br_if
 * (data (i32.const 16) "\08") ;; call
 * (data (i32.const 32) "\01\01\01\08\08") ;; local and global variables
 * (data (i32.const 40) "\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28\28") ;; loads and stores
 * (data (i32.const 65) "\03\04\00\09") ;; constants
 * (data (i32.const 272) "\28\28\28\28\28\28\28\28\28\28\28\28\05\05") ;; vectors: loads and stores, constants and shuffles
 * (data (i32.const 293) "\08\08\08\08\08\08\08\08\08\08\08\08\08\08") ;; lanes
 * (data (i32.const 364) "\28\28") ;; loads that fill up with zeros
 * (global $end (mut i32) (i32.const 0))
 * (func $copy (param $stream i32) (param $length i32)
 *   (local.set $stream (i32.shl (local.get $stream) (i32.const 2)))
 *   (memory.copy (global.get $end) (i32.load offset=640 (local.get $stream)) (local.get $length))
 *   (i32.store offset=640 (local.get $stream) (i32.add (i32.load offset=640 (local.get $stream)) (local.get $length)))
 *   (global.set $end (i32.add (global.get $end) (local.get $length))))
 * (func $byte (param $stream i32) (result i32) (local $at i32) (local $byte i32)
 *   (local.set $stream (i32.shl (local.get $stream) (i32.const 2)))
 *   (i32.store8 (global.get $end)
 *     (local.tee $byte (i32.load8_u (local.tee $at (i32.load offset=640 (local.get $stream))))))
 *   (i32.store offset=640 (local.get $stream) (i32.add (local.get $at) (i32.const 1)))
 *   (global.set $end (i32.add (global.get $end) (i32.const 1)))
 *   (local.get $byte))
 * (func $number (param $stream i32) (result i32) (local $byte i32) (local $shift i32) (local $value i32)
 *   (loop $more
 *     (local.set $value (i32.or (local.get $value) (i32.shl
 *       (i32.and (local.tee $byte (call $byte (local.get $stream))) (i32.const 127)) (local.get $shift))))
 *     (local.set $shift (i32.add (local.get $shift) (i32.const 7)))
 *     (br_if $more (i32.gt_u (local.get $byte) (i32.const 127))))
 *   (local.get $value))
 * (func (export "a") (param $out i32) (result i32)
 *   (local $functions i32) (local $stop i32) (local $left i32) (local $opcode i32) (local $kinds i32) (local $kind i32)
 *   (global.set $end (local.get $out))
 *   (call $copy (i32.const 8) (i32.sub (i32.load offset=640 (i32.const 36)) (i32.load offset=640 (i32.const 32))))
 *   (local.set $functions (call $number (i32.const 7)))
 *   (loop $function
 *     (local.set $stop (i32.add (call $number (i32.const 7)) (global.get $end)))
 *     (local.set $left (i32.shl (call $number (i32.const 7)) (i32.const 1)))
 *     (loop $locals
 *       (if (local.get $left) (then
 *         (drop (call $number (i32.const 7)))
 *         (local.set $left (i32.sub (local.get $left) (i32.const 1)))
 *         (br $locals))))
 *     (loop $instruction
 *       (if (i32.gt_u (local.tee $opcode (call $byte (i32.const 0))) (i32.const 251)) (then
 *         (local.set $opcode (i32.add (call $number (i32.const 0))
 *           (select (i32.const 272) (i32.const 256) (i32.eq (local.get $opcode) (i32.const 253)))))))
 *       (local.set $kinds (i32.load8_u (local.get $opcode)))
 *       (loop $operands
 *         (if (local.tee $kind (i32.and (local.get $kinds) (i32.const 15))) (then
 *           (if (i32.eq (local.get $kind) (i32.const 5)) (then (call $copy (i32.const 5) (i32.const 16)))
 *           (else (if (i32.eq (local.get $kind) (i32.const 9)) (then (call $copy (i32.const 5) (i32.const 8)))
 *           (else (drop (call $number (i32.and (local.get $kind) (i32.const 7))))))))
 *           (local.set $kinds (i32.shr_u (local.get $kinds) (i32.const 4)))
 *           (br $operands))))
 *       (br_if $instruction (i32.lt_u (global.get $end) (local.get $stop))))
 *     (br_if $function (local.tee $functions (i32.sub (local.get $functions) (i32.const 1)))))
 *   (call $copy (i32.const 9) (i32.sub (local.get $out) (i32.load offset=640 (i32.const 36))))
 *   (global.get $end))
 */
const ASSEMBLER =
  'AGFzbQEAAAABCwJgAn9/AGABfwF/AwUEAAEBAQUDAQAEBgYBfwFBAAsHCQIBbQIAAWEAAwreAgQtACAAQQJ0IQAjACAAKAKABSAB/AoAACAAIAAoAoAFIAFqNgKABSMAIAFqJAALMQECfyAAQQJ0IQAjACAAKAKABSIBLQAAIgI6AAAgACABQQFqNgKABSMAQQFqJAAgAgsqAQN/A0AgAyAAEAEiAUH/AHEgAnRyIQMgAkEHaiECIAFB/wBLDQALIAML0AEBBn8gACQAQQhBJCgCgAVBICgCgAVrEABBBxACIQEDQEEHEAIjAGohAkEHEAJBAXQhAwNAIAMEQEEHEAIaIANBAWshAwwBCwsDQEEAEAEiBEH7AUsEQEEAEAJBkAJBgAIgBEH9AUYbaiEECyAELQAAIQUDQCAFQQ9xIgYEQCAGQQVGBEBBBUEQEAAFIAZBCUYEQEEFQQgQAAUgBkEHcRACGgsLIAVBBHYhBQwBCwsjACACSQ0ACyABQQFrIgENAAtBCSAAQSQoAoAFaxAAIwALC24IAEEMCwIGBgBBEAsBCABBIAsFAQEBCAgAQSgLFygoKCgoKCgoKCgoKCgoKCgoKCgoKCgoAEHBAAsEAwQACQBBkAILDigoKCgoKCgoKCgoKAUFAEGlAgsOCAgICAgICAgICAgICAgAQewCCwIoKA==';

interface Assembler {
  readonly m: { readonly buffer: ArrayBuffer };
  /** Puts the binary to `out`, where the streams end. @returns where it ends */
  readonly a: (out: number) => number;
}

/**
 * The binary of which these are the streams, by a WebAssembly of its own, as text is decoded (binary_text.ts).
 * @throws WebAssembly.CompileError where the host forbids to compile
 */
export function assembled(streams: Uint8Array): Uint8Array {
  const { m, a } = assembler();
  const memory = new Uint8Array(m.buffer);
  memory.set(streams, ADDRESSES);
  const out = ADDRESSES + streams.length;
  return memory.slice(out, a(out));
}

/** Operands by opcode, for who takes binaries apart. */
export function operandsOfOpcodes(): Uint8Array {
  return new Uint8Array(assembler().m.buffer, 0, ADDRESSES);
}

function assembler(): Assembler {
  const module = new WebAssembly.Module(fromBase64(ASSEMBLER));
  return new WebAssembly.Instance(module).exports as unknown as Assembler;
}
