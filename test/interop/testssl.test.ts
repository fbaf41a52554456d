// testssl.sh against `castls serve`: protocols, cipher categories, forward secrecy, vulnerabilities. No finding of
// severity LOW or above; trust in the certificate is not asked for.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { scratch } from '../support/openssl.ts';
import { serverCertificate } from '../support/peer_certificates.ts';
import { run, withPeer } from '../support/peers.ts';
import { serve } from '../support/programs.ts';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Findings that are none of the server's, with the reason. */
const excepted: Readonly<Record<string, string>> = {
  engine_problem: 'about the openssl that testssl.sh runs: it has no GOST engine',
};

withPeer('testssl.sh', ['testssl'], () => {
  test('testssl.sh finds nothing of severity LOW or above', async () => {
    const { certFile, keyFile } = serverCertificate('p256');
    const { server, port } = await serve('--cert', certFile, '--key', keyFile, '--www');
    try {
      const report = scratch('testssl.json');
      const options = ['--quiet', '--color', '0', '--warnings', 'off', '-p', '-s', '-f', '-U', '--jsonfile', report];
      await run('testssl', [...options, `127.0.0.1:${port}`], dirname(report)).finished(240_000);
      const findings = JSON.parse(readFileSync(report, 'utf8')) as Finding[];
      assert.ok(findings.length > 30, `only ${findings.length} findings`);
      const bad = findings.filter(f => !['OK', 'INFO', 'DEBUG'].includes(f.severity) && !(f.id in excepted));
      assert.equal(bad, []);
      const offered = (id: string) => findings.find(f => f.id === id)?.finding ?? '';
      assert.match(offered('TLS1_3'), /^offered/);
      assert.match(offered('TLS1_2'), /^offered/);
      assert.match(offered('TLS1_1'), /^not offered/);
    } finally {
      await server.stop();
    }
  });
});

test.run();
