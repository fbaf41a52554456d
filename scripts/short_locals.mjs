// Short names for what only a function sees, in what the build writes for hosts.

import { parse } from 'acorn';
import { minify } from 'terser';

/** What stands for the # of a private name, which terser would shorten and stack traces show. */
const PRIVATE = '$private$';

/**
 * `code` with short names for variables in functions: Node.js reads every character at each start, names one by one. Variables
 * that hold functions keep theirs, which stack traces show. @param {string} code
 */
export async function withShortLocals(code) {
  /** @type {Set<string>} */
  const reserved = new Set();
  /** @type {number[]} */
  const marks = [];
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
  let open = code;
  for (const at of marks.sort((a, b) => b - a)) open = `${open.slice(0, at)} ${PRIVATE}${open.slice(at + 1)}`;
  const { code: short = '' } = await minify(open, {
    module: true,
    ecma: 2020,
    compress: false,
    mangle: { toplevel: false, reserved: [...reserved] },
  });
  return short.replaceAll(PRIVATE, '#');

  /** @param {any} node */
  function visit(node) {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'PrivateIdentifier') marks.push(node.start);
    if (isFunction(node) && node.id) reserved.add(node.id.name);
    if (node.type === 'VariableDeclarator' && isFunction(node.init)) reserved.add(node.id.name);
    for (const child of Object.values(node)) visit(child);
  }
}

/** @param {any} node */
function isFunction(node) {
  return /Function|Class(Decl|Expr)/.test(node?.type ?? '');
}
