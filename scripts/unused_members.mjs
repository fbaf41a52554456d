// Methods and accessors of classes that no module of a build names: bundlers keep classes whole.

import { parse } from 'acorn';
import { full } from 'acorn-walk';

/** @typedef {import('acorn').Node & Record<string, any>} Node */

/**
 * @param {string[]} modules the code of all modules of a build
 * @param {ReadonlySet<string>} internal names that nobody outside of them knows
 * @returns {Set<string>} those of `internal` that are nowhere but where a class has a member of that name
 */
export function unusedNames(modules, internal) {
  const unused = new Set(internal);
  for (const code of modules) {
    full(parsed(code), (/** @type {any} */ node) => {
      if (node.type === 'MemberExpression' && !node.computed) unused.delete(node.property.name);
      if (node.type === 'Property' && !node.computed) unused.delete(node.key.name);
      if (node.type === 'Literal') unused.delete(node.value);
    });
  }
  return unused;
}

/** `code` without the methods and accessors of these names, and without private ones that their class does not use. @param {string} code @param {ReadonlySet<string>} names */
export function withoutMembers(code, names) {
  /** @type {Node[]} */
  const gone = [];
  full(parsed(code), (/** @type {any} */ node) => {
    if (!/^Class/.test(node.type) || node.body?.type !== 'ClassBody') return;
    const own = privateNamesIn(node.body);
    for (const member of node.body.body) {
      if (member.type !== 'MethodDefinition' || member.computed || member.kind === 'constructor') continue;
      const { type, name } = member.key;
      if (type === 'PrivateIdentifier' ? !own.has(name) : names.has(name)) gone.push(member);
    }
  });
  let left = code;
  for (const { start, end } of gone.sort((a, b) => b.start - a.start)) left = left.slice(0, start) + left.slice(end);
  return left;
}

/** Private names that a class uses. @param {Node} body */
function privateNamesIn(body) {
  const names = new Set();
  full(/** @type {any} */ (body), (/** @type {any} */ node) => {
    if (node.type === 'MemberExpression' && node.property.type === 'PrivateIdentifier') names.add(node.property.name);
    if (node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier') names.add(node.left.name);
  });
  return names;
}

/** @param {string} code */
function parsed(code) {
  return parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
}
