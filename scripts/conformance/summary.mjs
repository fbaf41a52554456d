// The table at the head of docs/conformance.md: a row a suite.

import { number, table } from './table.mjs';

/** @param {any} data docs/conformance.json */
export function summary({ bogo, others = {}, tlsfuzzer, testssl, vectors, node }) {
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
    ...(node === undefined
      ? []
      : [["[Node.js' own tests](#nodejs-own-tests)", node.version, node.castls, '—', '—', node.date, node.command]]),
  ];
  return table(['suite', 'its commit', 'castls', 'OpenSSL', 'rustls', 'run on', 'command'], rows);
}

/** @param {{PASS: number, FAIL: number, SKIP: number, DISABLED: number}} total */
function counts({ PASS, FAIL, SKIP, DISABLED }) {
  return `${number(PASS)} passed, ${number(FAIL)} failed, ${number(SKIP)} unimplemented, ${number(DISABLED)} disabled`;
}
