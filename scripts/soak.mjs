// npm run soak [-- --seconds N]
// A server of castls under good and bad clients, ten minutes long if nothing else is said: prints its handles, memory, slots and
// latency over the time as plots, and fails if anything is left when all clients are gone. Plots also in build/soak/soak.html.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.mjs';
import { root } from './set_up.mjs';

const peers = join(root, 'bench');
if (!existsSync(join(peers, 'node_modules/asciichart'))) {
  console.log('installing the peers of bench/package-lock.json');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: peers, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
// Below bench/node_modules, so that the peers are found from there.
const bundled = join(peers, 'node_modules/.castls-soak');
rmSync(bundled, { recursive: true, force: true });
const [main] = await bundle(['bench/soak/main.ts', 'bench/soak/server.ts'], bundled);
const { status } = spawnSync(process.execPath, ['--enable-source-maps', main, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
