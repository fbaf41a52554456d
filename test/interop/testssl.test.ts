// testssl.sh against `castls serve`: protocols, suites, forward secrecy and known vulnerabilities.

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandFile } from '../support/command.ts';
import { cleanUp } from '../support/node_tls.ts';
import { scratch } from '../support/openssl.ts';
import { serverCertificate } from '../support/peer_certificates.ts';
import { run, withPeer } from '../support/peers.ts';

test.after.each(cleanUp);

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Findings that are not about the server. */
const exceptions: Readonly<Record<string, string>> = {
  engine_problem: "Debian's openssl, which testssl uses, has no GOST engine",
};

/** Each from another part of the scan: what has to be there if it was complete. */
const parts = [
  'SSLv2',
  'TLS1_2',
  'TLS1_3',
  'cipherlist_NULL',
  'cipherlist_STRONG',
  'PFS',
  'heartbleed',
  'ROBOT',
  'RC4',
];

withPeer('testssl', ['testssl', 'openssl'], () => {
  test('testssl finds nothing of severity LOW or above in castls serve --www', async () => {
    const both = (['p256', 'rsa'] as const).flatMap(kind => {
      const { certFile, keyFile } = serverCertificate(kind);
      return ['--cert', certFile, '--key', keyFile];
    });
    const address = ['--host', '127.0.0.1', '--port', '0'];
    const server = run(process.execPath, [await commandFile(), 'serve', ...address, ...both, '--www']);
    const [, port] = await server.says(/^listening on 127\.0\.0\.1:(\d+)$/m);
    const report = scratch('testssl.json');
    const quiet = ['--warnings', 'batch', '--color', '0', '--jsonfile', report];
    const scan = run('testssl', [...quiet, '-p', '-s', '-f', '-U', `127.0.0.1:${port}`], scratch('.'));
    scan.end();
    await scan.finished(270_000);
    const findings: Finding[] = JSON.parse(readFileSync(report, 'utf8'));
    const ids = new Set(findings.map(({ id }) => id));
    assert.equal(
      parts.filter(id => !ids.has(id)),
      [],
      'parts of the scan that are missing',
    );
    const bad = findings.filter(({ id, severity }) => !/^(OK|INFO)$/.test(severity) && !(id in exceptions));
    assert.equal(bad, []);
    const offered = (id: string) => findings.find(finding => finding.id === id)?.finding ?? '';
    assert.match(offered('TLS1_3'), /^offered/);
    assert.match(offered('TLS1_1'), /^not offered/);
    assert.is(server.child.exitCode, null, 'the server goes on');
  });
});

test.run();
