// Runs tlsfuzzer's scripts against a castls server: tlsfuzzer.mjs DIR [WORD ...]. DIR is a checkout of tlsfuzzer, whose
// packages (tlslite-ng, ecdsa) the Python of $PYTHON has; words choose scripts. What is run, how the server is set up, and
// why some of it cannot pass stands in test/tlsfuzzer/scripts.json. -n N: conversations of each script (0, the default: all).
// Results: build/tlsfuzzer/results.json; exit 1 for any failure.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle.mjs';

const MOST_SECONDS = 900;

const { values, positionals } = parseArgs({
  options: { n: { type: 'string', short: 'n', default: '0' }, jobs: { type: 'string', default: '2' } },
  allowPositionals: true,
});
const [given, ...words] = positionals;
if (given === undefined || !existsSync(join(given, 'scripts'))) {
  console.error(
    'usage: npm run tlsfuzzer -- DIR [WORD ...], a checkout of tlsfuzzer; PYTHON names a Python with its packages',
  );
  process.exit(2);
}
const dir = resolve(given);
const python = process.env.PYTHON ?? 'python3';
const out = join(root, 'build/tlsfuzzer');
mkdirSync(out, { recursive: true });
const { profiles, runs, exclusions, absent } = JSON.parse(
  readFileSync(join(root, 'test/tlsfuzzer/scripts.json'), 'utf8'),
);
const [program] = await bundle(['test/tlsfuzzer/server.ts'], out);
const labelOf = ({ profile, script, arguments: args = [] }) =>
  [profile, script, ...args].join(' ').replace(/\s+/g, ' ');
const chosen = label => words.length === 0 || words.some(word => label.includes(word));

/** A server of a profile. @returns {Promise<{ port: string, end(): void, alive(): boolean }>} */
async function start(name) {
  const { keys, certificates, ...profile } = profiles[name];
  const inTests = files => files.map(file => join(dir, 'tests', `${file}.pem`));
  const settings = JSON.stringify({ ...profile, keys: inTests(keys), certificates: inTests(certificates) });
  const hooks = profile.dropIn ? ['--no-warnings', '--import', 'castls/legacy/register'] : [];
  const child = spawn(process.execPath, [...hooks, '--enable-source-maps', program, settings], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise((done, failed) => {
    child.stdout.once('data', text => done(String(text).trim()));
    child.once('exit', code => failed(new Error(`the server of ${name} ended with ${code}`)));
  });
  return { port, end: () => child.stdin.end(), alive: () => child.exitCode === null };
}

/** One script. @returns {Promise<{ passed: boolean, conversations: number, said: string }>} */
function run({ script, arguments: args = [], all = false }, port) {
  const count = all ? [] : ['-n', values.n];
  const line = [`scripts/test-${script}.py`, '-h', '127.0.0.1', '-p', port, ...count, ...args];
  const expanded = line.map(each => (each.endsWith('.pem') ? join(dir, 'tests', each) : each));
  const child = spawn(python, expanded, { cwd: dir, env: { ...process.env, PYTHONPATH: '.' } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (said += text));
  const timer = setTimeout(() => child.kill(), MOST_SECONDS * 1000);
  return new Promise(done => {
    child.once('close', code => {
      clearTimeout(timer);
      const conversations = Number(/TOTAL: (\d+)/.exec(said)?.[1] ?? 0);
      done({ passed: code === 0, conversations, said });
    });
  });
}

/** The conversations that failed, by name. */
const failuresOf = said => [...new Set([...said.matchAll(/^\t(['"])(.*)\1$/gm)].map(([, , name]) => name))];

/** The exclusion that a failed conversation falls under. */
function exclusionOf(label, conversation) {
  return exclusions.find(
    ({ scripts, conversations }) =>
      new RegExp(scripts).test(label) && new RegExp(`^(?:${conversations})$`).test(conversation),
  );
}

const results = [];
const used = new Set();
const queue = runs.filter(each => chosen(labelOf(each)));
const started = Date.now();
for (const name of Object.keys(profiles)) {
  const mine = queue.filter(({ profile }) => profile === name);
  if (mine.length === 0) continue;
  const server = await start(name);
  const work = async () => {
    for (let next = mine.shift(); next !== undefined; next = mine.shift()) {
      const before = Date.now();
      const { passed: all, conversations, said } = await run(next, server.port);
      const label = labelOf(next);
      const seconds = ((Date.now() - before) / 1000).toFixed(0);
      const failures = all ? [] : failuresOf(said);
      const excluded = failures.filter(each => exclusionOf(label, each) !== undefined);
      for (const each of excluded) used.add(exclusionOf(label, each));
      const reasons = failures.filter(each => !excluded.includes(each));
      const passed = all || (failures.length > 0 && reasons.length === 0 && excluded.length < conversations);
      results.push({ label, passed, conversations, excluded: excluded.length, reasons });
      console.log(
        `${passed ? 'ok  ' : 'FAIL'} ${label}: ${conversations}${excluded.length > 0 ? `, ${excluded.length} excluded` : ''} in ${seconds} s`,
      );
      for (const each of reasons.slice(0, 20)) console.log(`       ${each}`);
      if (!passed) writeFileSync(join(out, `${label.replace(/\W+/g, '_').slice(0, 80)}.log`), said);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  if (!server.alive()) {
    console.error(`FAIL the server of ${name} ended`);
    results.push({ label: `${name}: the server ended`, passed: false, conversations: 0, excluded: 0, reasons: [] });
  }
  server.end();
}
if (words.length === 0 && values.n === '0') {
  for (const each of exclusions.filter(each => !used.has(each)))
    console.log(`no conversation falls under: ${each.conversations}`);
}
const { stdout: commit } = spawnSync('git', ['log', '-1', '--format=%H %cs'], { cwd: dir, encoding: 'utf8' });
const passed = results.filter(each => each.passed).length;
const conversations = results.reduce((sum, each) => sum + each.conversations, 0);
const summary = {
  commit: commit.trim(),
  date: new Date().toISOString().slice(0, 10),
  passed,
  failed: results.length - passed,
  absent: Object.keys(absent).length,
  conversations,
  excluded: results.reduce((sum, each) => sum + each.excluded, 0),
};
writeFileSync(join(out, 'results.json'), JSON.stringify({ ...summary, results }));
for (const [name, reason] of Object.entries(absent)) if (chosen(name)) console.log(`not run: ${name}: ${reason}`);
console.log(
  `tlsfuzzer ${summary.commit}, ${conversations} conversations, ${((Date.now() - started) / 1000).toFixed(0)} s`,
);
console.log(`${passed} passed, ${results.length - passed} failed, ${summary.absent} skipped`);
process.exitCode = passed === results.length ? 0 : 1;
