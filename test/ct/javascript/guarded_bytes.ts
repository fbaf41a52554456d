// The JavaScript half of the taint tracer: a Uint8Array for the whole process whose instances are proxies that note, byte for
// byte, where an element is read. What `importSecret` takes and `dangerousReveal` gives is secret from then on, and so is what
// it was copied to; a read of it at a place that is not on the list throws - at the read, or at `importSecret` for reads before it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Secret } from '../../../src/crypto/secret.ts';
import { WasmCore } from '../../../src/wasm/core.ts';

/** Where something reads: "src/file.ts function". */
type Place = string;

/** What is known of the bytes of one buffer. */
interface Notes {
  /** 1 for secret bytes. */
  readonly secret: Uint8Array;
  /** Which bytes each place read. */
  readonly reads: Map<Place, Uint8Array>;
}

const Plain = Uint8Array;
const TypedArray = Object.getPrototypeOf(Plain.prototype) as object;
const notes = new WeakMap<ArrayBufferLike, Notes>();
const plainOf = new WeakMap<object, Uint8Array>();

let listed: ReadonlyMap<Place, string> = new Map();
let allowed = (place: Place): boolean => listed.has(place);
/** Places of the list that read a secret. */
export const used = new Set<Place>();

function notesOf(buffer: ArrayBufferLike): Notes {
  let found = notes.get(buffer);
  if (found === undefined) {
    found = { secret: new Plain(buffer.byteLength), reads: new Map() };
    notes.set(buffer, found);
  }
  return found;
}

const plain = <T>(value: T): T => (plainOf.get(value as object) as T | undefined) ?? value;

/** The array behind a guard, for hosts that take no proxies. */
export const unguarded = plain;

/** A proxy of the array that notes reads. */
function guard(array: Uint8Array): Uint8Array {
  const proxy = new Proxy(array, handler);
  plainOf.set(proxy, array);
  return proxy;
}

/** Methods that copy or cut: what comes out is noted in its turn, nothing is read by it. */
const cutting = new Set(['slice', 'subarray']);
/** Methods of the memory that show nothing of it. */
const moving = new Set<string | symbol>(['slice', 'subarray', 'set', 'fill', 'copyWithin']);
/** Methods that only write, or work in place. */
const writing = new Set(['fill', 'copyWithin', 'reverse', 'sort']);

const handler: ProxyHandler<Uint8Array> = {
  get(array, name) {
    if (typeof name === 'string' && /^\d+$/.test(name)) {
      const index = Number(name);
      if (index < array.length) noteRead(array, index, index + 1);
      return array[index];
    }
    const value = Reflect.get(array, name, array);
    if (typeof value !== 'function') {
      // `buffer` is asked for by checks of identity; what is read by way of it is not seen, so it counts.
      if (name === 'buffer' && array.length > 0) noteRead(array, 0, array.length);
      return value;
    }
    if (name === 'constructor') return value;
    return (...given: unknown[]) => call(array, String(name), value, given.map(plain));
  },
  set(array, name, value) {
    if (typeof name === 'string' && /^\d+$/.test(name))
      notesOf(array.buffer).secret[array.byteOffset + Number(name)] = 0;
    return Reflect.set(array, name, value, array);
  },
};

function call(array: Uint8Array, name: string, method: (...given: unknown[]) => unknown, given: unknown[]): unknown {
  if (name === 'set' && given[0] instanceof Plain) {
    transfer(given[0], array, Number(given[1] ?? 0));
    return method.apply(array, given);
  }
  if (cutting.has(name)) {
    const out = method.apply(array, given) as Uint8Array;
    if (name === 'slice' && out.length > 0) {
      const [from = 0, to = array.length] = given as [number?, number?];
      const start = from < 0 ? array.length + from : from;
      transfer(array.subarray(start, to), out, 0);
    }
    return guard(out);
  }
  if (!writing.has(name) && array.length > 0) noteRead(array, 0, array.length);
  if (name === 'fill' && given[0] === 0) forget(array, given[1] as number | undefined, given[2] as number | undefined);
  const out = method.apply(array, given);
  return out === array ? guard(array) : out instanceof Plain ? guard(out) : out;
}

