// Runs BoringSSL's test runner against castls: bogo.mjs RUNNER_DIR [-test PATTERN ...]. RUNNER_DIR is ssl/test/runner of
// a BoringSSL checkout; Go (in PATH or by $GO) compiles it. Prints totals by area; exit 1 for any failure. Further
// arguments go to the runner. Results: build/bogo/results.json.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, root } from './bundle.mjs';

const [dir, ...rest] = process.argv.slice(2);
if (dir === undefined || !existsSync(join(dir, 'runner.go'))) {
  console.error('usage: npm run bogo -- RUNNER_DIR, the folder ssl/test/runner of a BoringSSL checkout');
  process.exit(2);
}
const runnerDir = resolve(dir);
const out = join(root, 'build/bogo');
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

const [shim] = await bundle(['test/bogo/shim/resident.ts'], out);
const resident = spawn(process.execPath, ['--enable-source-maps', shim], { stdio: ['pipe', 'pipe', 'inherit'] });
const port = await new Promise(done => resident.stdout.once('data', text => done(String(text).trim())));

const results = join(out, 'results.json');
const started = Date.now();
const child = spawn(
  runner,
  [
    '-shim-path',
    join(root, 'test/bogo/launcher'),
    '-shim-config',
    join(root, 'test/bogo/config.json'),
    '-allow-unimplemented',
    '-json-output',
    results,
    '-pipe',
    '-num-workers',
    '2',
    ...rest,
  ],
  { cwd: runnerDir, env: { ...process.env, CASTLS_SHIM_PORT: port }, stdio: ['ignore', 'pipe', 'inherit'] },
);
for await (const line of createInterface({ input: child.stdout })) {
  if (!/^(PASSED|UNIMPLEMENTED) \(/.test(line) && line !== '') console.log(line);
}
let missing = '';
resident.stdout.on('data', text => (missing += text));
resident.stdin.end();
await new Promise(done => resident.once('close', done));
report();

function report() {
  /** @type {{tests: Record<string, {actual: string}>}} */
  const { tests } = JSON.parse(readFileSync(results, 'utf8'));
  /** @type {Map<string, Record<string, number>>} */
  const areas = new Map();
  const total = { PASS: 0, FAIL: 0, SKIP: 0 };
  for (const [name, { actual }] of Object.entries(tests)) {
    const area = areaOf(name);
    const counts = areas.get(area) ?? { PASS: 0, FAIL: 0, SKIP: 0 };
    areas.set(area, counts);
    for (const each of [counts, total]) each[/** @type {'PASS'} */ (actual)]++;
  }
  const row = (/** @type {string} */ name, /** @type {Record<string, number>} */ { PASS, FAIL, SKIP }) =>
    console.log(`${name.padEnd(28)}${[PASS, FAIL, SKIP].map(n => String(n).padStart(8)).join('')}`);
  console.log(`\n${'area'.padEnd(28)}${['passed', 'failed', 'unimpl.'].map(n => n.padStart(8)).join('')}`);
  for (const [area, counts] of [...areas].sort()) row(area, counts);
  row('all', total);
  writeFileSync(
    join(out, 'summary.json'),
    JSON.stringify({
      commit: commit.trim(),
      date: new Date().toISOString().slice(0, 10),
      areas: Object.fromEntries([...areas].sort()),
      total,
      missing,
    }),
  );
  console.log(`\nunimplemented, by the flag that asks for it:\n${missing}`);
  console.log(`runner ${commit.trim()}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${total.PASS} passed, ${total.FAIL} failed, ${total.SKIP} skipped`);
  process.exitCode = total.FAIL > 0 ? 1 : 0;
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
