// Runs functions of assembly/ on intervals. Conditions must be decided by constants, or by the check that asked (decide);
// everything the machine does not know is an error with file and line.

import { builtins } from './builtins.ts';
import { type Integer, Integers, type IntegerType, isConstant, isIntegerType, OutOfRange } from './integers.ts';
import { type Address, Memory, Region, type Vector } from './memory.ts';
import { binary, unary } from './operators.ts';
import type { Program } from './program.ts';
import {
  BoundsError,
  type ClassSource,
  type Declaration,
  type Expression,
  type FunctionSource,
  type Statement,
} from './syntax.ts';

export interface ClassValue {
  readonly kind: 'class';
  readonly path: string;
  readonly source: ClassSource;
}

export type Value = Integer | Address | Vector | ClassValue;

/** Instead of a function: gets its arguments, and may run the function itself. */
export type Intercept = (args: readonly Value[], original: () => Value | null) => Value | null;

interface Frame {
  readonly path: string;
  readonly types: ReadonlyMap<string, ClassValue>;
  readonly scopes: Map<string, { type: IntegerType | null; value: Value | null }>[];
}

class Return {
  readonly value: Value | null;

  constructor(value: Value | null) {
    this.value = value;
  }
}
const proceed = Symbol('proceed');
const skip = Symbol('continue');

function integersOf({ scopes }: Frame): Map<string, Integer> {
  const list = scopes.flatMap(scope => [...scope]);
  return new Map(list.flatMap(([name, { value }]) => (value?.kind === 'integer' ? [[name, value]] : [])));
}

/** Iterations of one loop; a proof needs no more. */
const LOOP_LIMIT = 100_000;

export class Machine {
  readonly program: Program;
  readonly integers: Integers;
  readonly memory: Memory;
  /** By "path#name". */
  private readonly intercepts = new Map<string, Intercept>();
  /** Decides a condition that the intervals do not (everyWay). */
  private decide: (() => boolean) | null = null;
  /** Called after a statement with a comment behind it. */
  afterStatement: ((statement: Statement, args: readonly Value[]) => void) | null = null;
  /** Called with the variables of the function before each round of a loop. */
  watchLoop: ((variables: ReadonlyMap<string, Integer>) => void) | null = null;
  /** What the comment behind the statement that runs says. */
  comment = '';
  private path = '';
  private line = 0;
  private lastArguments: readonly Value[] = [];
  private readonly statics = new Map<string, Value>();

  /** @param exact whether exact forms are kept beside intervals (form.ts) */
  constructor(program: Program, exact = false) {
    this.program = program;
    this.integers = new Integers(exact, () => this.place());
    this.memory = new Memory(this.integers);
  }

  place(): string {
    return `${this.path}:${this.line}`;
  }

  /** Runs the body instead of a function or method, which must be there: a new name does not go unnoticed. */
  intercept(path: string, name: string, body: Intercept): void {
    const { functions, classes } = this.program.module(path);
    const there = functions.has(name) || [...classes.values()].some(({ members }) => members.has(name));
    if (!there) throw new BoundsError(path, 1, `there is no ${name}`);
    this.intercepts.set(`${path}#${name}`, body);
  }

  /** An error at the statement that runs. */
  error(what: string): BoundsError {
    return new BoundsError(this.path, this.line, what);
  }

  number(value: number | bigint, type: IntegerType = 'usize'): Integer {
    return this.integers.constant(type, BigInt(value));
  }

  class(path: string, name: string): ClassValue {
    const source = this.program.module(path).classes.get(name);
    if (source === undefined) throw new Error(`${path} has no class ${name}`);
    return { kind: 'class', path, source };
  }

  /** Runs a function; what went out of range fails with its place. */
  call(path: string, name: string, args: readonly Value[], types: readonly ClassValue[] = []): Value | null {
    return this.invoke(this.program.function(path, name), args, types);
  }

  /** Runs a body once for each way to decide what intervals do not. */
  everyWay(body: () => void): void {
    const open: boolean[][] = [[]];
    for (let given = open.pop(); given !== undefined; given = open.pop()) {
      const known = given;
      const taken: boolean[] = [];
      this.decide = () => {
        const choice = known[taken.length] ?? false;
        if (taken.length >= known.length) open.push([...taken, true]);
        taken.push(choice);
        return choice;
      };
      body();
    }
    this.decide = null;
  }

