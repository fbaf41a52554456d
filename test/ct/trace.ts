// Runs subjects on instrumented release binaries and compares the traces of their secrets.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instrument, traceExports } from './instrument.ts';
import type { Subject, TraceContext } from './subject.ts';

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');
const PAGE = 65536;
const SCRATCH_BYTES = 512 * 1024;

/** Everything a run showed. Equal values: same path, same addresses. */
interface Trace {
  readonly hash: bigint;
  readonly events: bigint;
  readonly first: bigint;
  readonly middle: bigint;
  readonly mixed: bigint;
  readonly segments: bigint;
}

const modules = new Map<string, WebAssembly.Module>();

/** The instrumented module of a family, or of a binary given directly under a name of its own. */
export function instrumentedModule(family: string, binary?: Uint8Array): WebAssembly.Module {
  let module = modules.get(family);
  if (module === undefined) {
    const source = binary ?? readFileSync(join(root, `build/wasm/${family}.wasm`));
    module = new WebAssembly.Module(instrument(new Uint8Array(source)) as BufferSource);
    modules.set(family, module);
  }
  return module;
}

/** Result of comparing a subject's traces: null if all are equal, else what differs. */
export async function compareTraces(subject: Subject, heapBase: number, binary?: Uint8Array): Promise<string | null> {
  const module = instrumentedModule(subject.family, binary);
  const reference = run(module, subject, 0, heapBase);
  if (reference.events === 0n) return 'the trace is empty: the subject ran nothing';
  for (let index = 1; index < subject.secrets; index++) {
    const trace = run(module, subject, index, heapBase);
    const differs = subject.publicRejection ? segmentsDiffer(reference, trace) : traceDiffers(reference, trace);
    if (differs !== null) {
      return `secret ${index} differs from secret 0: ${differs}; ${locate(module, subject, index, heapBase)}`;
    }
  }
  return null;
}

function traceDiffers(a: Trace, b: Trace): string | null {
  if (a.events !== b.events) return `${b.events} events against ${a.events}`;
  return a.hash === b.hash ? null : 'same number of events, other branches or addresses';
}

/** Where rejection is public, the segments between markers must be equal; their number may differ. */
function segmentsDiffer(a: Trace, b: Trace): string | null {
  if (a.segments === 0n || b.segments === 0n) return 'no marker was seen';
  if (a.mixed !== 0n || b.mixed !== 0n) return 'two iterations of one run differ';
  if (a.first !== b.first) return 'the segments before the first marker differ';
  if (a.segments > 1n && b.segments > 1n && a.middle !== b.middle) return 'iterations of two runs differ';
  return a.hash === b.hash ? null : 'the segments after the last marker differ';
}

interface Instance {
  // biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
  readonly abi: any;
  readonly context: TraceContext;
}

/** One memory a module, wiped for each run: that takes a quarter of the time that making another one takes. */
const memories = new WeakMap<WebAssembly.Module, WebAssembly.Memory>();

function emptyMemory(module: WebAssembly.Module, pages: number): WebAssembly.Memory {
  const used = memories.get(module);
  if (used?.buffer.byteLength === pages * PAGE) {
    new Uint8Array(used.buffer).fill(0);
    return used;
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + 256 });
  memories.set(module, memory);
  return memory;
}

/** A new instance over zeros: the same statics, the same globals. */
function instantiate(module: WebAssembly.Module, heapBase: number): Instance {
  const memory = emptyMemory(module, Math.ceil((heapBase + SCRATCH_BYTES) / PAGE) + 2);
  // biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
  const abi = new WebAssembly.Instance(module, { env: { memory } }).exports as any;
  abi.arenaInit?.(heapBase + SCRATCH_BYTES);
  return { abi, context: { abi, bytes: new Uint8Array(memory.buffer), scratch: heapBase } };
}

function run(module: WebAssembly.Module, subject: Subject, index: number, heapBase: number, stopAt = -1n): Trace {
  const { abi, context } = instantiate(module, heapBase);
  const call = subject.prepare(context, index);
  const marker = abi.rejectionMarker?.() ?? -1;
  reset(abi, BigInt(marker), stopAt);
  call();
  return read(abi);
}

// biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
function reset(abi: any, marker: bigint, stopAt: bigint): void {
  for (const name of Object.values(traceExports)) abi[name].value = 0n;
  abi[traceExports.marker].value = marker;
  abi[traceExports.stopAt].value = stopAt;
}

// biome-ignore lint/suspicious/noExplicitAny: each family has its own ABI
function read(abi: any): Trace {
  const value = (name: keyof typeof traceExports): bigint => abi[traceExports[name]].value;
  return {
    hash: value('hash'),
    events: value('events'),
    first: value('first'),
    middle: value('middle'),
    mixed: value('mixed'),
    segments: value('segments'),
  };
}

/** Finds the first event that differs by bisection, and where in the module it is. */
function locate(module: WebAssembly.Module, subject: Subject, index: number, heapBase: number): string {
  if (subject.publicRejection) return 'not located';
  const at = (i: number, stop: bigint): { hash: bigint; where: string } => {
    const { abi, context } = instantiate(module, heapBase);
    const call = subject.prepare(context, i);
    reset(abi, -1n, stop);
    let where = 'after the end';
    try {
      call();
    } catch (error) {
      const frames = String((error as Error).stack).match(/wasm-function\[\d+\]:0x[0-9a-f]+/g) ?? [];
      where = frames.slice(1, 5).join(' < ');
    }
    return { hash: abi[traceExports.hash].value, where };
  };
  let low = 0n;
  let high = run(module, subject, 0, heapBase).events + 1n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (at(0, middle).hash === at(index, middle).hash) low = middle;
    else high = middle;
  }
  return `first at event ${high}: ${at(0, high).where}`;
}
