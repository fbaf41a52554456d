// Marks for bundlers, which keep what may have an effect: importing a module of castls has none.

import { parse } from 'acorn';

/**
 * `code`, its calls at the top level marked as free of side effects, which they are (importing has none): bundlers leave out
 * what nothing uses of a file. esbuild drops the marks of the sources with the white space. @param {string} code
 */
export function annotated(code) {
  /** @type {number[]} */
  const places = [];
  const { body } = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  for (const statement of body) if (statement.type === 'VariableDeclaration') collect(statement);
  let done = code;
  for (const at of places.sort((a, b) => b - a)) done = `${done.slice(0, at)}/*#__PURE__*/${done.slice(at)}`;
  return done;

  /** @param {any} node */
  function collect(node) {
    if (node === null || typeof node !== 'object') return;
    if (/Function|Class/.test(node.type)) return;
    if (node.type === 'CallExpression' || node.type === 'NewExpression') places.push(node.start);
    for (const child of Object.values(node)) {
      if (Array.isArray(child)) child.forEach(collect);
      else collect(child);
    }
  }
}
