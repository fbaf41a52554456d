// Fuzzes the certificate reader and verifier. Usage: fuzz_x509.mjs [COUNT] [SEED]: COUNT inputs (default a million) in
// rounds of 20,000, each with a seed of its own; ends with exit 1 and the input in hex at the first that misbehaves.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, root } from './bundle.mjs';

const ROUND = 20_000;
const count = Number(process.argv[2] ?? 1_000_000);
const first = Number(process.argv[3] ?? Date.now() % 1_000_000_007);
const outdir = join(root, 'build', `fuzz-${process.pid}`);
try {
  const [main] = await bundle(['test/support/x509_fuzz.ts'], outdir);
  const { fuzz } = await import(main);
  for (let done = 0, seed = first; done < count; done += ROUND, seed++) {
    const { accepted, refused, slowest } = fuzz(seed, Math.min(ROUND, count - done));
    console.log(`seed ${seed}: ${accepted} accepted, ${refused} refused, slowest ${slowest.toFixed(1)} ms`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