/** Notes go along with copied bytes. */
function transfer(from: Uint8Array, to: Uint8Array, at: number): void {
  const source = notesOf(from.buffer);
  if (isMemory(to.buffer)) return;
  const target = notesOf(to.buffer);
  const start = to.byteOffset + at;
  target.secret.set(source.secret.subarray(from.byteOffset, from.byteOffset + from.length), start);
  for (const [place, bytes] of source.reads) {
    const part = bytes.subarray(from.byteOffset, from.byteOffset + from.length);
    if (part.includes(1)) flagsOf(target, place).set(part, start);
  }
}

function forget(array: Uint8Array, from = 0, to = array.length): void {
  const { secret, reads } = notesOf(array.buffer);
  for (const flags of [secret, ...reads.values()]) flags.fill(0, array.byteOffset + from, array.byteOffset + to);
}

function flagsOf({ secret, reads }: Notes, place: Place): Uint8Array {
  let flags = reads.get(place);
  if (flags === undefined) reads.set(place, (flags = new Plain(secret.length)));
  return flags;
}

function noteRead(array: Uint8Array, from: number, to: number): void {
  const place = placeOfCaller();
  if (place === null) return;
  const known = notesOf(array.buffer);
  const [start, end] = [array.byteOffset + from, array.byteOffset + to];
  flagsOf(known, place).fill(1, start, end);
  if (known.secret.subarray(start, end).includes(1)) judge(place);
}

function judge(place: Place): void {
  if (!allowed(place)) throw new Error(`a secret is read at: ${place}`);
  used.add(place);
}

/** The bytes are secret from now on; reads before now count. */
function markSecret(array: Uint8Array): void {
  if (array.length === 0) return;
  const known = notesOf(array.buffer);
  const [start, end] = [array.byteOffset, array.byteOffset + array.length];
  for (const [place, flags] of known.reads) if (flags.subarray(start, end).includes(1)) judge(place);
  known.secret.fill(1, start, end);
}

const memories = new WeakSet<ArrayBufferLike>();
const isMemory = (buffer: ArrayBufferLike): boolean => memories.has(buffer);

/** Makes the process one in which secrets are guarded. @param places that may read them, each with its reason */
export function guardSecrets(places: ReadonlyMap<Place, string>, isAllowed = allowed): void {
  listed = places;
  allowed = isAllowed;
  function construct(...given: unknown[]): Uint8Array {
    const [first] = given.map(plain);
    const made = new (Plain as unknown as new (...given: unknown[]) => Uint8Array)(...given.map(plain));
    if (first instanceof Plain) transfer(first, made, 0);
    return guard(made);
  }
  const Guarded = construct as unknown as typeof Uint8Array;
  Object.defineProperty(Guarded, 'prototype', { value: Plain.prototype });
  Object.assign(Guarded, {
    of: (...given: number[]) => guard(Plain.of(...given)),
    from: (...given: Parameters<typeof Uint8Array.from>) => guard(Plain.from(plain(given[0]), given[1])),
    BYTES_PER_ELEMENT: 1,
  });
  Object.defineProperty(Guarded, Symbol.hasInstance, { value: (value: unknown) => plain(value) instanceof Plain });
  // `set` and its like of arrays that are not guarded - Buffers - take guarded ones.
  const set = Reflect.get(TypedArray, 'set') as (...given: unknown[]) => void;
  Reflect.defineProperty(TypedArray, 'set', {
    value(this: Uint8Array, source: unknown, at = 0) {
      const from = plain(source);
      if (from instanceof Plain && from !== source && !isMemory(this.buffer)) transfer(from, this, Number(at));
      return set.call(this, from, at);
    },
    configurable: true,
    writable: true,
  });

  const { bytes } = Object.getOwnPropertyDescriptors(WasmCore.prototype) as { bytes: { get(): Uint8Array } };
  const { importSecret, dangerousReveal } = WasmCore.prototype;
  Object.defineProperty(WasmCore.prototype, 'bytes', {
    get(this: WasmCore) {
      const memory = plain(bytes.get.call(this));
      memories.add(memory.buffer);
      return memoryView(memory);
    },
  });
  WasmCore.prototype.importSecret = function (this: WasmCore, given: Uint8Array) {
    markSecret(plain(given));
    return importSecret.call(this, plain(given));
  };
  WasmCore.prototype.dangerousReveal = function (this: WasmCore, secret: Secret) {
    const revealed = plain(dangerousReveal.call(this, secret));
    markSecret(revealed);
    return guard(revealed);
  };
  const { decode } = TextDecoder.prototype;
  TextDecoder.prototype.decode = function (this: TextDecoder, given, options) {
    const array = plain(given);
    if (array instanceof Plain && array !== given && array.length > 0) noteRead(array, 0, array.length);
    return decode.call(this, array, options);
  };
  // Writes alone: what is in the array afterwards comes from a text, which is not followed.
  const { encodeInto } = TextEncoder.prototype;
  TextEncoder.prototype.encodeInto = function (this: TextEncoder, text, into) {
    return encodeInto.call(this, text, plain(into));
  };
  globalThis.Uint8Array = Guarded;
}

