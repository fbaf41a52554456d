// A queue that is empty or holds one item nearly always: the first needs no array, which would keep its room for good.

export class Queue<T extends object | null> {
  #first: T | undefined;
  #others: T[] | null = null;

  push(item: T): void {
    if (this.#first === undefined) this.#first = item;
    else if (this.#others === null) this.#others = [item];
    else this.#others.push(item);
  }

  /** @returns undefined if there is none */
  shift(): T | undefined {
    const item = this.#first;
    const others = this.#others;
    this.#first = others?.shift();
    if (others?.length === 0) this.#others = null;
    return item;
  }
}
