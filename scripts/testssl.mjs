// Runs testssl.sh (Debian's testssl, or $TESTSSL) with all its checks against "castls serve" at its defaults, and counts
// what it finds by severity: npm run testssl. Results: build/testssl/findings.json and, for scripts/conformance.mjs, summary.json.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './set_up.mjs';

/** Findings that are not of the TLS of the server, by the start of their id. */
const reasons = {
  engine_problem: 'the openssl that testssl.sh uses has no GOST engine',
  'cert_revocation ': 'the certificates made for the scan name no CRL and no OCSP responder',
  'DNS_CAArecord ': 'localhost has no CAA record',
  HSTS: 'a header of HTTP: the page of --www has none',
  security_headers: 'headers of HTTP: the page of --www has none',
};

const testssl = process.env['TESTSSL'] ?? 'testssl';
const out = join(root, 'build/testssl');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const castls = (/** @type {string[]} */ ...args) => [join(root, 'scripts/castls.mjs'), ...args];
const [ca, caKey] = ['ca.crt', 'ca.key'].map(file => join(out, file));
made('cert', 'ca', '--key-out', caKey, '--out', ca);
const leaves = ['p256', 'rsa'].flatMap(type => {
  const [cert, key] = ['crt', 'key'].map(end => join(out, `${type}.${end}`));
  made(
    ...['cert', 'issue', 'localhost', '--ca', ca, '--ca-key', caKey],
    ...['--key-type', type, '--key-out', key, '--out', cert],
  );
  return ['--cert', cert, '--key', key];
});
const server = spawn(process.execPath, castls('serve', '--host', '127.0.0.1', '--port', '0', ...leaves, '--www'));
try {
  const port = await listening();
  const json = join(out, 'findings.json');
  const flags = ['--warnings', 'batch', '--color', '0', '--add-ca', ca, '--jsonfile', json];
  spawnSync(testssl, [...flags, '--ip', '127.0.0.1', `localhost:${port}`], {
    cwd: out,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 900_000,
  });
  report(json);
} finally {
  server.kill();
}

/** @param {string[]} args */
function made(...args) {
  const { status, stderr } = spawnSync(process.execPath, castls(...args), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`castls ${args.join(' ')}: ${stderr}`);
}

async function listening() {
  for await (const line of createInterface({ input: server.stdout })) {
    const port = /^listening on .*:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error('castls serve does not listen');
}

/** @param {string} json */
function report(json) {
  /** @type {{id: string, severity: string, finding: string}[]} */
  const findings = JSON.parse(readFileSync(json, 'utf8'));
  /** @type {Record<string, number>} */
  const severities = {};
  for (const { severity } of findings) severities[severity] = (severities[severity] ?? 0) + 1;
  const bad = findings
    .filter(({ severity }) => severity !== 'OK' && severity !== 'INFO')
    .map(found => ({ ...found, reason: Object.entries(reasons).find(([start]) => found.id.startsWith(start))?.[1] }));
  for (const { severity, id, finding, reason } of bad)
    console.log(`${severity} ${id}: ${finding} (${reason ?? 'FAULT'})`);
  console.log(severities);
  const { stdout } = spawnSync(testssl, ['--version'], { encoding: 'utf8' });
  const version = /testssl(?:\.sh)?\s+(\d\S*)/.exec(stdout)?.[1] ?? 'unknown';
  const groups = findings.find(({ id }) => id === 'PFS_ECDHE_curves')?.finding;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(join(out, 'summary.json'), JSON.stringify({ version, date, severities, groups, bad }));
  process.exitCode = findings.length === 0 || bad.some(({ reason }) => reason === undefined) ? 1 : 0;
}