/** The memory itself, in which all is secret: who reads its elements is judged, what is cut out of it is guarded. */
function memoryView(memory: Uint8Array): Uint8Array {
  const view = new Proxy(memory, {
    get(array, name) {
      const value = Reflect.get(array, name, array);
      const method = typeof value === 'function';
      if (method ? !moving.has(name) : /^\d+$/.test(String(name))) {
        const place = placeOfCaller();
        if (place !== null) judge(`memory: ${place}`);
      }
      if (!method) return value;
      return (...given: unknown[]) => {
        const out = value.apply(array, given.map(plain));
        return name === 'slice' ? guard(out) : name === 'subarray' ? memoryView(out) : out;
      };
    },
    set: (array, name, value) => Reflect.set(array, name, value, array),
  });
  plainOf.set(view, memory);
  return view;
}

const maps = new Map<string, readonly string[]>();
const OWN = /guarded_bytes/;

/** The function of src/ that reads; null for the test itself, whose reads are free. */
function placeOfCaller(): Place | null {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 12;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  for (const site of sites) {
    const file = site.getFileName();
    if (file === null || file === undefined || !file.startsWith('file:')) continue;
    const module = moduleAt(file, site.getLineNumber() ?? 0);
    if (module === null || OWN.test(module)) continue;
    if (!module.startsWith('src/')) return module.startsWith('node_modules/') ? module : null;
    return `${module} ${nameOf(site, module, sites)}`;
  }
  return null;
}

/** The function's own name, or that of the function around one that has none; esbuild numbers names that stand in two modules. */
function nameOf(site: NodeJS.CallSite, module: string, sites: readonly NodeJS.CallSite[]): string {
  const named = sites.slice(sites.indexOf(site)).find(around => around.getFunctionName() !== null) ?? site;
  const name = (named.getFunctionName() ?? '(module)').replace(/^.*\./, '');
  const text = sourceOf(module);
  return text.includes(`${name}(`) ? name : name.replace(/\d+$/, '');
}

const texts = new Map<string, string>();
function sourceOf(module: string): string {
  let text = texts.get(module);
  if (text === undefined) texts.set(module, (text = readFileSync(module, 'utf8')));
  return text;
}

/** esbuild writes the name of each module above its code. */
function moduleAt(url: string, line: number): string | null {
  let modules = maps.get(url);
  if (modules === undefined) {
    let current = '';
    modules = readFileSync(fileURLToPath(url), 'utf8')
      .split('\n')
      .map(text => (current = /^ *\/\/ ((?:src|test|bench|node_modules|build)\/\S+)$/.exec(text)?.[1] ?? current));
    maps.set(url, modules);
  }
  return modules[line - 1] || null;
}
