// Operators of the machine: on intervals, and on addresses with constants.

import { bitsOf, type Integer, isConstant } from './integers.ts';
import type { Machine, Value } from './machine.ts';
import type { Address } from './memory.ts';

export function unary(machine: Machine, operator: string, operand: Integer): Value {
  const { integers } = machine;
  if (operator === '-') return integers.negate(operand);
  if (operator === '~') return integers.complement(operand);
  return machine.boolean(compare(machine, '==', integers.whole(operand), integers.constant('literal', 0n)));
}

export function binary(machine: Machine, operator: string, left: Value, right: Value): Value {
  if (left.kind === 'address' || right.kind === 'address') return pointer(machine, operator, left, right);
  const { integers } = machine;
  const a = machine.integer(left);
  const b = machine.integer(right);
  switch (operator) {
    case '+':
      return integers.add(a, b);
    case '-':
      return integers.subtract(a, b);
    case '*':
      return integers.multiply(a, b);
    case '&':
      return integers.and(a, b);
    case '|':
      return integers.or(a, b);
    case '^':
      return integers.xor(a, b);
    case '<<':
      return integers.shiftLeft(a, shiftCount(machine, a, b));
    case '>>':
      return integers.shiftRight(a, shiftCount(machine, a, b));
    case '/':
    case '%': {
      const [x, y] = [machine.known(a), machine.known(b)];
      if (x < 0 || y <= 0) throw machine.error('a division of what may be negative');
      return machine.number(operator === '/' ? Math.floor(x / y) : x % y, a.type);
    }
    default:
      return machine.boolean(compare(machine, operator, integers.whole(a), integers.whole(b)));
  }
}

/** WebAssembly takes the count modulo the bits of the type, which no code here means. */
function shiftCount(machine: Machine, a: Integer, b: Integer): bigint {
  const count = BigInt(machine.known(b));
  if (count < 0n || (a.type !== 'literal' && count >= bitsOf(a.type))) throw machine.error(`a shift by ${count}`);
  return count;
}

/** Null if the intervals do not decide it. */
function compare(machine: Machine, operator: string, a: Integer, b: Integer): boolean | null {
  switch (operator) {
    case '<':
      return a.hi < b.lo ? true : a.lo >= b.hi ? false : null;
    case '>':
      return compare(machine, '<', b, a);
    case '<=':
      return a.hi <= b.lo ? true : a.lo > b.hi ? false : null;
    case '>=':
      return compare(machine, '<=', b, a);
    case '==':
      return a.hi < b.lo || b.hi < a.lo ? false : isConstant(a) && isConstant(b) ? true : null;
    case '!=': {
      const equal = compare(machine, '==', a, b);
      return equal === null ? null : !equal;
    }
    default:
      throw machine.error(`unknown operator ${operator}`);
  }
}

function pointer(machine: Machine, operator: string, left: Value, right: Value): Address {
  const [base, by] = left.kind === 'address' ? [left, right] : [right as Address, left];
  if (by.kind !== 'integer' || (operator !== '+' && (operator !== '-' || base === right))) {
    throw machine.error(`${operator} of addresses`);
  }
  return base.region.at(base.offset + (operator === '+' ? 1 : -1) * machine.known(by));
}
