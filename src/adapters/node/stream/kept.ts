// A stream under TLS is TLS's alone. node's TLS reads below the streams, so that nothing a program does to the socket it gave
// away has an effect; packages rely on it (basic-ftp takes all listeners away, others pause what they read before).

import type { Duplex } from 'node:stream';

// biome-ignore lint/suspicious/noExplicitAny: an EventEmitter's listeners take what its event brings
export type Listener = (this: any, ...args: any[]) => void;

type Overridden = Pick<Duplex, 'removeAllListeners' | 'pause' | 'destroy'>;

export interface Keeper {
  /** The listeners that stay. */
  readonly listeners: readonly (readonly [event: string, listener: Listener])[];
  /** Data should come. */
  readonly flowing: boolean;
  /** What `destroy` of the stream does. @param destroy what it did before */
  destroyStream(destroy: (error?: Error) => Duplex, error: Error | undefined): Duplex;
}

const keeperOf: unique symbol = Symbol('castls keeper');
/** The methods that were there before: of the stream's class, but where it had some of its own. */
const before: unique symbol = Symbol('castls methods before');

type Kept<K extends Keeper = Keeper> = Duplex & { [keeperOf]: K; [before]: Overridden };

/** Who keeps `stream`, which is kept. */
export const keeperOfStream = <K extends Keeper>(stream: Duplex): K => (stream as Kept<K>)[keeperOf];

/** Undoes keepFor. */
export function letGo(stream: Duplex): void {
  const kept = stream as Partial<Kept>;
  const was = kept[before];
  if (was === undefined) return;
  for (const name of [...overridden, 'setEncoding'] as const) delete kept[name];
  if (Object.getPrototypeOf(stream) !== was) Object.assign(stream, was);
  delete kept[before];
  delete kept[keeperOf];
}

/**
 * Makes removeAllListeners, pause, setEncoding and destroy of `stream`, called by others, leave `keeper` what it needs. The
 * functions are the same for all streams: a connection keeps no closure for any of them.
 */
export function keepFor(stream: Duplex, keeper: Keeper): void {
  const kept = stream as Kept;
  const methods = stream as { -readonly [K in keyof Overridden | 'setEncoding']: unknown };
  const own = overridden.some(name => Object.hasOwn(stream, name));
  const { removeAllListeners, pause, destroy } = stream;
  kept[before] = own ? { removeAllListeners, pause, destroy } : Object.getPrototypeOf(stream);
  kept[keeperOf] = keeper;
  methods.removeAllListeners = removeAllButKept;
  methods.setEncoding = setNoEncoding;
  // Whoever keeps the stream says so before it pauses it.
  methods.pause = pauseUnlessFlowing;
  methods.destroy = destroyForKeeper;
}

const overridden = ['removeAllListeners', 'pause', 'destroy'] as const;

function removeAllButKept(this: Kept, ...names: [event?: string | symbol]): Kept {
  this[before].removeAllListeners.apply(this, names);
  for (const [event, listener] of this[keeperOf].listeners) {
    if (!this.listeners(event).includes(listener)) this.on(event, listener);
  }
  return this;
}

function setNoEncoding(this: Kept): Kept {
  return this;
}

function pauseUnlessFlowing(this: Kept): Duplex {
  return this[keeperOf].flowing ? this : this[before].pause.call(this);
}

function destroyForKeeper(this: Kept, error?: Error): Duplex {
  return this[keeperOf].destroyStream(this[before].destroy, error);
}
