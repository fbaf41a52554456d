// Markdown tables of docs/conformance.md.

/** @param {string[]} head a name that ends with ":" is that of a column of numbers @param {(string | number)[][]} rows */
export function table(head, rows) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(name => name.replace(/:$/, ''))),
    line(head.map(name => (name.endsWith(':') ? '---:' : '---'))),
    ...rows.map(cells => line(cells.map(cell => (typeof cell === 'number' ? number(cell) : cell)))),
  ].join('\n');
}

/** @param {number} value */
export function number(value) {
  return value.toLocaleString('en');
}

/** A pattern within a cell. @param {string} pattern */
export function code(pattern) {
  return `\`${pattern.replaceAll('|', '\\|')}\``;
}
