// Fuzzes connections of both roles. Usage: fuzz_tls.mjs [--seconds N] [--seed S] [--executions N]. Prints a line every ten
// seconds; ends with exit 1 and the seed at the first connection that misbehaves, or if memory grows.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { bundle, root } from './bundle.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, seed: { type: 'string' }, executions: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_007);
const most = Number(values.executions ?? Number.POSITIVE_INFINITY);
const end = Date.now() + 1000 * Number(values.seconds ?? (values.executions ? 1e9 : 60));
/** Bytes that the heap may grow from the first minute on: what engines keep, not what connections leak. */
const MAX_GROWTH = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const memory = () => {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const outdir = join(root, 'build', `fuzz-${process.pid}`);
try {
  const [main] = await bundle(['test/support/tls_fuzz.ts'], outdir);
  const { fuzzTls } = await import(main);
  let next = Date.now() + 10_000;
  let first = 0;
  const more = done => {
    if (Date.now() >= next) {
      next += 10_000;
      const bytes = memory();
      first ||= bytes;
      console.log(`${done} connections, ${(bytes / 1e6).toFixed(1)} MB`);
      if (bytes - first > MAX_GROWTH) throw new Error(`memory grew by ${bytes - first} bytes`);
    }
    return done < most && Date.now() < end;
  };
  const { executions, established, codes, slowestMs } = await fuzzTls(seed, more);
  console.log(
    `seed ${seed}: ${executions} connections, ${established} ends established, slowest ${slowestMs.toFixed()} ms`,
  );
  for (const [code, count] of [...codes].sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(8)} ${code}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
