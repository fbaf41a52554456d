// The list in a page of a real browser, driven over WebDriver BiDi; the page reaches the servers through castls bridge.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../set_up.mjs';
import { modules } from './install.mjs';
import { lackOutcome, lacksOfPages, silentServer, vanishing } from './lacks.mjs';
import { bridgeOf, LISTENING } from './servers.mjs';
import { runSmallestPages, smallestPages } from './smallest_pages.mjs';
import { outcomeOf, snippetFile } from './snippets.mjs';

const DEADLINE_MS = 240_000;
/** The page has a policy as strict as castls allows (README, "Every runtime"). */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src ws://127.0.0.1:*; img-src 'self'";

/** Policies of pages that lack something, by path. */
const policies = /** @type {Record<string, string>} */ ({
  '/without-wasm': POLICY.replace(" 'wasm-unsafe-eval'", ''),
  '/without-bridge': POLICY.replace('connect-src ws://127.0.0.1:*', "connect-src 'self'"),
});

/**
 * @param {'chrome' | 'firefox'} browser @param {string} executablePath @param {string} folder @param {any} setting
 * @returns {Promise<import('./table.mjs').Result>}
 */
export async function runPage(browser, executablePath, folder, setting) {
  const page = await bundlePage(join(root, 'test/runtimes/hosts/browser.ts'), folder);
  const smallest = await smallestPages(folder);
  const snippet = await bundlePage(snippetFile('browser', folder, setting), folder);
  const lacking = await bundlePage(join(root, 'test/runtimes/hosts/lacking_page.ts'), folder);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    response.setHeader('content-security-policy', policies[pathname] ?? POLICY);
    const script = {
      '/page.js': page,
      '/lacking.js': lacking,
      '/snippet.js': snippet,
      ...Object.fromEntries(smallest),
    }[pathname];
    if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
    else if (pathname === '/' || pathname === '/lacking' || pathname in policies)
      response
        .setHeader('content-type', 'text/html')
        .end(
          `<!doctype html><title>castls</title><script type="module" src="/${pathname === '/' ? 'page' : 'lacking'}.js"></script>`,
        );
    else response.writeHead(404).end();
  });
  await new Promise(resolve => server.listen(setting.pagePort ?? 0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const launched = await launch(browser, executablePath);
  try {
    const tab = await launched.newPage();
    /** @type {string[]} */
    const errors = [];
    tab.on('pageerror', (/** @type {Error} */ error) => errors.push(error.message));
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.waitForFunction('typeof runList === "function"', { timeout: 20_000 });
    tab.setDefaultTimeout(DEADLINE_MS);
    const result = await tab.evaluate(
      (/** @type {object} */ given) => /** @type {any} */ (globalThis).runList(given),
      setting,
    );
    const said = await outcomeOf(() =>
      tab.evaluate(
        async (/** @type {string} */ ca, /** @type {string} */ token) =>
          // @ts-expect-error: a module of the page
          (await import('/snippet.js')).hello(ca, token),
        setting.fixtures.ca,
        setting.token,
      ),
    );
    const weighed = await runSmallestPages(tab, setting);
    if (errors.length > 0) throw new Error(`errors of the page: ${errors.join('; ')}`);
    const told = await lacks(tab, port, folder, setting);
    return { ...result, outcomes: [...result.outcomes, said, ...weighed, ...told] };
  } finally {
    await launched.close();
    server.close();
    server.closeAllConnections();
  }
}

/** @param {any} tab @param {number} port of the page's server @param {string} folder @param {any} setting */
async function lacks(tab, port, folder, setting) {
  /** @type {import('./table.mjs').Outcome[]} */
  const outcomes = [];
  if (setting.only !== '') return outcomes;
  const common = { ca: setting.fixtures.ca, bridge: setting.bridge, token: setting.token, port: setting.servers.echo };
  const open = async (/** @type {string} */ path, host = '127.0.0.1') => {
    await tab.goto(`http://${host}:${port}/${path}`);
    await tab.waitForFunction('typeof lacking === "function"', { timeout: 20_000 });
  };
  const attempt = (/** @type {string} */ name, /** @type {object} */ needs) =>
    tab.evaluate(
      (/** @type {string} */ what, /** @type {object} */ given) => /** @type {any} */ (globalThis).lacking(what, given),
      name,
      needs,
    );
  for (const row of lacksOfPages) {
    outcomes.push(
      await lackOutcome(row, async () => {
        await open(row.policy ?? 'lacking', row.origin);
        return attempt(row.attempt, { ...common, ...row.needs });
      }),
    );
  }
  for (const row of vanishing) {
    outcomes.push(
      await lackOutcome(row, async () => {
        const silent = await silentServer();
        const target = row.during === 'handshake' ? silent.port : common.port;
        const bridge = bridgeOf(join(folder, 'node_modules/castls'), { ...setting, ports: [target] });
        try {
          await open('lacking');
          const needs = { ...common, port: target, bridge: await bridge.line(LISTENING) };
          const opening = attempt('connect', needs);
          await (row.during === 'handshake' ? silent.met : opening);
          const end = row.during === 'handshake' ? opening : attempt('read on', needs);
          bridge.child.kill(row.signal);
          return await end;
        } finally {
          bridge.stop();
          silent.stop();
        }
      }),
    );
  }
  return outcomes;
}

/** A module for a page. @param {string} entry @param {string} folder has castls among its node_modules */
async function bundlePage(entry, folder) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    nodePaths: [join(folder, 'node_modules')],
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}

/** @param {'chrome' | 'firefox'} browser @param {string} executablePath */
export async function launch(browser, executablePath) {
  const require = createRequire(join(modules, 'package.json'));
  const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')).href);
  return puppeteer.launch({
    browser,
    executablePath,
    headless: true,
    protocol: 'webDriverBiDi',
    protocolTimeout: DEADLINE_MS,
    args:
      browser === 'chrome'
        ? [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
          ]
        : [],
  });
}
