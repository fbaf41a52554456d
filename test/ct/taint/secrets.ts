// Which bytes of a subject's inputs are secret: those that differ from secret to secret when it is prepared. Public inputs
// are equal by the contract of subjects (../subject.ts); what is computed from a secret beforehand - a ciphertext, a public
// key - counts as secret, too, which errs on the safe side.

import { heapBase } from '../../../build/generated/abi.ts';
import { type Call, recording } from '../recording.ts';
import type { Subject, TraceContext } from '../subject.ts';
import { SCRATCH_BYTES, USED_BYTES } from './layout.ts';

export interface Secrets {
  /** 0xff for each byte that is secret, from address 0. */
  readonly shadow: Uint8Array;
  /** For each call of an export that the subject makes, in turn: which arguments are secret. */
  readonly parameters: readonly (readonly boolean[])[];
}

/** No end before this many secrets: the first are the edges, which may have bytes in common. */
const AT_LEAST = 14;
/** The end, after so many secrets that brought no new byte. */
const QUIET = 8;
/** Two secrets whose calls are compared. */
const [ONE, OTHER] = [9, 13];
const PAGE = 65536;

/** @param module the binary as it is shipped */
export function secretsOf(module: WebAssembly.Module, subject: Subject): Secrets {
  const runner = new PlainRunner(module);
  const first = runner.prepare(subject, 0).bytes.slice();
  const shadow = new Uint8Array(first.length);
  for (let index = 1, quiet = 0; index < subject.secrets && (index < AT_LEAST || quiet < QUIET); index++) {
    quiet = markDifferences(first, runner.prepare(subject, index).bytes, shadow) ? 0 : quiet + 1;
  }
  return { shadow, parameters: secretParameters(runner, subject) };
}

/** Marks what differs; whether any of it is new. */
function markDifferences(a: Uint8Array, b: Uint8Array, shadow: Uint8Array): boolean {
  let found = false;
  for (let page = 0; page < a.length; page += PAGE) {
    const end = Math.min(page + PAGE, a.length);
    if (Buffer.compare(a.subarray(page, end), b.subarray(page, end)) === 0) continue;
    for (let i = page; i < end; i++) {
      if (a[i] === b[i] || shadow[i] !== 0) continue;
      shadow[i] = 0xff;
      found = true;
    }
  }
  return found;
}

function secretParameters(runner: PlainRunner, subject: Subject): boolean[][] {
  const calls = runner.calls(subject, ONE);
  const others = runner.calls(subject, OTHER);
  return calls.map(({ args }, i) => args.map((value, k) => value !== others[i]?.args[k]));
}

/** Runs subjects on the binary as it is, in one memory that is wiped before each run. */
class PlainRunner {
  readonly #module: WebAssembly.Module;
  readonly #memory: WebAssembly.Memory;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
    const pages = Math.ceil(USED_BYTES / PAGE);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 256 });
  }

  prepare(subject: Subject, index: number): { bytes: Uint8Array; call: () => void } {
    const context = this.#instance();
    return { bytes: context.bytes, call: subject.prepare(context, index) };
  }

  calls(subject: Subject, index: number): Call[] {
    const calls: Call[] = [];
    const context = this.#instance();
    const call = subject.prepare({ ...context, abi: recording(context.abi, made => calls.push(made)) }, index);
    calls.length = 0;
    call();
    return calls;
  }

  #instance(): TraceContext {
    const bytes = new Uint8Array(this.#memory.buffer).subarray(0, USED_BYTES).fill(0);
    return instantiate(this.#module, this.#memory, bytes);
  }
}

/** A new instance over a wiped memory: the same statics, the same globals. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, bytes: Uint8Array): TraceContext {
  // biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
  const abi = new WebAssembly.Instance(module, { env: { memory } }).exports as any;
  abi.arenaInit?.(heapBase + SCRATCH_BYTES);
  return { abi, bytes, scratch: heapBase };
}
