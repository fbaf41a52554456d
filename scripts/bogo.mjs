// Runs BoringSSL's test runner against castls: bogo.mjs RUNNER_DIR [-test PATTERN ...]. RUNNER_DIR is ssl/test/runner of
// a BoringSSL checkout; Go (in PATH or by $GO) compiles it. Prints totals by area; exit 1 for any failure. Further
// arguments go to the runner. Results: build/bogo/results.json, and the counts of scripts/conformance.mjs: summary.json.
//   --as=NAME --shim=FILE --shim-config=FILE   another library's shim with its own config, into build/bogo/NAME

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, root } from './bundle.mjs';

const options = new Map(
  process.argv.slice(2).flatMap(arg => [...arg.matchAll(/^--([a-z-]+)=(.*)$/g)].map(m => [m[1], m[2]])),
);
const [dir, ...rest] = process.argv.slice(2).filter(arg => !arg.startsWith('--'));
const [as, otherShim, otherConfig] = ['as', 'shim', 'shim-config'].map(name => options.get(name));
const unknown = [...options.keys()].find(name => !['as', 'shim', 'shim-config'].includes(name));
if (unknown !== undefined) throw new Error(`--${unknown} is no option`);
if ((as === undefined) !== (otherShim === undefined) || (as === undefined) !== (otherConfig === undefined)) {
  throw new Error('--as, --shim and --shim-config go together');
}
if (dir === undefined || !existsSync(join(dir, 'runner.go'))) {
  console.error('usage: npm run bogo -- RUNNER_DIR, the folder ssl/test/runner of a BoringSSL checkout');
  process.exit(2);
}
const runnerDir = resolve(dir);
const out = join(root, 'build/bogo', as ?? '');
mkdirSync(out, { recursive: true });
if (!existsSync(join(root, 'build/generated/core_wasm.ts'))) {
  spawnSync(process.execPath, [join(root, 'scripts/build_wasm.mjs')], { stdio: 'inherit' });
}
const go = process.env.GO ?? 'go';
const runner = join(out, 'runner');
const compiled = spawnSync(go, ['test', '-c', '-o', runner, '.'], {
  cwd: runnerDir,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (compiled.status !== 0) throw new Error('the runner does not compile');
const { stdout: commit } = spawnSync('git', ['log', '-1', '--format=%H %cs'], { cwd: runnerDir, encoding: 'utf8' });

const configFile = resolve(otherConfig ?? join(root, 'test/bogo/config.json'));
/** @type {[string, RegExp][] | undefined} */
let matchers;
const started = Date.now();
const every = await namesOfAll();
const results = join(out, 'results.json');
let missing = '';
if (otherShim !== undefined) await run(resolve(otherShim), configFile, results, rest);
else {
  const [shim] = await bundle(['test/bogo/shim/resident.ts'], out);
  const resident = spawn(process.execPath, ['--enable-source-maps', shim], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise(done => resident.stdout.once('data', text => done(String(text).trim())));
  await run(join(root, 'test/bogo/launcher'), configFile, results, rest, { CASTLS_SHIM_PORT: String(port) });
  resident.stdout.on('data', text => (missing += text));
  resident.stdin.end();
  await new Promise(done => resident.once('close', done));
}
report();

/** @param {string} shim @param {string} config @param {string} json @param {string[]} [more] @param {Record<string, string>} [env] */
async function run(shim, config, json, more = [], env = {}) {
  const flags = ['-allow-unimplemented', '-json-output', json, '-pipe', '-num-workers', '2', ...more];
  const child = spawn(runner, ['-shim-path', shim, '-shim-config', config, ...flags], {
    cwd: runnerDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/^(PASSED|UNIMPLEMENTED) \(/.test(line) && line !== '' && shim !== nothing()) console.log(line);
  }
}

/** A shim that has nothing, by which the runner lists its tests: 89 to each, and no handshaker. */
function nothing() {
  return join(out, 'nothing');
}

/** Names of the runner's tests of TLS over a stream: what DTLS and QUIC alone have is none of castls'. */
async function namesOfAll() {
  writeFileSync(nothing(), '#!/bin/sh\n[ "$1" = -is-handshaker-supported ] && echo No && exit 0\nexit 89\n', {
    mode: 0o755,
  });
  const [config, json] = ['nothing.json', 'all.json'].map(file => join(out, file));
  writeFileSync(config, '{}');
  await run(nothing(), config, json);
  return Object.keys(JSON.parse(readFileSync(json, 'utf8')).tests).filter(name => !/DTLS|QUIC/.test(name));
}

function report() {
  /** @type {{tests: Record<string, {actual: string}>}} */
  const { tests } = JSON.parse(readFileSync(results, 'utf8'));
  /** @type {Map<string, Record<string, number>>} */
  const areas = new Map();
  const none = { PASS: 0, FAIL: 0, SKIP: 0, DISABLED: 0 };
  const total = { ...none };
  for (const name of rest.includes('-test') ? every.filter(name => name in tests) : every) {
    const area = areaOf(name);
    const counts = areas.get(area) ?? { ...none };
    areas.set(area, counts);
    for (const each of [counts, total]) each[/** @type {'PASS'} */ (tests[name]?.actual ?? 'DISABLED')]++;
  }
  const row = (/** @type {string} */ name, /** @type {Record<string, number>} */ counts) =>
    console.log(
      `${name.padEnd(28)}${Object.values(counts)
        .map(n => String(n).padStart(9))
        .join('')}`,
    );
  console.log(`\n${'area'.padEnd(28)}${['passed', 'failed', 'unimpl.', 'disabled'].map(n => n.padStart(9)).join('')}`);
  for (const [area, counts] of [...areas].sort()) row(area, counts);
  row('all', total);
  // Of a part of the tests nothing is kept.
  if (rest.length === 0) {
    writeFileSync(
      join(out, 'summary.json'),
      JSON.stringify({
        name: as ?? 'castls',
        commit: commit.trim(),
        date: new Date().toISOString().slice(0, 10),
        areas: Object.fromEntries([...areas].sort()),
        total,
        missing,
        disabled: disabledBy(every.filter(name => !(name in tests))),
      }),
    );
  } else if (rest.includes('-include-disabled')) {
    const needless = every.filter(name => tests[name]?.actual === 'PASS' && patternOf(name) !== undefined);
    console.log(`\ndisabled, and they pass: ${needless.join(' ') || 'none'}`);
  }
  console.log(`\nunimplemented, by the flag that asks for it:\n${missing}`);
  console.log(`runner ${commit.trim()}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${total.PASS} passed, ${total.FAIL} failed, ${total.SKIP} skipped, ${total.DISABLED} disabled`);
  process.exitCode = total.FAIL > 0 ? 1 : 0;
}

/** How many of these tests each pattern of the config disables; one that several match counts for the first. @param {string[]} names */
function disabledBy(names) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const name of names) {
    const pattern = patternOf(name);
    if (pattern !== undefined) counts[pattern] = (counts[pattern] ?? 0) + 1;
  }
  return counts;
}

/** The pattern of the config that disables a test, in the syntax of Go's filepath.Match. @param {string} name */
function patternOf(name) {
  matchers ??= Object.keys(JSON.parse(readFileSync(configFile, 'utf8')).DisabledTests)
    .sort()
    .map(glob => [
      glob,
      new RegExp(
        `^${glob
          .replace(/[.+${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ),
    ]);
  return matchers.find(([, matcher]) => matcher.test(name))?.[0];
}

/** @param {string} name */
function areaOf(name) {
  return (
    /** @type {[RegExp, string][]} */ ([
      [/TLS1(-|$)|TLS11|TLS10/, 'TLS 1.0 and 1.1'],
      [/EarlyData|0RTT|EndOfEarlyData/i, '0-RTT'],
      [/CertCompression/i, 'certificate compression'],
      [/RawPublicKey|-RPK/i, 'raw public keys'],
      [/DelegatedCredential/i, 'delegated credentials'],
      [/PSK/i, 'PSK'],
      [/PAKE/, 'PAKE'],
      [/TrustAnchor/, 'trust anchor identifiers'],
      [/ALPS/, 'ALPS'],
      [/Renegotia/i, 'renegotiation'],
      [/FalseStart/i, 'False Start'],
      [/ChannelID/i, 'Channel ID'],
      [/NPN/, 'NPN'],
      [/SRTP/, 'SRTP'],
      [/-Hint|Hints/i, 'handshake hints'],
      [/Resum|Ticket|SessionCache|SessionID/i, 'resumption'],
      [/Verify|Sign|Sigalg|SHA1/i, 'signatures'],
      [/Curve|KeyShare|Group|MLKEM|ECDHE|HelloRetry/i, 'key exchange'],
      [/Cipher|CBC|AES|CHACHA|3DES/i, 'cipher suites'],
      [/Cert|ClientAuth|OCSP|SCT|KeyUsage/i, 'certificates'],
      [/Version|Downgrade|Fallback/i, 'versions'],
      [/KeyUpdate/i, 'key updates'],
      [/Shutdown|Alert|Record|Fragment|Empty|LargePlaintext|LargeCiphertext|AppData/i, 'records and alerts'],
      [/Extension|ALPN|SNI|ServerName|EMS|ExtendedMasterSecret|GREASE/i, 'extensions'],
      [/Export|TLSUnique/i, 'exporters'],
      [/Padding/i, 'padding'],
    ]).find(([pattern]) => pattern.test(name))?.[1] ?? 'handshake'
  );
}
