// Who holds secrets wipes them: a scope for everything a part of a handshake must dispose of, however it ends.

/** Something with keys in it: a Secret, a KeyExchange, a RecordProtection, a HashState. */
export interface Disposable {
  dispose(): void;
}

/** Owns what it is given until `dispose`, or until somebody else takes it over. */
export class Owned implements Disposable {
  /** A dozen at most: a set would be larger than all of them. */
  readonly #items: Disposable[] = [];

  /** Takes `item` over and returns it. */
  add<T extends Disposable>(item: T): T {
    if (!this.#items.includes(item)) this.#items.push(item);
    return item;
  }

  /** Gives `item` away: the caller owns it now. */
  release<T extends Disposable>(item: T): T {
    this.#delete(item);
    return item;
  }

  /** Disposes of one item now. */
  drop(item: Disposable): void {
    if (this.#delete(item)) item.dispose();
  }

  #delete(item: Disposable): boolean {
    const at = this.#items.lastIndexOf(item);
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  /** Disposes of everything that is left. Idempotent. */
  dispose(): void {
    for (const item of this.#items) item.dispose();
    this.#items.length = 0;
  }
}
