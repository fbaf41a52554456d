// A list that is made when something of it is read, where an export of a module has to be an array.

import { inspect } from 'node:util';

/** As the frozen array that `make` gives; only structuredClone can tell. `make` is called once. */
export function whenRead<T>(make: () => readonly T[]): readonly T[] {
  const list: T[] = [];
  const filled = (): T[] => {
    if (Object.isFrozen(list)) return list;
    Reflect.deleteProperty(list, inspect.custom);
    list.push(...make());
    return Object.freeze(list) as T[];
  };
  // util.inspect looks through a proxy at its target.
  Object.defineProperty(list, inspect.custom, { configurable: true, get: () => void filled() });
  const handler: ProxyHandler<T[]> = {};
  for (const trap of Object.getOwnPropertyNames(Reflect) as (keyof ProxyHandler<T[]>)[]) {
    const act = Reflect[trap] as (target: object, ...more: unknown[]) => unknown;
    handler[trap] = ((_target: object, ...more: unknown[]) => act(filled(), ...more)) as never;
  }
  return new Proxy(list, handler);
}
