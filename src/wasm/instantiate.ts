// The only file that imports @assemblyscript/loader: instantiates a binary over the shared memory.

import { instantiateSync } from '@assemblyscript/loader';
import { TlsError } from '../base/errors.ts';
import { fromText } from './binary_text.ts';

/** A binary as a host can give it: a compiled module (workerd's static import), its bytes, or those as text (binary_text.ts). */
export type WasmBinary = WebAssembly.Module | Uint8Array | string;

/** Exports of `binary`, instantiated over `memory`. @throws ERR_UNSUPPORTED_ALGORITHM if the host refuses to compile it */
export function instantiate<T>(binary: WasmBinary, memory: WebAssembly.Memory): T {
  try {
    const source = typeof binary === 'string' ? fromText(binary) : binary;
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource);
    return instantiateSync(module, { env: { memory } }).exports as unknown as T;
  } catch (cause) {
    throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'this host does not compile or instantiate WebAssembly with SIMD', {
      cause,
    });
  }
}
