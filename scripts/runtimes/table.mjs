// Runtime x test, and what each runtime reached, as Markdown.

/**
 * @typedef {{ name: string, failure: string | null }} Outcome
 * @typedef {{ name: string, outcomes: Outcome[], coldStart?: number | null,
 *   reached?: { handshakes: number | null, bulk: number } | null }} Result
 */

/** @param {readonly Result[]} results */
export function tableOf(results) {
  const names = [...new Set(results.flatMap(result => result.outcomes.map(({ name }) => name)))];
  const row = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const mark = (/** @type {Result} */ result, /** @type {string} */ name) => {
    const found = result.outcomes.find(outcome => outcome.name === name);
    return found === undefined ? '' : found.failure === null ? 'ok' : 'FAILS';
  };
  const lines = [
    row(['test', ...results.map(({ name }) => name)]),
    row(['---', ...results.map(() => '---')]),
    ...names.map(name => row([name, ...results.map(result => mark(result, name))])),
  ];
  if (results.some(({ reached }) => reached)) {
    const number = (/** @type {number | null | undefined} */ value) => (value == null ? '-' : `${value}`);
    lines.push(
      row(['first handshake over TCP, ms from the start of the program', ...results.map(r => number(r.coldStart))]),
      row(['full handshakes a second in memory, both ends', ...results.map(r => number(r.reached?.handshakes))]),
      row(['MB/s there and back, TLS 1.3', ...results.map(r => number(r.reached?.bulk))]),
    );
  }
  return `${lines.join('\n')}\n`;
}
