// Classes that can be called as node's are: `Server(options)` without new, and `Server.call(this, options)` from a constructor
// of the old kind (util.inherits). A class cannot initialise an object that is there already, unless its base returns
// that object: then fields and private names are put on it.

let adopted: object | null = null;

type Constructor = abstract new (...args: never[]) => object;

/**
 * A base for `extends`: makes what `Base` makes, or initialises the object that `callable` is called on.
 * @param prototype what instances inherit from; default `Base.prototype`
 */
export function adopting<C extends Constructor>(Base: C, prototype: object = Base.prototype): C {
  function Adopting(this: unknown, ...args: unknown[]): object {
    const self = adopted;
    adopted = null;
    const Plain = Base as unknown as (...args: unknown[]) => unknown;
    if (self === null) return Reflect.construct(Plain, args, new.target as unknown as () => void);
    Plain.apply(self, args);
    return self;
  }
  Adopting.prototype = prototype;
  Object.setPrototypeOf(Adopting, Base);
  return Adopting as unknown as C;
}

/** The class, callable without new and shown as `name`. Its bases end in one of `adopting`. */
export function callable<C extends Constructor>(Class: C, name: string): C {
  const shown: C = new Proxy(Class, {
    apply(target, self, args) {
      if (!(self instanceof target)) return Reflect.construct(target as never, args);
      adopted = self;
      try {
        return Reflect.construct(target as never, args, self.constructor);
      } finally {
        adopted = null;
      }
    },
  });
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  Object.defineProperty(Class.prototype, 'constructor', { value: shown, writable: true, configurable: true });
  return shown;
}
