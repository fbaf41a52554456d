// npm run vectors -- DIR [WORD ...]: every external vector suite below DIR (run.ts).

import { exitCodes, runVectors } from './run.ts';

const [directory, ...words] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: npm run vectors -- DIR [WORD ...]');
  process.exit(exitCodes.nothingToRun);
}
process.exitCode = await runVectors(directory, words, line => console.log(line));
