// Makes the shared memory, instantiates binaries over it, and says what a host lacks where it does not. The binaries export
// numbers and pointers alone, so that nothing stands between (docs/dependencies.md says where @assemblyscript/loader serves).

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
    const imports = { env: { memory: memory as WebAssembly.Memory } };
    return new WebAssembly.Instance(module as WebAssembly.Module, imports).exports as unknown as T;
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new TlsError('ERR_OUT_OF_MEMORY', 'the host has no memory left to compile WebAssembly', { cause });
    }
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', reasonOf(source), { cause });
  }
}

/** (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0)))): valid where there is SIMD. */
const SIMD_PROBE =
  '\x00asm\x01\x00\x00\x00\x01\x05\x01`\x00\x01{\x03\x02\x01\x00\x0a\x0a\x01\x08\x00A\x00\xfd\x0f\xfdb\x0b';

/** Hosts that forbid to compile still validate. */
function reasonOf(source: CompiledModule | Uint8Array): string {
  if (!WebAssembly.validate(Uint8Array.from(SIMD_PROBE, each => each.charCodeAt(0))))
    return "this host's WebAssembly has no SIMD";
  if (source instanceof WebAssembly.Module) return 'the compiled module is none of castls, or of another version';
  if (!WebAssembly.validate(source as BufferSource)) return 'the binary is damaged';
  return (
    'this host forbids to compile WebAssembly from bytes: the Content-Security-Policy of a page needs ' +
    "script-src 'wasm-unsafe-eval'; Cloudflare's workerd takes compiled modules only"
  );
}
