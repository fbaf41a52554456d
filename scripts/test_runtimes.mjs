// npm run test:runtimes [-- NAME ...] [--only WORD] [--measure]: one list of tests (test/runtimes/list) in every runtime, from
// the package as npm would publish it, against castls serve and openssl on loopback. Prints runtime x test, and with --measure
// what each reaches. Ends with "N passed, N failed[, N skipped]".

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installPacked } from './packed.mjs';
import { installRuntimes } from './runtimes/install.mjs';
import { runtimes } from './runtimes/runtimes.mjs';
import { startServers } from './runtimes/servers.mjs';
import { tableOf } from './runtimes/table.mjs';
import { root } from './set_up.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, measure: { type: 'boolean', default: false } },
});
installRuntimes();

const fixture = (/** @type {string} */ name) => readFileSync(join(root, 'test/fixtures', name), 'utf8');
const installed = installPacked();
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {import('./runtimes/table.mjs').Result[]} */
const results = [];
const servers = await startServers(installed.castls);
try {
  const setting = {
    servers: servers.ports,
    bridge: servers.bridge,
    pagePort: servers.pagePort,
    token: servers.token,
    only: values.only,
    measure: values.measure,
    fixtures: {
      ca: fixture('ca.crt'),
      otherCa: await otherAuthority(installed.castls),
      serverCert: fixture('server_p256.crt'),
      serverKey: fixture('server_p256.key'),
      clientCert: fixture('client_p256.crt'),
      clientKey: fixture('client_p256.key'),
      rsaCert: fixture('server_rsa.crt'),
      rsaKey: fixture('server_rsa.key'),
    },
  };
  const file = join(installed.folder, 'setting.json');
  writeFileSync(file, JSON.stringify(setting));
  for (const runtime of runtimes) {
    if (positionals.length > 0 && !positionals.some(word => runtime.name.toLowerCase().includes(word.toLowerCase())))
      continue;
    const started = Date.now();
    const missing = runtime.missing();
    if (missing !== null) {
      const required = process.env.CASTLS_REQUIRE_PEERS === '1';
      console.log(`${required ? 'FAIL' : 'SKIPPED'} ${runtime.name}: ${missing}`);
      total[required ? 'failed' : 'skipped']++;
      continue;
    }
    try {
      const told = servers.told();
      const ran = await runtime.run(installed.folder, setting, file);
      const result = { ...ran, outcomes: [...ran.outcomes, ...(await alertOutcome(told))] };
      results.push(result);
      const failed = result.outcomes.filter(outcome => outcome.failure !== null);
      total.passed += result.outcomes.length - failed.length;
      total.failed += failed.length;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(
        `${failed.length === 0 ? 'ok  ' : 'FAIL'} ${result.name}: ${result.outcomes.length - failed.length}/${result.outcomes.length} in ${seconds} s`,
      );
      for (const { name, failure } of failed) console.log(`  ${name}: ${failure}`);
    } catch (error) {
      total.failed++;
      console.log(`FAIL ${runtime.name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
} finally {
  await servers.stop();
  installed.remove();
}
mkdirSync(join(root, 'build/runtimes'), { recursive: true });
const table = tableOf(results);
writeFileSync(join(root, 'build/runtimes/table.md'), table);
console.log(`\n${table}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** The certificate of an authority that issued nothing. @param {string} castls */
async function otherAuthority(castls) {
  const { formatPem, generatePrivateKey, issueSelfSigned, signerOf } = await import(
    pathToFileURL(join(castls, 'build/dist/x509.js')).href
  );
  const key = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const notBefore = Date.now() - 1000;
  const template = { profile: 'ca', subject: 'CN=Another authority', publicKey: key.publicKey, notBefore };
  const made = await issueSelfSigned({ ...template, notAfter: notBefore + 86_400_000 }, { signer: signerOf(key) });
  return formatPem('CERTIFICATE', made.der);
}

/**
 * A client that refuses castls serve must tell it why: an alert that never leaves is a fault of the client's side.
 * @param {number} before alerts that had come before the runtime ran
 */
async function alertOutcome(before) {
  if (values.only !== '' && !'refused by name, and is told'.includes(values.only)) return [];
  for (let i = 0; i < 50 && servers.told() === before; i++) await new Promise(resolve => setTimeout(resolve, 100));
  const failure =
    servers.told() > before ? null : 'castls serve got no alert unknown_ca from the client that refused it';
  return [{ name: 'the server that was refused got the alert', failure }];
}
