// Bundles and runs test/vectors/main.ts.
// Usage: vectors.mjs DIR [WORD ...]     only files whose path contains a word
//        vectors.mjs DIR --variants     what the builds of the core for TLS 1.3 alone have, on each of them

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, root } from './bundle.mjs';
import { variants } from './memory_map.mjs';

/** Files of what assembly/core/tls13.ts has, and of what is verified by its hashes. */
const ofTls13 = [
  ...['ACVP-AES-GCM', '/aes_gcm_test', '/chacha20_poly1305_test', '/SHA2-', 'HMAC-SHA2', 'TLS-v1.3-KDF'],
  ...['/hmac_sha224', '/hmac_sha256', '/hmac_sha384', '/hmac_sha512', '/hkdf_sha256', '/hkdf_sha384', '/hkdf_sha512'],
  ...['ecdsa_secp256r1_sha256', 'ecdsa_secp256r1_sha512', 'rsa_pss_2048_sha256_mgf1_', 'rsa_signature_2048_sha256'],
];

if (!existsSync(join(root, 'build/generated/core_wasm.ts'))) {
  spawnSync(process.execPath, [join(root, 'scripts/build_wasm.mjs')], { stdio: 'inherit' });
}
const outdir = join(root, 'build', `vectors-${process.pid}`);
try {
  const [main] = await bundle(['test/vectors/main.ts'], outdir);
  const args = process.argv.slice(2);
  if (!args.includes('--variants')) run(main, args, {});
  else {
    for (const name of Object.keys(variants)) {
      console.log(`on ${name}`);
      run(main, [...args.filter(arg => arg !== '--variants'), ...ofTls13], { CASTLS_CORE: name });
    }
  }
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

/** @param {string} main @param {string[]} args @param {Record<string, string>} more of the environment */
function run(main, args, more) {
  const env = { ...process.env, ...more };
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', main, ...args], { stdio: 'inherit', env });
  process.exitCode ||= status ?? 1;
}
