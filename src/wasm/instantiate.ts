// Makes the shared memory, instantiates binaries over it, and says what a host lacks where it does not. The binaries export
// numbers and pointers alone, so that nothing stands between (docs/dependencies.md says where @assemblyscript/loader serves).

import { TlsError } from '../base/errors.ts';
import { APART } from '../base/variant.ts';
import { assembled } from './binary_streams.ts';
import { fromBase64, fromText } from './binary_text.ts';

/** A binary as a host can give it: a compiled module (workerd's static import), its bytes, or those as text (binary_text.ts, binary_streams.ts). */
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
    throw new TlsError(
      'ERR_UNSUPPORTED_ALGORITHM',
      'this host has no WebAssembly: its JIT compiler is off (--jitless, a lockdown mode)',
    );
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
  let source: CompiledModule | Uint8Array | undefined;
  try {
    source = typeof binary === 'string' ? bytesOf(binary) : binary;
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

function bytesOf(text: string): Uint8Array {
  const bytes = fromText(text);
  return APART ? assembled(bytes) : bytes;
}

/** (func (result v128) (i8x16.popcnt (i8x16.splat (i32.const 0)))): valid where there is SIMD. */
const SIMD_PROBE = 'AGFzbQEAAAABBQFgAAF7AwIBAAoKAQgAQQD9D/1iCw==';

/** Hosts that forbid to compile still validate. @param source undefined if not even the text could be decoded */
function reasonOf(source: CompiledModule | Uint8Array | undefined): string {
  if (!WebAssembly.validate(fromBase64(SIMD_PROBE))) return "this host's WebAssembly has no SIMD";
  if (source instanceof WebAssembly.Module) return 'the compiled module is none of castls, or of another version';
  if (source && !WebAssembly.validate(source as BufferSource)) return 'the binary is damaged';
  return (
    'this host forbids to compile WebAssembly from bytes: the Content-Security-Policy of a page needs ' +
    "script-src 'wasm-unsafe-eval'; Cloudflare's workerd takes compiled modules only"
  );
}
