// npm run test:explorer [-- chromium|firefox]: drives the explorer in real browsers: every choice and fault, the live mode,
// traces and captures, keyboard, axe. Ends with "N passed, N failed[, N skipped]".

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tests } from '../test/explorer/page.mjs';
import { captureOf, clientHelloHex, traceOf } from './explorer_files.mjs';
import { startExplorer } from './explorer_server.mjs';
import { launch } from './runtimes/browsers.mjs';
import { installRuntimes, modules } from './runtimes/install.mjs';
import { root } from './set_up.mjs';

/** Bytes of the page, compressed, castls in it. */
const MAX_BYTES = 350_000;
const browsers = /** @type {const} */ ([
  ['chromium', 'chrome', ['chromium', 'chromium-browser', 'google-chrome']],
  ['firefox', 'firefox', ['firefox-esr', 'firefox']],
]);

const words = process.argv.slice(2);
installRuntimes();
const axe = readFileSync(createRequire(join(modules, 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');
const total = { passed: 0, failed: 0, skipped: 0 };
const explorer = await startExplorer();
const place = join(root, `build/test-explorer-${process.pid}`);
mkdirSync(place, { recursive: true });
try {
  result('the page is small enough', explorer.bytes <= MAX_BYTES ? null : `${explorer.bytes} bytes`, 0);
  console.log(`  the page: ${explorer.bytes} bytes compressed`);
  await served();
  const files = await makeFiles();
  for (const [name, kind, programs] of browsers) {
    if (words.length > 0 && !words.includes(name)) continue;
    const program = programs.map(each => spawnSync('which', [each], { encoding: 'utf8' }).stdout.trim()).find(Boolean);
    if (program === undefined) {
      const required = process.env.CASTLS_REQUIRE_PEERS === '1';
      console.log(`${required ? 'FAIL' : 'SKIPPED'} explorer in ${name}: it is not installed`);
      total[required ? 'failed' : 'skipped']++;
      continue;
    }
    await runIn(name, kind, program, files);
  }
} finally {
  explorer.stop();
  rmSync(place, { recursive: true, force: true });
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 ? 1 : 0);

/** @param {string} name @param {'chrome' | 'firefox'} kind @param {string} program @param {Record<string, string>} files */
async function runIn(name, kind, program, files) {
  const browser = await launch(kind, program);
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1440, height: 1000 });
    /** @type {string[]} */
    let errors = [];
    page.on('pageerror', (/** @type {Error} */ error) => errors.push(error.message));
    page.on('console', (/** @type {any} */ message) => {
      if (['error', 'warn'].includes(message.type())) errors.push(message.text());
    });
    for (const [title, test] of tests) {
      const started = Date.now();
      errors = [];
      let failure = null;
      try {
        await test({ page, explorer, files, axe });
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
      if (failure === null && errors.length > 0) failure = `the console: ${errors.join('; ')}`;
      result(`${name}: ${title}`, failure, Date.now() - started);
    }
    const paint = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null");
    console.log(
      `  ${name}: first contentful paint after ${paint === null ? 'an unknown time' : `${Math.round(paint)} ms`}`,
    );
  } finally {
    await browser.close();
  }
}

/** By castls' own HTTPS, to who trusts its CA; and to nobody under another name. */
async function served() {
  const ask = (/** @type {string} */ url, /** @type {Record<string, string>} */ headers = {}) =>
    new Promise((resolve, reject) => {
      const options = { ca: explorer.ca, headers, timeout: 10_000 };
      const done = (/** @type {import('node:http').IncomingMessage} */ response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', chunk => (text += chunk))
          .on('end', () => resolve(`${response.statusCode} ${text}`));
      };
      (url.startsWith('https:') ? httpsGet(url, options, done) : httpGet(url, options, done)).on('error', reject);
    });
  const secure = await ask(explorer.https);
  result(
    'the page comes by https, with a certificate of the CA',
    /^200 .*<title>castls explorer/s.test(secure) ? null : secure,
    0,
  );
  const other = await ask(`${explorer.http}live.json`, { host: 'elsewhere.example' });
  result('a name that somebody points at this machine gets nothing', other === '421 ' ? null : other, 0);
}

/** What the page is given to open. */
async function makeFiles() {
  const [server] = explorer.servers;
  const file = (/** @type {string} */ name, /** @type {string | Uint8Array} */ content) => {
    const path = join(place, name);
    writeFileSync(path, content);
    return path;
  };
  const { capture, keyLog } = await captureOf(server.port, explorer.ca);
  return {
    trace: traceOf(server.port, explorer.caFile, join(place, 'connection.jsonl')),
    capture: file('connection.pcap', capture),
    keyLog: file('keys.log', keyLog),
    hello: file('hello.txt', clientHelloHex(capture)),
    nothing: file('nothing.bin', 'hello'),
  };
}

/** @param {string} title @param {string | null} failure @param {number} milliseconds */
function result(title, failure, milliseconds) {
  total[failure === null ? 'passed' : 'failed']++;
  if (failure !== null) console.log(`FAIL ${title} (${milliseconds} ms)\n${failure.replace(/^/gm, '  ')}`);
  else if (milliseconds > 3000) console.log(`ok   ${title} (${milliseconds} ms)`);
}
