// What castls runs of the core and of ffdhPower: the parameters of the suites and groups that the provider registers, as
// the binaries get them. Taken from the calls, so that a suite that is added here is a suite that must be traced.

import type { CoreExports, RsaPrivateExports } from '../../build/generated/abi.ts';
import type { KeyExchange } from '../../src/crypto/key_exchange.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { WasmCore } from '../../src/wasm/core.ts';
import { fullProvider } from '../../src/wasm/default_provider.ts';
import { recordFormat } from '../../src/wasm/record_protection.ts';
import { hostRandom } from '../support/core.ts';
import { type Call, recording } from './recording.ts';

/** How records are protected: the arguments of recordInit and recordSetKeys that are no secret. */
export interface RecordKind {
  /** Suites that use it, without their key exchange: "1.2 AES_128_CBC_SHA256, encrypt-then-MAC". */
  readonly name: string;
  readonly cipher: number;
  readonly format: number;
  readonly keyLength: number;
  readonly ivLength: number;
  readonly tagLength: number;
  readonly macHash: number;
  readonly macLength: number;
}

/** A finite-field group: bytes of its prime and of the exponents that castls draws for it. */
export interface FieldKind {
  readonly name: string;
  readonly prime: Uint8Array;
  readonly exponentLength: number;
}

/** What tells kinds of records apart for the code that protects them; recordInit has the same order of arguments. */
export function recordVariant(kind: Omit<RecordKind, 'name' | 'ivLength'>): string {
  const mac = kind.macLength > 0 ? `, MAC ${kind.macHash} of ${kind.macLength}` : '';
  const { cipher, format, keyLength, tagLength } = kind;
  return `cipher ${cipher}, format ${format}, key of ${keyLength}, tag of ${tagLength}${mac}`;
}

/** The same from the arguments of recordInit. */
export function variantOfInit(args: readonly number[]): string {
  const [, cipher, format, keyLength, tagLength, macHash, macLength] = args;
  return recordVariant({ cipher, format, keyLength, tagLength, macHash, macLength });
}

export function isMacThenEncrypt(kind: RecordKind): boolean {
  return kind.format === recordFormat.tls12Cbc;
}

/** A core of its own and the calls that went to its exports and to those of its families. */
function observedCore(): { core: WasmCore; calls: Call[] } {
  const calls: Call[] = [];
  const core = new WasmCore(hostRandom);
  const family = core.family.bind(core);
  Object.defineProperty(core, 'abi', { value: recording<CoreExports>(core.abi, call => calls.push(call)) });
  Object.defineProperty(core, 'family', {
    value: (wanted: Parameters<typeof family>[0]) =>
      recording(family<RsaPrivateExports>(wanted), call => calls.push(call)),
  });
  return { core, calls };
}

/** Every kind of record of every suite that castls registers, once each. */
export function registeredRecordKinds(): RecordKind[] {
  const { core, calls } = observedCore();
  const kinds = new Map<string, RecordKind>();
  const note = (name: string, keyMaterial: Secret, protect: (secret: Secret) => { dispose(): void }): void => {
    calls.length = 0;
    protect(keyMaterial).dispose();
    keyMaterial.dispose();
    const of = (wanted: string): readonly number[] => calls.find(call => call.name === wanted)!.args;
    const [, cipher, format, keyLength, tagLength, macHash, macLength] = of('recordInit');
    const ivLength = of('recordSetKeys')[3];
    const kind = { name, cipher, format, keyLength, ivLength, tagLength, macHash, macLength };
    const variant = recordVariant(kind);
    if (!kinds.has(variant)) kinds.set(variant, kind);
  };
  const provider = fullProvider(core);
  for (const suite of provider.cipherSuites13) {
    const name = `1.3 ${suite.name.replace('TLS_', '')}`;
    note(name, core.createSecret(suite.keyDerivation.hash.outputLength), secret => suite.protect(secret));
  }
  for (const suite of provider.cipherSuites12) {
    const name = `1.2 ${suite.name.replace(/^.*_WITH_/, '')}`;
    const keyBlock = (): Secret => core.createSecret(suite.keyBlockLength);
    note(name, keyBlock(), secret => suite.protect(secret, 'client', false));
    if (suite.mode === 'cbc') {
      note(`${name}, encrypt-then-MAC`, keyBlock(), secret => suite.protect(secret, 'client', true));
    }
  }
  return [...kinds.values()];
}

/** Every finite-field group of the provider, with the exponents that it draws. */
export function registeredFieldKinds(): FieldKind[] {
  const { core, calls } = observedCore();
  const kinds: FieldKind[] = [];
  for (const group of fullProvider(core).groups) {
    if (group.finiteField === undefined) continue;
    calls.length = 0;
    (group.generate(hostRandom) as KeyExchange).dispose(); // synchronous in this provider
    const exponentLength = calls.find(call => call.name === 'ffdhPower')!.args[5];
    kinds.push({ name: group.name, prime: group.finiteField.prime, exponentLength });
  }
  return kinds;
}
