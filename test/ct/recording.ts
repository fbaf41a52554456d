// Exports of a binary that write down how they are called.

/** One call of an exported function. */
export interface Call {
  readonly name: string;
  readonly args: readonly number[];
}

/** The exports of `abi`, each of which tells `note` of its calls. */
export function recording<T extends object>(abi: T, note: (call: Call) => void): T {
  // The target is empty, because a proxy must give what a frozen target has, and exports are frozen.
  return new Proxy({} as T, {
    get(_, name) {
      const value = (abi as Record<string | symbol, unknown>)[name];
      if (typeof value !== 'function') return value;
      return (...args: number[]) => {
        note({ name: String(name), args });
        return value(...args);
      };
    },
  });
}
