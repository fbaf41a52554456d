// Warnings about options of functions in the shape of a host's: each sentence once in a program, by console.warn, which
// every host has.

const said = new Set<string>();
/** Names come from callers: no more than this many are remembered. */
const MOST = 200;

export function warnOnce(sentence: string): void {
  if (said.has(sentence) || said.size >= MOST) return;
  said.add(sentence);
  console.warn(`castls: ${sentence}`);
}
