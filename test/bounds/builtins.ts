// What the compiler brings: memory and the SIMD instructions that the curves use.

import { type Integer, type IntegerType, isConstant, isIntegerType } from './integers.ts';
import type { Machine, Value } from './machine.ts';
import type { Address, Vector } from './memory.ts';

export interface Operands {
  readonly machine: Machine;
  readonly args: readonly Value[];
  readonly type: string | null;
}

type Builtin = (operands: Operands) => Value | null;

function vector(lanes: readonly Integer[]): Vector {
  return { kind: 'vector', lanes };
}

/** An address with the constant offset that a load or store may have. */
function place({ machine, args }: Operands, base: number, offset: number): Address {
  const address = args[base];
  if (address?.kind !== 'address') throw machine.error('no address where one is needed');
  return address.region.at(address.offset + (offset < args.length ? machine.known(args[offset]) : 0));
}

function lanes({ machine, args }: Operands, i: number): Vector {
  const value = args[i];
  if (value?.kind !== 'vector') throw machine.error('no vector where one is needed');
  return value;
}

function scalar({ machine, args }: Operands, i: number): Integer {
  return machine.integer(args[i]);
}

function integerType({ machine, type }: Operands): IntegerType {
  if (type === null || !isIntegerType(type)) throw machine.error(`unknown type ${type}`);
  return type;
}

/** The four lanes of 32 bits. */
function narrow(machine: Machine, { lanes: list }: Vector): readonly Integer[] {
  if (list.length === 4) return list;
  const { integers, memory } = machine;
  return list.flatMap(x => {
    const pair = memory.halves(x);
    if (pair !== null) return pair.map(half => integers.convert(half, 'lane32'));
    const wide = integers.any('lane32');
    return [{ ...wide, overflow: `a lane cut off at ${machine.place()}` }, integers.any('lane32')];
  });
}

/** The two lanes of 64 bits. */
function wide(machine: Machine, { lanes: list }: Vector): readonly Integer[] {
  if (list.length === 2) return list;
  const { integers } = machine;
  return [0, 2].map(i => {
    const [low, high] = [list[i], list[i + 1]];
    if (isConstant(high) && high.lo === 0n && low.lo >= 0n) return integers.convert(low, 'lane64');
    if (isConstant(low) && isConstant(high))
      return integers.constant('lane64', (high.lo << 32n) + (low.lo & 0xffffffffn));
    return integers.between('lane64', high.lo << 32n, (high.hi << 32n) + 0xffffffffn);
  });
}

/** Lane by lane; vectors of different lanes meet in those of the one that is no constant. */
function lanewise(operands: Operands, operation: (a: Integer, b: Integer) => Integer): Vector {
  const { machine } = operands;
  const [a, b] = [lanes(operands, 0), lanes(operands, 1)];
  const as64 =
    (a.lanes.length === 2 || a.lanes.every(isConstant)) && (b.lanes.length === 2 || b.lanes.every(isConstant));
  const [x, y] = as64 ? [wide(machine, a), wide(machine, b)] : [narrow(machine, a), narrow(machine, b)];
  return vector(x.map((lane, i) => operation(lane, y[i])));
}

function pairwise(view: typeof narrow, operation: 'add' | 'subtract'): Builtin {
  return operands => {
    const { machine } = operands;
    const y = view(machine, lanes(operands, 1));
    return vector(view(machine, lanes(operands, 0)).map((x, i) => machine.integers[operation](x, y[i])));
  };
}

function splat(type: 'lane32' | 'lane64', count: number): Builtin {
  return operands => {
    const value = operands.machine.integers.convert(operands.machine.integers.whole(scalar(operands, 0)), type);
    return vector(Array.from({ length: count }, () => value));
  };
}

/** Some lanes from memory, zeros above. */
function loadZero(count: number): Builtin {
  return operands => {
    const { machine } = operands;
    const from = place(operands, 0, 1);
    const list = [0, 1, 2, 3].map(i =>
      i < count
        ? machine.memory.load(from.region.at(from.offset + 4 * i), 'lane32')
        : machine.integers.constant('lane32', 0n),
    );
    return vector(list);
  };
}

/** Shifts of the whole lane by 32 move its halves. */
function shiftHalves(operands: Operands, left: boolean): Vector | null {
  const { lanes: list } = lanes(operands, 0);
  if (list.length !== 4 || operands.machine.known(operands.args[1]) !== 32) return null;
  const zero = operands.machine.integers.constant('lane32', 0n);
  return vector(left ? [zero, list[0], zero, list[2]] : [list[1], zero, list[3], zero]);
}

