// One thing at a time: hooks of the user's run inside the work of a connection, and may call it again. Such calls wait until
// that work is done.

import { TlsError } from '../base/errors.ts';

export class Exclusive<Owner> {
  readonly #owner: Owner;
  readonly #onFault: (owner: Owner, error: TlsError) => void;
  /** Calls made from inside a hook, which run when the hook has returned. */
  readonly #deferred: (() => void)[] = [];
  #busy = false;

  /** @param onFault gets everything that work throws: what is no TlsError becomes ERR_INTERNAL. One function for all owners */
  constructor(owner: Owner, onFault: (owner: Owner, error: TlsError) => void) {
    this.#owner = owner;
    this.#onFault = onFault;
  }

  /** True while work is under way: the caller is a hook of its. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Does `work` with `argument`, then what hooks deferred. Work that is done for every record is one function for all owners. */
  run<A>(work: (owner: Owner, argument: A) => void, argument?: A): void {
    this.#busy = true;
    try {
      work(this.#owner, argument as A);
    } catch (error) {
      this.#onFault(
        this.#owner,
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
