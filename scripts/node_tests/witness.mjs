// Says where a process under castls/register spoke by node's own TLS: a line to the file that CASTLS_WITNESS names. A wrap that
// never calls back is one of those that castls has node refuse options by.

import { createHook } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env['CASTLS_WITNESS'];
/** @type {Set<number>} */
const made = new Set();
/** @type {Set<number>} */
const spoke = new Set();
createHook({
  init(id, type) {
    if (type === 'TLSWRAP') made.add(id);
  },
  before(id) {
    if (made.has(id)) spoke.add(id);
  },
}).enable();
process.on('exit', () => {
  const where = isMainThread ? 'process' : 'worker';
  if (spoke.size > 0 && file) appendFileSync(file, `${spoke.size} connections of node's own TLS in a ${where}\n`);
});