export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['load', o => o.machine.memory.load(place(o, 0, 1), integerType(o))],
  [
    'store',
    o => {
      o.machine.memory.store(place(o, 0, 2), integerType(o), scalar(o, 1));
      return null;
    },
  ],
  [
    'memory.fill',
    o => {
      const { region, offset } = place(o, 0, 3);
      const length = o.machine.known(o.args[2]);
      const value = o.machine.known(o.args[1]);
      region.forget(offset, length);
      // Only zeros are known afterwards, in pieces of four bytes.
      if (value === 0) for (let i = 0; i + 4 <= length; i += 4) region.set(offset + i, 4, o.machine.number(0, 'i32'));
      return null;
    },
  ],
  [
    'memory.copy',
    o => {
      const to = place(o, 0, 3);
      const from = place(o, 1, 3);
      to.region.copy(to.offset, from.region, from.offset, o.machine.known(o.args[2]));
      return null;
    },
  ],
  ['memory.compare', o => o.machine.integers.between('i32', -1n, 1n)],
  ['v128.load', o => o.machine.memory.loadVector(place(o, 0, 1))],
  [
    'v128.store',
    o => {
      o.machine.memory.storeVector(place(o, 0, 2), lanes(o, 1));
      return null;
    },
  ],
  ['v128.load32_zero', loadZero(1)],
  ['v128.load64_zero', loadZero(2)],
  [
    'v128.load32_splat',
    o => {
      const value = o.machine.memory.load(place(o, 0, 1), 'lane32');
      return vector([value, value, value, value]);
    },
  ],
  ['v128.and', o => lanewise(o, (a, b) => o.machine.integers.and(a, b))],
  ['v128.or', o => lanewise(o, (a, b) => o.machine.integers.or(a, b))],
  ['v128.xor', o => lanewise(o, (a, b) => o.machine.integers.xor(a, b))],
  [
    'v128.shuffle',
    o => {
      if (o.type !== 'i32') throw o.machine.error(`a shuffle of ${o.type}`);
      const both = [...narrow(o.machine, lanes(o, 0)), ...narrow(o.machine, lanes(o, 1))];
      return vector(o.args.slice(2).map(i => both[o.machine.known(i)]));
    },
  ],
  ['i32x4', o => vector(o.args.map(x => o.machine.integers.convert(o.machine.integer(x), 'lane32')))],
  ['i32x4.splat', splat('lane32', 4)],
  ['i64x2.splat', splat('lane64', 2)],
  ['i32x4.add', pairwise(narrow, 'add')],
  ['i32x4.sub', pairwise(narrow, 'subtract')],
  ['i64x2.add', pairwise(wide, 'add')],
  ['i64x2.sub', pairwise(wide, 'subtract')],
  [
    'i32x4.shl',
    o => {
      const n = BigInt(o.machine.known(o.args[1]));
      return vector(narrow(o.machine, lanes(o, 0)).map(x => o.machine.integers.shiftLeft(x, n)));
    },
  ],
  [
    'i32x4.shr_s',
    o => {
      const n = BigInt(o.machine.known(o.args[1]));
      return vector(narrow(o.machine, lanes(o, 0)).map(x => o.machine.integers.shiftRight(x, n)));
    },
  ],
  [
    'i64x2.shl',
    o => {
      const n = BigInt(o.machine.known(o.args[1]));
      return shiftHalves(o, true) ?? vector(wide(o.machine, lanes(o, 0)).map(x => o.machine.integers.shiftLeft(x, n)));
    },
  ],
  [
    'i64x2.shr_u',
    o => {
      const n = BigInt(o.machine.known(o.args[1]));
      const halves = shiftHalves(o, false);
      if (halves !== null) return halves;
      const list = wide(o.machine, lanes(o, 0)).map(x => {
        if (x.lo < 0n) throw o.machine.error('an unsigned shift of what may be negative');
        return o.machine.integers.shiftRight(x, n);
      });
      return vector(list);
    },
  ],
  [
    'i64x2.extmul_low_i32x4_s',
    o => {
      const { integers } = o.machine;
      const x = narrow(o.machine, lanes(o, 0));
      const y = narrow(o.machine, lanes(o, 1));
      return vector([0, 1].map(i => integers.multiply(integers.limb(x[i]), integers.limb(y[i]), 'lane64')));
    },
  ],
  [
    'i64x2.extract_lane',
    o => {
      const lane = wide(o.machine, lanes(o, 0))[o.machine.known(o.args[1])];
      return o.machine.integers.convert(lane, 'i64');
    },
  ],
]);
