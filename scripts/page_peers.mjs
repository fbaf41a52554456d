// What a page carries that uses another client instead: each bundled as scripts/page_bytes.mjs bundles castls. Prints the
// Markdown of docs/performance.md. Usage: page_peers.mjs [--write] (bench/ installed)

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './set_up.mjs';

const bench = join(root, 'bench');
const peers = [
  {
    name: 'subtls',
    what: "TLS 1.3 on the host's WebCrypto",
    source: `import { startTls, TrustedCert } from 'subtls'; globalThis.tls = { startTls, TrustedCert };`,
  },
  {
    name: 'node-forge',
    what: 'TLS 1.2 and older, CBC alone',
    source: `import forge from 'node-forge'; globalThis.tls = forge.tls;`,
  },
  {
    name: '@reclaimprotocol/tls',
    what: "TLS 1.3 and 1.2 on the host's WebCrypto",
    source: `import { makeTLSClient, setCryptoImplementation } from '@reclaimprotocol/tls';
import { webcryptoCrypto } from '@reclaimprotocol/tls/webcrypto';
globalThis.tls = { makeTLSClient, setCryptoImplementation, webcryptoCrypto };`,
  },
  {
    name: '@mercuryworkshop/epoxy-tls',
    what: 'rustls as WASM, with HTTP and WISP',
    source: `import epoxy from '@mercuryworkshop/epoxy-tls'; globalThis.tls = epoxy;`,
  },
];

const lines = ['| client | | bytes, minified | brotli 11 | gzip -9 |', '|---|---|---:|---:|---:|'];
for (const { name, what, source } of peers) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: bench, loader: 'js' },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    target: 'es2022',
    external: ['crypto', 'node:*'],
    write: false,
    logLevel: 'error',
  });
  const [{ contents }] = outputFiles;
  const { version } = JSON.parse(readFileSync(join(bench, 'node_modules', name, 'package.json'), 'utf8'));
  const numbers = [contents.length, brotliCompressSync(contents).length, gzipSync(contents, { level: 9 }).length];
  lines.push(`| ${name} ${version} | ${what} | ${numbers.map(each => each.toLocaleString('en')).join(' | ')} |`);
}
const text = lines.join('\n');
if (process.argv.includes('--write')) {
  const file = join(root, 'docs/performance.md');
  const [begin, end] = ['<!-- page peers: begin -->', '<!-- page peers: end -->'];
  const [before, rest] = readFileSync(file, 'utf8').split(begin);
  writeFileSync(file, `${before}${begin}\n${text}\n${end}${rest.split(end)[1]}`);
} else console.log(text);
