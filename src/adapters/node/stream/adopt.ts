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
  const Plain = Base as unknown as (...args: unknown[]) => unknown;
  // A class that extends, not a function that constructs: to make an object of its own first would give each instance another
  // hidden class, in which engines find nothing fast.
  class Adopting extends (Base as unknown as new (...args: unknown[]) => object) {
    // biome-ignore lint/correctness/noUnreachableSuper: what is adopted was made by somebody else
    constructor(...args: unknown[]) {
      const self = adopted;
      adopted = null;
      if (self === null) {
        super(...args);
      } else {
        Plain.apply(self, args);
        // biome-ignore lint/correctness/noConstructorReturn: what is adopted is initialised by the classes above
        return self;
      }
    }
  }
  if (prototype !== Base.prototype) Object.setPrototypeOf(Adopting.prototype, prototype);
  return Adopting as unknown as C;
}

/** The class, callable without new and shown as `name`. Its bases end in one of `adopting`. */
export function callable<C extends Constructor>(Class: C, name: string): C {
  const shown: C = new Proxy(Class, {
    // With the proxy as new.target V8 would make each instance a hidden class of its own, in which nothing is found fast.
    construct(target, args, newTarget) {
      return Reflect.construct(target as never, args, newTarget === shown ? target : newTarget);
    },
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
