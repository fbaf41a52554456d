// npm run vectors -- DIR [WORD ...]: every external vector suite below DIR, a row a file, then the plain closing line.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from './report.ts';
import { suites } from './suites/index.ts';

const [dir, ...words] = process.argv.slice(2);
if (dir === undefined || !statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`vectors: ${dir ?? '(nothing)'} is no directory`);
  process.exit(2);
}

const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => statSync(join(dir, file)).isFile() && !file.endsWith('README.md'))
  .filter(file => words.length === 0 || words.some(word => file.includes(word)))
  .sort();

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const suite = suites.find(s => s.files.test(file));
  const report = new Report();
  const started = Date.now();
  if (suite === undefined) {
    if (!/\.(crt|crl|der|pem)$/.test(file)) report.skip('no suite reads this file');
    else continue; // data that another file's suite names
  } else {
    try {
      await suite.run(join(dir, file), report);
    } catch (error) {
      report.fail('suite', String((error as Error)?.stack ?? error));
    }
  }
  total.passed += report.passed;
  total.failed += report.failed;
  total.skipped += report.skips;
  const state = report.failed > 0 ? 'FAIL' : report.passed > 0 ? 'ok  ' : 'skip';
  const counts = `${report.passed} passed, ${report.failed} failed, ${report.skips} skipped`;
  console.log(`${state} ${file}: ${counts} (${Date.now() - started} ms)`);
  for (const [reason, count] of report.skipped) console.log(`       skipped ${count}: ${reason}`);
  for (const [flag, decision] of report.decisions) console.log(`       acceptable ${flag}: ${decision}`);
  for (const failure of report.failures) console.log(`       ${failure}`);
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