  /** A getter of a generated class. */
  property(object: ClassValue, name: string): Value {
    return this.method(object, name, []) as Value;
  }

  /** A method of a generated class. */
  method(object: Value, name: string, args: readonly Value[]): Value | null {
    if (object.kind !== 'class') throw this.error(`.${name} of what is no class`);
    const found = object.source.members.get(name);
    if (found === undefined) throw this.error(`${object.source.name} has no ${name}`);
    return this.invoke(found, args, []);
  }

  /** Runs one round of the only loop of a function, with these variables, and returns them as they are then. */
  loopBody(path: string, name: string, variables: ReadonlyMap<string, Integer>): Map<string, Integer> {
    const loops = this.program.function(path, name).body.filter(statement => statement.kind === 'for');
    if (loops.length !== 1 || loops[0].kind !== 'for') throw new Error(`${name} has not one loop`);
    const scope = new Map([...variables].map(([of, value]) => [of, this.bind(value.type, value)]));
    const frame: Frame = { path, types: new Map(), scopes: [scope] };
    this.path = path;
    this.execute(loops[0].body, frame);
    return integersOf(frame);
  }

  private invoke(source: FunctionSource, args: readonly Value[], types: readonly ClassValue[]): Value | null {
    const { path, name, parameters } = source;
    const original = () => {
      if (types.length !== source.types.length) throw this.error(`${name}: wrong number of types`);
      if (args.length !== parameters.length) throw this.error(`${name}: wrong number of arguments`);
      const outer = { path: this.path, line: this.line, comment: this.comment };
      const scope = new Map(parameters.map((p, i) => [p.name, this.bind(p.type, args[i])]));
      const frame: Frame = { path, types: new Map(source.types.map((t, i) => [t, types[i]])), scopes: [scope] };
      this.path = path;
      const end = this.block(source.body, frame);
      const result = end instanceof Return ? end.value : null;
      Object.assign(this, outer);
      return result === null ? null : this.bind(source.result, result).value;
    };
    const intercept = this.intercepts.get(`${path}#${name}`);
    return intercept === undefined ? original() : intercept(args, original);
  }

  private block(body: readonly Statement[], frame: Frame): Return | symbol {
    for (const statement of body) {
      const end = this.execute(statement, frame);
      if (end !== proceed) return end;
    }
    return proceed;
  }

  private execute(statement: Statement, frame: Frame): Return | symbol {
    this.line = statement.line;
    this.comment = statement.comment;
    try {
      return this.run(statement, frame);
    } catch (error) {
      if (error instanceof OutOfRange) throw new BoundsError(frame.path, this.line, error.message);
      throw error;
    }
  }

  private run(statement: Statement, frame: Frame): Return | symbol {
    switch (statement.kind) {
      case 'declare':
        for (const declaration of statement.declarations) this.declare(declaration, frame);
        break;
      case 'expression':
        this.lastArguments = [];
        this.compute(statement.expression, frame);
        break;
      case 'if':
        if (this.holds(statement.test, frame)) return this.execute(statement.yes, frame);
        return statement.no === null ? proceed : this.execute(statement.no, frame);
      case 'for':
        return this.nested(frame, () => {
          this.execute(statement.start, frame);
          return this.loop(statement.test, statement.body, statement.step, frame);
        });
      case 'while':
        return this.loop(statement.test, statement.body, null, frame);
      case 'block':
        return this.nested(frame, () => this.block(statement.body, frame));
      case 'return':
        return new Return(statement.value === null ? null : this.evaluate(statement.value, frame));
      case 'continue':
        return skip;
    }
    if (statement.comment !== '' && this.afterStatement !== null) {
      this.line = statement.line;
      this.afterStatement(statement, this.lastArguments);
    }
    return proceed;
  }

  private loop(test: Expression, body: Statement, step: Expression | null, frame: Frame): Return | symbol {
    for (let i = 0; this.holds(test, frame); i++) {
      if (i === LOOP_LIMIT) throw this.error('a loop without end');
      this.watchLoop?.(integersOf(frame));
      const end = this.execute(body, frame);
      if (end instanceof Return) return end;
      if (step !== null) this.evaluate(step, frame);
    }
    return proceed;
  }

  private nested(frame: Frame, body: () => Return | symbol): Return | symbol {
    frame.scopes.push(new Map());
    const end = body();
    frame.scopes.pop();
    return end;
  }

