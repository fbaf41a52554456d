// Headless Chromium fetches a page from `castls serve --www`, over its own defaults.

import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { serverCertificate } from '../support/peer_certificates.ts';
import { run, withPeer } from '../support/peers.ts';
import { serve } from '../support/programs.ts';

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What Chromium shows of the page, having been told to trust this one key. */
async function page(certificate: string, url: string): Promise<string> {
  const spki = new X509Certificate(certificate).publicKey.export({ format: 'der', type: 'spki' });
  const pin = createHash('sha256').update(spki).digest('base64');
  const profile = mkdtempSync(join(tmpdir(), 'castls-chromium-'));
  try {
    const options = [`--ignore-certificate-errors-spki-list=${pin}`, `--user-data-dir=${profile}`, '--dump-dom'];
    const chromium = run('chromium', [...quiet, ...options, url]);
    await chromium.finished(60_000);
    return chromium.stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

withPeer('Chromium', ['chromium'], () => {
  for (const kind of ['p256', 'rsa'] as const) {
    for (const [versions, protocol] of [
      [[], 'TLSv1.3'],
      [['--max-version', '1.2'], 'TLSv1.2'],
    ] as const) {
      test(`Chromium shows the page of castls serve: ${protocol}, ${kind}`, async () => {
        const { cert, certFile, keyFile } = serverCertificate(kind);
        const { server, port } = await serve('--cert', certFile, '--key', keyFile, '--www', ...versions);
        try {
          const shown = await page(cert, `https://localhost:${port}/`);
          assert.match(shown, /<h1>castls<\/h1>/);
          assert.match(shown, new RegExp(protocol.replace('.', '\\.')));
          // Its first choice needs no second ClientHello: both sides offer the hybrid.
          if (protocol === 'TLSv1.3') assert.match(shown, /X25519MLKEM768/);
        } finally {
          await server.stop();
        }
      });
    }
  }
});

test.run();
