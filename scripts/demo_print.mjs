// How the demo looks: headings, facts in two columns, colours on a terminal only (and not if NO_COLOR is set).

const colours = process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
const LABEL_WIDTH = 13;
let steps = 0;

/** @param {string} code @returns {(text: string) => string} */
const styled = code => text => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = styled('1');
export const dim = styled('2');
export const good = styled('1;32');
const label = styled('36');
const bad = styled('1;31');

/** A numbered step. @param {string} text */
export function heading(text) {
  console.log(`\n${bold(`${++steps}. ${text}`)}`);
}

/** "label   value"; further lines of the value stand below its first. @param {string} name @param {unknown} value */
export function fact(name, value) {
  const [first, ...rest] = String(value).split('\n');
  console.log(`   ${label(name.padEnd(LABEL_WIDTH))} ${first}`);
  for (const line of rest) console.log(`   ${' '.repeat(LABEL_WIDTH)} ${line}`);
}

/** @param {string} text */
export function note(text) {
  console.log(`   ${dim(text)}`);
}

/** @param {unknown} error */
export function failed(error) {
  const { code, message } = /** @type {{ code?: string, message?: string }} */ (error);
  return `\n${bad('The demo failed:')} ${code === undefined ? '' : `${code}: `}${message ?? error}\n`;
}
