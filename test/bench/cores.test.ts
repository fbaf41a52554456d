// Processes of benchmarks that keep to cores of their own.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedCores, keepTo, parseCores } from '../../bench/support/cores.ts';
import { hasPeer } from '../support/programs.ts';

test('a list of cores as Linux writes it', () => {
  assert.equal(parseCores('0'), [0]);
  assert.equal(parseCores('0-2,5,7-8'), [0, 1, 2, 5, 7, 8]);
});

const cores = allowedCores();
if (cores.length === 0) console.log('SKIPPED cores: this system does not say which cores a process may run on');
else if (hasPeer('taskset', 'cores'))
  test('all threads of a process keep to its cores', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log()']);
    try {
      await new Promise(resolve => child.stdout.once('data', resolve));
      keepTo(cores.slice(-1), child.pid as number);
      const threads = readdirSync(`/proc/${child.pid}/task`);
      assert.ok(threads.length > 1);
      for (const thread of threads) {
        const status = readFileSync(`/proc/${child.pid}/task/${thread}/status`, 'latin1');
        assert.equal(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1], String(cores.at(-1)));
      }
      assert.equal(allowedCores(), cores);
      // More cores than any Linux has.
      assert.throws(() => keepTo([2 ** 20], child.pid as number), /taskset: /);
    } finally {
      child.kill();
    }
  });

test.run();
