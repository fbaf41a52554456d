// What the hostile families of castls/x509 take, at n and at 2n: processor time of the first run and of the best of three.
// Usage, after a build: node scripts/cost/x509.mjs [WORD ...], only families whose name contains a word.

import { x509Families } from './x509_families.mjs';

const x509 = await import('../../build/dist/x509.js');
const words = process.argv.slice(2);
console.log('cpu at n, at 2n | ratio | family | outcome');
for (const family of x509Families) {
  if (words.length > 0 && !words.some(word => family.name.includes(word))) continue;
  const n = family.kind === 'message' ? 50 * 1024 : 500_000;
  const runs = family.kind === 'file' ? 1 : 3;
  const times = [];
  let outcome;
  for (const size of [n, 2 * n]) {
    const { bytes, run } = family.make(size, x509);
    const cpu = [];
    for (let i = 0; i < runs; i++) {
      const before = process.cpuUsage();
      outcome = await run();
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
    }
    times.push({ bytes, first: cpu[0], best: Math.min(...cpu) });
  }
  const [one, two] = times;
  const figures = times.map(
    ({ bytes, first, best }) => `${(bytes / 1024).toFixed(0)} KiB ${first.toFixed(1)}/${best.toFixed(1)} ms`,
  );
  console.log(
    `${figures.join(', ')} | ${(two.best / Math.max(one.best, 0.05)).toFixed(1)} | ${family.name} | ${outcome}`,
  );
}
