// Writes the tables of docs/conformance.md: conformance.mjs [VECTORS_LOG VECTORS_DIR]. Their numbers are in docs/conformance.json, into
// which it takes first what the last runs left: build/bogo/summary.json of "npm run bogo", build/bogo/NAME/summary.json of the same
// with --as=NAME, build/tlsfuzzer/results.json, build/testssl/summary.json, build/node_tests. VECTORS_LOG is what "npm run vectors -- VECTORS_DIR" printed.
// Without a run the numbers stay as they are.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bogo, disabled } from './conformance/bogo.mjs';
import { nodeRun } from './conformance/node.mjs';
import { summary } from './conformance/summary.mjs';
import { testssl } from './conformance/testssl.mjs';
import { excluded, fuzzed, tlsfuzzer } from './conformance/tlsfuzzer.mjs';
import { skipped, vectorRun, vectors } from './conformance/vectors.mjs';
import { root } from './set_up.mjs';

const [log, directory] = process.argv.slice(2);
if ((log === undefined) !== (directory === undefined))
  throw new Error('usage: conformance.mjs [VECTORS_LOG VECTORS_DIR]');
const castls = execFileSync('git', ['log', '-1', '--format=%h'], { cwd: root, encoding: 'utf8' }).trim();
const [dataFile, page] = ['docs/conformance.json', 'docs/conformance.md'].map(path => join(root, path));
const data = existsSync(dataFile) ? read(dataFile) : {};
take('bogo', 'build/bogo/summary.json', run => {
  if (run.disabled === undefined)
    throw new Error('build/bogo/summary.json is of an older script: run npm run bogo again');
  return run;
});
take('tlsfuzzer', 'build/tlsfuzzer/results.json', fuzzed);
take('testssl', 'build/testssl/summary.json', run => run);
const others = join(root, 'build/bogo');
for (const name of existsSync(others) ? readdirSync(others) : []) {
  const path = join(others, name, 'summary.json');
  if (existsSync(path)) data.others = { ...data.others, [name]: read(path) };
}
data.node = nodeRun() ?? data.node;
if (log !== undefined) data.vectors = { castls, ...vectorRun(readFileSync(log, 'utf8'), directory) };
writeFileSync(dataFile, `${JSON.stringify(data, null, 1)}\n`);

let text = readFileSync(page, 'utf8');
replace('summary', summary(data));
replace('bogo', bogo(data));
replace('bogo-disabled', disabled(data.bogo));
replace('tlsfuzzer', tlsfuzzer(data.tlsfuzzer));
replace('tlsfuzzer-excluded', excluded());
replace('vectors', vectors(data.vectors));
replace('vectors-skipped', skipped(data.vectors));
replace('testssl', testssl(data.testssl));
if (data.node !== undefined) replace('node-tests', data.node.table);
writeFileSync(page, text);

/** Keeps what a run left, with the commit of castls, unless it is what is kept. @param {string} name @param {string} file @param {(run: any) => object} reduce */
function take(name, file, reduce) {
  const path = join(root, file);
  if (!existsSync(path)) return;
  const { castls: kept, ...before } = data[name] ?? {};
  const run = reduce(read(path));
  data[name] = { castls: JSON.stringify(before) === JSON.stringify(run) ? kept : castls, ...run };
}

/** @param {string} path */
function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** @param {string} name @param {string} content */
function replace(name, content) {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/conformance.md has no place for ${name}`);
  text = `${text.slice(0, start + from.length)}\n${content}\n${text.slice(end)}`;
}
