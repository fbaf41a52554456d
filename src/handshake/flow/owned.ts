// Who holds secrets wipes them: a scope for everything a part of a handshake must dispose of, however it ends.

/** Something with keys in it: a Secret, a KeyExchange, a RecordProtection, a HashState. */
export interface Disposable {
  dispose(): void;
}

/** Owns what it is given until `dispose`, or until somebody else takes it over. */
export class Owned implements Disposable {
  readonly #items = new Set<Disposable>();

  /** Takes `item` over and returns it. */
  add<T extends Disposable>(item: T): T {
    this.#items.add(item);
    return item;
  }

  /** Gives `item` away: the caller owns it now. */
  release<T extends Disposable>(item: T): T {
    this.#items.delete(item);
    return item;
  }

  /** Disposes of one item now. */
  drop(item: Disposable): void {
    if (this.#items.delete(item)) item.dispose();
  }

  /** Disposes of everything that is left. Idempotent. */
  dispose(): void {
    for (const item of this.#items) item.dispose();
    this.#items.clear();
  }
}