  private declare({ name, type, value }: Declaration, frame: Frame): void {
    const wanted = type !== null && isIntegerType(type) ? type : null;
    const bound = value === null ? { type: wanted, value } : this.bind(type, this.evaluate(value, frame));
    frame.scopes.at(-1)!.set(name, bound);
  }

  /** A value as a variable of this type holds it; without a type, as the compiler infers it. */
  private bind(type: string | null, value: Value | null): { type: IntegerType | null; value: Value | null } {
    if (value === null || value.kind !== 'integer') {
      if (type === null || type === 'usize' || type === 'v128') return { type: null, value };
      throw this.error(`a value that is no ${type}`);
    }
    const wanted = type ?? (value.type === 'literal' ? 'i32' : value.type);
    if (!isIntegerType(wanted)) throw this.error(`unknown type ${type}`);
    return { type: wanted, value: this.integers.convert(value, wanted) };
  }

  private holds(test: Expression, frame: Frame): boolean {
    const value = this.integer(this.evaluate(test, frame));
    this.integers.whole(value);
    if (value.lo > 0n || value.hi < 0n) return true;
    if (isConstant(value)) return false;
    if (this.decide === null) throw new BoundsError(frame.path, test.line, 'a condition that no interval decides');
    return this.decide();
  }

  private evaluate(expression: Expression, frame: Frame): Value {
    const value = this.compute(expression, frame);
    if (value === null) throw new BoundsError(frame.path, expression.line, 'a value that is none');
    return value;
  }

  private compute(expression: Expression, frame: Frame): Value | null {
    switch (expression.kind) {
      case 'number':
        return this.integers.constant('literal', expression.value);
      case 'name':
        return this.lookUp(expression.name, frame);
      case 'member':
        return this.method(this.evaluate(expression.object, frame), expression.name, []);
      case 'call':
        return this.callExpression(expression, frame);
      case 'cast':
        return this.cast(this.evaluate(expression.operand, frame), expression.type);
      case 'unary':
        return unary(this, expression.operator, this.integer(this.evaluate(expression.operand, frame)));
      case 'binary':
        if (expression.operator === '&&' || expression.operator === '||') {
          const left = this.holds(expression.left, frame);
          if (left === (expression.operator === '||')) return this.boolean(left);
          return this.boolean(this.holds(expression.right, frame));
        }
        return this.operate(expression.operator, this.evaluate(expression.left, frame), expression.right, frame);
      case 'conditional':
        return this.evaluate(this.holds(expression.test, frame) ? expression.yes : expression.no, frame);
      case 'assign': {
        const { operator, name, value } = expression;
        if (operator === '') return this.assign(name, this.evaluate(value, frame), frame);
        return this.assign(name, this.operate(operator, this.lookUp(name, frame), value, frame), frame);
      }
      case 'update': {
        const before = this.lookUp(expression.name, frame);
        const next = binary(this, expression.operator, before, this.number(1, 'literal'));
        const after = this.assign(expression.name, next, frame);
        return expression.prefix ? after : before;
      }
      case 'array':
        throw this.error('a list outside memory.data');
    }
  }

  private operate(operator: string, left: Value, right: Expression, frame: Frame): Value {
    return binary(this, operator, left, this.evaluate(right, frame));
  }

  private assign(name: string, value: Value, frame: Frame): Value {
    for (const scope of frame.scopes.toReversed()) {
      const slot = scope.get(name);
      if (slot === undefined) continue;
      const bound = this.bind(slot.type ?? (value.kind === 'integer' ? null : 'usize'), value);
      scope.set(name, bound);
      return bound.value!;
    }
    return this.setStatic(frame.path, name, value);
  }

  /** Changes a variable of a module. */
  setStatic(path: string, name: string, value: Value): Value {
    const declaration = this.program.module(path).constants.get(name);
    if (declaration === undefined) throw this.error(`assignment to ${name}`);
    const bound = this.bind(declaration.type, value).value!;
    this.statics.set(`${path}#${name}`, bound);
    return bound;
  }

  private lookUp(name: string, frame: Frame): Value {
    for (const scope of frame.scopes.toReversed()) {
      const slot = scope.get(name);
      if (slot === undefined) continue;
      if (slot.value === null) throw this.error(`${name} has no value yet`);
      return slot.value;
    }
    return this.static(frame.path, name);
  }

