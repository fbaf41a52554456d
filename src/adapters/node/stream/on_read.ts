// The option `onread` of net.Socket: data goes to buffers of the program's, and not through the stream.

export interface OnReadOptions {
  /** One for all, or one that is asked for each time. */
  readonly buffer: Uint8Array | (() => Uint8Array);
  /** @returns false to get no more before `resume()` */
  readonly callback: (bytes: number, buffer: Uint8Array) => unknown;
}

/** What is no such object is passed over, as in node:net. */
export function onReadOf({ onread }: { readonly onread?: unknown }): OnReadOptions | undefined {
  const { buffer, callback } = (typeof onread === 'object' && onread !== null ? onread : {}) as Partial<OnReadOptions>;
  const isBuffer = buffer instanceof Uint8Array || typeof buffer === 'function';
  return isBuffer && typeof callback === 'function' ? { buffer, callback } : undefined;
}

export class OnRead {
  readonly #options: OnReadOptions;
  readonly #socket: object;
  /** As node: asked for before there is data. */
  #target: Uint8Array;
  #held: Uint8Array[] = [];
  #paused = false;
  /** The callback is at work: what resumes it from there goes on when it has returned, and not inside it. */
  #calling = false;

  constructor(options: OnReadOptions, socket: object) {
    this.#options = options;
    this.#socket = socket;
    this.#target = this.#next();
  }

  #next(): Uint8Array {
    const { buffer } = this.#options;
    return typeof buffer === 'function' ? buffer() : buffer;
  }

  /** More than the program took. */
  get waiting(): boolean {
    return this.#held.length > 0;
  }

  pause(): void {
    this.#paused = true;
  }

  /** @returns whether more may come */
  take(data: Uint8Array): boolean {
    this.#held.push(data);
    return this.#deliver();
  }

  /** @returns whether more may come */
  resume(): boolean {
    this.#paused = false;
    return this.#deliver();
  }

  #deliver(): boolean {
    const { callback } = this.#options;
    while (!this.#calling && !this.#paused && this.#held.length > 0) {
      const [data] = this.#held;
      const target = this.#target;
      const bytes = Math.min(target.length, data.length);
      target.set(data.subarray(0, bytes));
      if (bytes === data.length) this.#held.shift();
      else this.#held[0] = data.subarray(bytes);
      // As node: false stops it, whatever was resumed before.
      if (this.#call(() => callback.call(this.#socket, bytes, target)) === false) this.#paused = true;
      this.#target = this.#next();
      // Into no room nothing goes.
      if (bytes === 0) this.#paused = true;
    }
    return !this.#paused;
  }

  #call<T>(callback: () => T): T {
    this.#calling = true;
    try {
      return callback();
    } finally {
      this.#calling = false;
    }
  }
}
