// What a host does not have is named for what it is; and an operation whose binary the host refuses to compile leaves no
// slot, and works once it does.

import { createContext, runInContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bytes as coreText } from '../../build/generated/core_wasm.ts';
import { TlsError } from '../../src/base/errors.ts';
import { fromText } from '../../src/wasm/binary_text.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { hostRandom as realHostRandom } from '../../src/wasm/default_core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { webCryptoProvider } from '../../src/webcrypto/provider.ts';
import { webCryptoSigner } from '../../src/webcrypto/signer.ts';
import { hostRandom } from '../support/core.ts';
import { makeRun, operations, saltedOperations } from '../support/core_operations.ts';

const globals = globalThis as unknown as Record<string, unknown>;

/** Runs with a global in another's place; without one for undefined. */
function withGlobal<T>(name: string, value: unknown, run: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, name)!;
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  if (value === undefined) delete globals[name];
  try {
    return run();
  } finally {
    Object.defineProperty(globalThis, name, before);
  }
}

function refusal(run: () => unknown): TlsError {
  try {
    run();
  } catch (error) {
    assert.instance(error, TlsError);
    return error as TlsError;
  }
  throw new Error('nothing was refused');
}

const RealWebAssembly = WebAssembly;
/** WebAssembly with other members. Classes are taken as they are. */
const webAssembly = (changed: object): object =>
  Object.assign(Object.create(RealWebAssembly), { Module: RealWebAssembly.Module, ...changed });

test('no WebAssembly at all (ERR_UNSUPPORTED_ALGORITHM)', () => {
  const error = withGlobal('WebAssembly', undefined, () => refusal(() => new WasmCore(hostRandom)));
  assert.is(error.code, 'ERR_UNSUPPORTED_ALGORITHM');
  assert.match(error.message, /no WebAssembly/);
});

test('no SIMD (ERR_UNSUPPORTED_ALGORITHM)', () => {
  const without = webAssembly({
    validate: () => false,
    Module: class {
      constructor() {
        throw new RealWebAssembly.CompileError('invalid opcode 0xfd');
      }
    },
  });
  const error = withGlobal('WebAssembly', without, () => refusal(() => new WasmCore(hostRandom)));
  assert.is(error.code, 'ERR_UNSUPPORTED_ALGORITHM');
  assert.match(error.message, /no SIMD/);
  assert.not.match(error.message, /Content-Security-Policy/);
});

test('a host that forbids to compile, as a CSP does, is told from one without SIMD (ERR_UNSUPPORTED_ALGORITHM)', () => {
  const context = createContext({}, { codeGeneration: { wasm: false, strings: true } });
  const forbidding = runInContext('WebAssembly', context) as typeof WebAssembly;
  assert.ok(forbidding.validate(fromText(coreText) as BufferSource));
  const error = withGlobal('WebAssembly', forbidding, () => refusal(() => new WasmCore(hostRandom)));
  assert.is(error.code, 'ERR_UNSUPPORTED_ALGORITHM');
  assert.match(error.message, /forbids.*Content-Security-Policy.*wasm-unsafe-eval.*workerd/);
  assert.not.match(error.message, /SIMD/);
  assert.ok(error.cause !== undefined);
});

test('a damaged binary, another module, no memory', () => {
  const damaged = fromText(coreText).slice(0, 5000);
  assert.match(refusal(() => new WasmCore(hostRandom, { binary: damaged })).message, /damaged/);
  const other = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  assert.instance(
    refusal(() => new WasmCore(hostRandom, { binary: other })),
    TlsError,
  );
  const full = webAssembly({
    Memory: class {
      constructor() {
        throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      }
    },
  });
  const error = withGlobal('WebAssembly', full, () => refusal(() => new WasmCore(hostRandom)));
  assert.is(error.code, 'ERR_OUT_OF_MEMORY');
});

test('no crypto, or no crypto.subtle (ERR_UNSUPPORTED_ALGORITHM)', () => {
  const provider = fullProvider(new WasmCore(realHostRandom));
  for (const crypto of [undefined, {}]) {
    const errors = withGlobal('crypto', crypto, () => [
      refusal(() => provider.groups.find(group => group.name === 'x25519')!.generate(provider.random)),
      refusal(() => webCryptoProvider(provider)),
      refusal(() => webCryptoSigner({} as CryptoKey)),
    ]);
    for (const error of errors) assert.is(error.code, 'ERR_UNSUPPORTED_ALGORITHM');
    assert.match(errors[0].message, /getRandomValues/);
    assert.match(errors[1].message, /crypto\.subtle/);
  }
});

for (const [name, operation] of Object.entries({ ...operations, ...saltedOperations })) {
  test(`${name}: binaries that do not compile leave no slot, and work when they do`, async () => {
    const core = new WasmCore(hostRandom);
    const attempt = async (instances: number): Promise<unknown> => {
      let left = instances;
      const made = makeRun(core, 1, hostRandom);
      const before = RealWebAssembly.Module;
      // All of what is run is asynchronous at most in microtasks.
      class Module extends before {
        constructor(bytes: BufferSource) {
          if (left-- <= 0) throw new RealWebAssembly.CompileError('the test says so');
          super(bytes);
        }
      }
      RealWebAssembly.Module = Module as typeof WebAssembly.Module;
      try {
        await operation(made);
        return undefined;
      } catch (error) {
        return error;
      } finally {
        RealWebAssembly.Module = before;
        made.end();
      }
    };
    for (let instances = 0; ; instances++) {
      const error = await attempt(instances);
      assert.is(core.liveSlots, 0, `slots with ${instances} binaries`);
      if (error === undefined) break;
      assert.instance(error, TlsError, String(error));
      assert.is((error as TlsError).code, 'ERR_UNSUPPORTED_ALGORITHM');
      assert.ok(instances < 8);
    }
  });
}

test.run();