  /** A constant of a module, which may be imported. */
  static(path: string, name: string): Value {
    if (name === 'true' || name === 'false') return this.boolean(name === 'true');
    const key = `${path}#${name}`;
    const known = this.statics.get(key);
    if (known !== undefined) return known;
    const module = this.program.module(path);
    const imported = module.imports.get(name);
    const declaration = module.constants.get(name);
    if (imported === undefined && declaration?.value == null) throw this.error(`unknown name ${name}`);
    const value = imported ? this.static(imported.path, imported.name) : this.initial(path, declaration!);
    this.statics.set(key, value);
    return value;
  }

  private initial(path: string, { type, value: source, line }: Declaration): Value {
    const outer = { path: this.path, line: this.line };
    Object.assign(this, { path, line });
    const frame: Frame = { path, types: new Map(), scopes: [] };
    const data =
      source?.kind === 'call' && source.callee.kind === 'member' && source.callee.name === 'data' ? source : null;
    const value = data ? this.data(data, frame) : this.bind(type, this.evaluate(source!, frame)).value!;
    Object.assign(this, outer);
    return value;
  }

  /** memory.data: with values, or room. Room may hold what an earlier call left. */
  private data({ types, args }: Expression & { kind: 'call' }, frame: Frame): Address {
    const [list] = args;
    if (list.kind !== 'array') return new Region(this.known(this.evaluate(list, frame))).at();
    const region = new Region();
    const [type] = types;
    if (!isIntegerType(type)) throw this.error(`data of type ${type}`);
    list.items.forEach((item, i) => {
      const value = this.integers.convert(this.integer(this.evaluate(item, frame)), type);
      const bytes = type.endsWith('64') ? 8 : 4;
      region.set(i * bytes, bytes, value);
    });
    return region.at();
  }

  private callExpression({ callee, types, args: list }: Expression & { kind: 'call' }, frame: Frame): Value | null {
    const args = list.map(arg => this.evaluate(arg, frame));
    const [name, method] = this.calleeOf(callee);
    const full = method === undefined ? name : `${name}.${method}`;
    try {
      if (full === 'changetype') return this.typeOf(types[0], frame);
      const own = method === undefined ? this.functionOf(frame.path, name) : null;
      if (own !== null) {
        const classes = types.map(type => this.typeOf(type, frame));
        return this.invoke(own, args, classes);
      }
      const local = frame.scopes.some(scope => scope.has(name));
      if (local && method !== undefined) return this.method(this.lookUp(name, frame), method, args);
      const builtin = builtins.get(full);
      if (builtin === undefined) throw this.error(`unknown function ${full}`);
      return builtin({ machine: this, args, type: types[0] ?? null });
    } finally {
      this.lastArguments = args;
    }
  }

  /** "f" or "object.f". */
  private calleeOf(callee: Expression): [string, string?] {
    if (callee.kind === 'name') return [callee.name];
    if (callee.kind !== 'member' || callee.object.kind !== 'name') throw this.error('a call of what has no name');
    return [callee.object.name, callee.name];
  }

  private functionOf(path: string, name: string): FunctionSource | null {
    const module = this.program.module(path);
    const imported = module.imports.get(name);
    if (imported !== undefined) return this.functionOf(imported.path, imported.name);
    return module.functions.get(name) ?? null;
  }

  private typeOf(name: string, frame: Frame): ClassValue {
    return (
      frame.types.get(name) ?? this.class(this.program.module(frame.path).imports.get(name)?.path ?? frame.path, name)
    );
  }

  private cast(value: Value, type: string): Value {
    if (value.kind === 'address' && type === 'usize') return value;
    if (!isIntegerType(type)) throw this.error(`unknown type ${type}`);
    return this.integers.convert(this.integer(value), type);
  }

  integer(value: Value | null): Integer {
    if (value?.kind !== 'integer') throw this.error('no integer where one is needed');
    return value;
  }

  boolean(value: boolean | null): Integer {
    return value === null ? this.integers.between('bool', 0n, 1n) : this.integers.constant('bool', value ? 1n : 0n);
  }

  /** A constant, as the code must know it. */
  known(value: Value | null): number {
    const found = this.integers.whole(this.integer(value));
    if (!isConstant(found)) throw this.error('a value that must be constant');
    return Number(found.lo);
  }
}
