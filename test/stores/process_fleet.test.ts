// castls/fleet: the processes of node:cluster and their threads, by one option and without anything beside them.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../../src/index.ts';
import { clientConfigs, firstFlight, sendCopy, visit } from '../support/fleet/clients.ts';
import { cleanUp, later, pause } from '../support/node_tls.ts';
import { Running } from '../support/programs.ts';

test.after.each(cleanUp);

const root = join(fileURLToPath(new URL('.', import.meta.url)), '../..');

async function program(): Promise<string> {
  const outdir = join(root, 'build', `process-fleet-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  later(() => rmSync(outdir, { recursive: true, force: true }));
  const { bundle } = await import(join(root, 'scripts/bundle.mjs'));
  return (await bundle(['test/support/fleet/process_server.ts'], outdir))[0];
}

for (const store of ['0', '1']) {
  const where = store === '1' ? 'sessions in the primary' : 'sessions in tickets';
  test(`processes and threads resume each other's sessions and take early data once (${where})`, async () => {
    const file = await program();
    Object.assign(process.env, { CASTLS_FLEET_ROOT: root, CASTLS_FLEET_STORE: store });
    const running = new Running(process.execPath, [file]);
    const ports: number[] = JSON.parse((await running.printed(/^\[.*\]$/m))[0]);
    const configs = clientConfigs(root);
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      let session: Session | undefined;
      for (const [i, port] of [...ports, ...ports].entries()) {
        const { resumed, sessions } = await visit(configs[version], port, session);
        assert.is(resumed, i > 0, `${version}, connection ${i}`);
        session = sessions.at(-1) ?? session;
      }
    }
    // The register takes nothing for a freshness after its start.
    await pause(2500);
    for (let i = 0; i < 10; i++) {
      const { sessions } = await visit(configs['TLSv1.3'], ports[i % 4]);
      const flight = firstFlight(configs['TLSv1.3'], sessions[0], `flight ${i}`);
      await Promise.all(ports.map(port => sendCopy(port, flight)));
    }
    await pause(500);
    const taken = running.stdout.match(/^early .*$/gm) ?? [];
    assert.is(new Set(taken).size, taken.length, 'none twice');
    assert.is(taken.length, 10);
  });
}

test.run();
