// Flags of node's command line and of NODE_OPTIONS, which programs under node:tls are run with.

/** The flags in the order in which node reads them, with "-" where "_" was written in a name. */
function given(): string[] {
  const words = [...wordsOf(process.env['NODE_OPTIONS'] ?? ''), ...process.execArgv];
  return words.map(word => word.replace(/^--[^=]*/, name => name.replaceAll('_', '-')));
}

/** What stands in double quotes is one word; a backslash there takes the next character as it is. */
function wordsOf(options: string): string[] {
  const words = options.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  return words.map(word => word.replace(/"((?:\\.|[^"\\])*)"/g, (_, quoted) => quoted.replace(/\\(.)/g, '$1')));
}

export function hasFlag(name: string): boolean {
  return given().includes(name);
}

/** The value of `--name=value` or `--name value`, the last one as with node; null without the flag. */
export function valueOfFlag(name: string): string | null {
  const words = given();
  const at = words.findLastIndex(word => word === name || word.startsWith(`${name}=`));
  if (at === -1) return null;
  return words[at] === name ? (words[at + 1] ?? null) : words[at].slice(name.length + 1);
}
