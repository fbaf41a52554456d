// docs/binaries.md: the SHA-256 of each binary that is shipped.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { families, variants } from './memory_map.mjs';
import { root } from './set_up.mjs';

const version = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(join(root, `node_modules/${name}/package.json`), 'utf8')).version;

/** The page's text. */
export function binariesPage() {
  const rows = Object.entries({ ...families, ...variants })
    .filter(([, { entry }]) => existsSync(join(root, entry)))
    .map(([name]) => {
      const bytes = readFileSync(join(root, `build/wasm/${name}.wasm`));
      return `| ${name} | ${bytes.length} | \`${createHash('sha256').update(bytes).digest('hex')}\` |`;
    });
  return `# Binaries

Written by \`npm run docs\`. What castls computes with secrets is in these WebAssembly binaries, compiled from \`assembly/\` by
AssemblyScript ${version('assemblyscript')} (Binaryen ${version('binaryen')}), and used as the compiler leaves them.

| binary | bytes | SHA-256 |
|---|---:|---|
${rows.join('\n')}

The last two are other builds of core, for pages ([parts.md](parts.md#builds-that-carry-less)).

The package has them twice: as \`build/wasm/NAME.wasm\`, and as text in its JavaScript, for hosts that compile from bytes. To
check a copy against this table: \`sha256sum node_modules/castls/build/wasm/*.wasm\`.

To check this table against the sources, in a clone: \`npm ci && node scripts/build.mjs && node scripts/binaries.mjs\`. That compiles every
binary a second time, from a copy of the sources in another directory where nothing was built before, and fails unless

- the bytes are those of \`build/wasm/\`, and of the texts in the bundles,
- their SHA-256 is the one above,
- Binaryen's validator passes them, as does the engine that runs the tests.

\`npm run check\`, all that CI runs, includes it. Who trusts the result trusts the compiler: AssemblyScript and Binaryen come from the registry
at the versions and hashes in \`package-lock.json\`. What the traces and the taint tracer say about secrets
([security.md](security.md#constant-time)) they say about these very bytes.

## Why there is no wasm-opt behind the compiler

Measured on 2026-11-29 with the three binaries that the smallest client had then (core, ec, rsa) in the form in which a bundle has them: \`wasm-opt
-O3\` after the compiler takes 329 of 41,291 bytes after gzip -9, 298 of 33,998 after brotli; the core alone gets larger by 21. That is 0.3% of
the page, less than the 380-510 bytes of an earlier measurement, which were the least that was asked for. AssemblyScript runs the
passes of the same Binaryen already. For that there would be one more step between the sources and what ships, and source maps to be carried
over it for the taint tracer. So the compiler's bytes are the shipped ones.
`;
}
