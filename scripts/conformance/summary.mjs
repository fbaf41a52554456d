// The table at the head of docs/conformance.md: a row a suite.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set_up.mjs';
import { number, table } from './table.mjs';

/** @param {any} data docs/conformance.json */
export function summary({ bogo, others = {}, tlsfuzzer, testssl, vectors }) {
  const peers = /** @type {any[]} */ (Object.values(others)).filter(({ commit }) => commit === bogo.commit);
  const peer = (/** @type {RegExp} */ name) => {
    const run = peers.find(one => name.test(one.name));
    return run === undefined ? '—' : `${run.name}: ${counts(run.total)}`;
  };
  const [runner, runnerDate] = bogo.commit.split(' ');
  const rows = [
    [
      '[BoGo](#boringssls-test-runner-bogo)',
      `${runner.slice(0, 7)}, ${runnerDate}`,
      counts(bogo.total),
      peer(/OpenSSL/),
      peer(/rustls/),
      bogo.date,
      '`npm run bogo -- DIR`',
    ],
    [
      '[tlsfuzzer](#tlsfuzzer)',
      tlsfuzzer.commit.replace(/^(.{7})\S*/, '$1').replace(' ', ', '),
      `${tlsfuzzer.passed} of ${tlsfuzzer.passed + tlsfuzzer.failed} runs passed, ${number(tlsfuzzer.conversations)} conversations, ${tlsfuzzer.excluded} excluded`,
      '—',
      '—',
      tlsfuzzer.date,
      '`npm run tlsfuzzer -- DIR`',
    ],
    ...vectors.suites.map((/** @type {any} */ { name, digest, passed, failed, skipped }) => [
      `[${name}](#vectors-and-certificates)`,
      `files ${digest}`,
      `${number(passed)} passed, ${number(failed)} failed, ${number(skipped)} skipped`,
      '—',
      '—',
      vectors.date,
      '`npm run vectors -- DIR`',
    ]),
    [
      '[testssl.sh](#testsslsh)',
      testssl.version,
      `${testssl.bad.length} findings that are neither OK nor information, ${testssl.bad.filter((/** @type {any} */ { reason }) => reason === undefined).length} of them of its TLS`,
      '—',
      '—',
      testssl.date,
      '`npm run testssl`',
    ],
    ...nodeTests(),
  ];
  return table(['suite', 'its commit', 'castls', 'OpenSSL', 'rustls', 'run on', 'command'], rows);
}

/** Those that scripts/node_tests.mjs writes into docs/node.md. */
function nodeTests() {
  const text = readFileSync(join(root, 'docs/node.md'), 'utf8').split('node_tests -->')[1] ?? '';
  return [...text.matchAll(/^Under (\S+), Node\.js (v\S+):\n\n(?:\|.*\n)+/gm)].map(([table, under, version]) => {
    const rows = [...table.matchAll(/^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
    const counts = rows.map(
      ([, name, all, pass, , skip]) => `${name} ${pass} of ${all} passed, ${skip} skip themselves`,
    );
    const suite = "[Node.js' own tests](node.md#nodes-own-tests)";
    return [
      suite,
      version,
      `under ${under}: ${counts.join('; ')}`,
      '—',
      '—',
      '',
      '`node scripts/node_tests.mjs --all`',
    ];
  });
}

/** @param {{PASS: number, FAIL: number, SKIP: number, DISABLED: number}} total */
function counts({ PASS, FAIL, SKIP, DISABLED }) {
  return `${number(PASS)} passed, ${number(FAIL)} failed, ${number(SKIP)} unimplemented, ${number(DISABLED)} disabled`;
}
