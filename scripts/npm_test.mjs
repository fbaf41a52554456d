// npm test: does its own set-up on a fresh clone (install from the lock file, build), then runs the tests.
// Usage: npm test [-- WORD ...]

import { run, setUp } from './set_up.mjs';

setUp();
process.exitCode = run('node', ['scripts/test.mjs', ...process.argv.slice(2)], { check: false });
