// One thing at a time: hooks of the user's run inside the work of a connection, and may call it again. Such calls wait until
// that work is done.

import { TlsError } from '../base/errors.ts';

export class Exclusive {
  readonly #onFault: (error: TlsError) => void;
  /** Calls made from inside a hook, which run when the hook has returned. */
  readonly #deferred: (() => void)[] = [];
  #busy = false;

  /** @param onFault gets everything that work throws: what is no TlsError becomes ERR_INTERNAL */
  constructor(onFault: (error: TlsError) => void) {
    this.#onFault = onFault;
  }

  /** True while work is under way: the caller is a hook of its. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Does `work`, then what hooks deferred. */
  run(work: () => void): void {
    this.#busy = true;
    try {
      work();
    } catch (error) {
      this.#onFault(
        error instanceof TlsError ? error : new TlsError('ERR_INTERNAL', 'a fault of castls', { cause: error }),
      );
    } finally {
      this.#busy = false;
    }
    for (let next = this.#deferred.shift(); next !== undefined; next = this.#deferred.shift()) next();
  }

  /** Calls `call` now, or once the work under way is done. */
  defer(call: () => void): void {
    if (this.#busy) this.#deferred.push(call);
    else call();
  }
}
