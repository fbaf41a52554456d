// The only file that imports @assemblyscript/loader: makes the shared memory, instantiates binaries over it, and says what
// a host lacks where it does not.

import { instantiateSync } from '@assemblyscript/loader';
import { TlsError } from '../base/errors.ts';
import { fromText } from './binary_text.ts';

/** A binary as a host can give it: a compiled module (workerd's static import), its bytes, or those as text (binary_text.ts). */
export type WasmBinary = CompiledModule | Uint8Array | string;

/** A WebAssembly.Module, for programs whose types do not know that name. */
export type CompiledModule = object;

/** A WebAssembly.Memory, likewise. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Sizes in pages of 64 KiB. @throws ERR_UNSUPPORTED_ALGORITHM without WebAssembly, ERR_OUT_OF_MEMORY */
export function makeMemory(initial: number, maximum: number): WasmMemory {
  if (typeof WebAssembly !== 'object') {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'this host has no WebAssembly (or its JIT compiler is off)');
  }
  try {
    return new WebAssembly.Memory({ initial, maximum });
  } catch (cause) {
    throw new TlsError('ERR_OUT_OF_MEMORY', `the host gives no WebAssembly memory of ${initial} pages`, { cause });
  }
}

/**
 * Exports of `binary`, instantiated over `memory`.
 * @throws ERR_UNSUPPORTED_ALGORITHM without SIMD, or where the host forbids to compile; ERR_OUT_OF_MEMORY
 */
export function instantiate<T>(binary: WasmBinary, memory: WasmMemory): T {
  const source = typeof binary === 'string' ? fromText(binary) : binary;
  try {
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource);
    return instantiateSync(module, { env: { memory: memory as WebAssembly.Memory } }).exports as unknown as T;
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new TlsError('ERR_OUT_OF_MEMORY', 'the host has no memory left to compile WebAssembly', { cause });
    }
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', reasonOf(source), { cause });
  }
}

/** (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0)))): valid where there is SIMD. */
const simdProbe = () =>
  Uint8Array.of(
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    96,
    0,
    1,
    123,
    3,
    2,
    1,
    0,
    10,
    10,
    1,
    8,
    0,
    65,
    0,
    253,
    15,
    253,
    98,
    11,
  );

/** Hosts that forbid to compile still validate. */
function reasonOf(source: CompiledModule | Uint8Array): string {
  if (!WebAssembly.validate(simdProbe())) return "this host's WebAssembly has no SIMD";
  if (source instanceof WebAssembly.Module) return 'the compiled module is none of castls, or of another version';
  if (!WebAssembly.validate(source as BufferSource)) return 'the binary is damaged';
  return (
    'this host forbids to compile WebAssembly from bytes: the Content-Security-Policy of a page needs ' +
    "script-src 'wasm-unsafe-eval'; Cloudflare's workerd takes compiled modules only"
  );
}
