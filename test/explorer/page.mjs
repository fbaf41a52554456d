// What is done in a page of the explorer: a list of tests, each a name and a function of the page. They run one after the
// other in one page, as somebody uses it.

import { readFileSync } from 'node:fs';
import { choices } from './choices.mjs';

const PATIENCE = 30_000;

/**
 * @typedef {{http: string, ca: string, servers: readonly {name: string, port: number}[]}} Explorer
 * @typedef {{page: any, explorer: Explorer, files: Record<string, string>, axe: string}} Setting
 */

/** @type {readonly (readonly [string, (setting: Setting) => Promise<void>])[]} */
export const tests = [
  ...choices.map(
    ([hash, expected]) =>
      /** @type {const} */ ([
        `in the page: ${hash === '' ? 'the defaults' : hash}`,
        async (/** @type {Setting} */ { page, explorer }) => {
          await at(page, explorer, hash);
          await outcome(page, expected);
        },
      ]),
  ),
  [
    'a choice in the form takes effect, stands in the address, and comes back by it',
    async ({ page, explorer }) => {
      await at(page, explorer, '');
      await outcome(page, /TLSv1\.3/);
      await choose(page, '#a-version', '1.2');
      await outcome(page, /TLSv1\.2/);
      equal(await page.evaluate('location.hash'), '#version=1.2');
      await choose(page, '#a-fault', 'expired');
      await outcome(page, /certificate_expired/);
      equal(await page.evaluate('location.hash'), '#version=1.2&fault=expired');
      await page.goto('about:blank');
      await page.goto(`${explorer.http}#version=1.2&fault=expired&view=certificates`);
      await outcome(page, /certificate_expired/);
      equal(await page.evaluate("document.querySelector('#a-version').value"), '1.2');
      await until(page, "document.querySelectorAll('.checks .bad').length === 1", 'one check failed');
      await until(page, "/expired/.test(document.querySelector('.checks .bad').textContent)", 'it is the date');
    },
  ],
  [
    'the certificate checks: each fault fails its own, and only that',
    async ({ page, explorer }) => {
      for (const [fault, failed] of /** @type {const} */ ([
        ['none', null],
        ['name', 'Is for castle.example'],
        ['expired', 'Is valid now'],
        ['authority', 'Leads to a trust anchor'],
      ])) {
        await at(page, explorer, `view=certificates&fault=${fault}`);
        await outcome(page, fault === 'none' ? /Established/ : /The client ended it/);
        await until(page, "document.querySelectorAll('.checks li').length > 8", 'the checks are there');
        const bad = "[...document.querySelectorAll('.checks .bad strong')].map(each => each.textContent).join()";
        await until(page, `${bad} === '${failed ?? ''}'`, `${fault}: ${failed}`);
      }
    },
  ],
  [
    'a field marks its bytes, and bytes mark their field',
    async ({ page, explorer }) => {
      await at(page, explorer, '');
      await outcome(page, /Established/);
      await until(page, "document.querySelector('.tree li') !== null", 'fields');
      const name =
        "[...document.querySelectorAll('.tree li')].find(li => li.querySelector('.name').textContent === 'random')";
      await page.evaluate(`${name}.dispatchEvent(new MouseEvent('mouseenter', { bubbles: true }))`);
      await until(
        page,
        "document.querySelectorAll('.hex .cells .marked').length === 32",
        '32 bytes of random are marked',
      );
      const first = 'document.querySelector(\'.hex [data-offset="6"]\')';
      equal(await page.evaluate(`${first}.className`), 'marked');
      await page.evaluate(
        `document.querySelector('.hex [data-offset="0"]').dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))`,
      );
      await until(
        page,
        "document.querySelector('.tree .marked .name')?.textContent === 'msg_type'",
        'the field of byte 0',
      );
    },
  ],
  [
    'every field of a ClientHello has its section, and links to it',
    async ({ page }) => {
      const missing = await page.evaluate(
        "[...document.querySelectorAll('.tree li')].filter(li => li.querySelector('a.section') === null).length",
      );
      equal(missing, 0);
      const href = await page.evaluate("document.querySelector('.tree a.section').href");
      equal(href, 'https://www.rfc-editor.org/rfc/rfc9846#section-4.1.2');
    },
  ],
  [
    'by keyboard: records, fields and tabs',
    async ({ page, explorer }) => {
      await at(page, explorer, '');
      await outcome(page, /Established/);
      await page.focus('.timeline li button');
      await page.keyboard.press('ArrowDown');
      await until(page, "document.querySelector('.detail h2').textContent === 'ServerHello'", 'the next record');
      await page.focus('.tree [tabindex="0"]');
      await page.keyboard.press('ArrowDown');
      await until(page, "document.activeElement.querySelector('.name')?.textContent === 'msg_type'", 'the next field');
      await page.keyboard.press('ArrowUp');
      await page.keyboard.press('ArrowLeft');
      await until(page, "document.querySelectorAll('.tree li').length === 1", 'the message is closed');
      await page.keyboard.press('Enter');
      await until(page, "document.querySelectorAll('.tree li').length > 3", 'and open again');
      await page.focus('#tab-view-messages');
      await page.keyboard.press('ArrowRight');
      await until(page, "document.activeElement.id === 'tab-view-keys'", 'the next tab');
      await until(page, "location.hash.includes('view=keys')", 'in the address');
    },
  ],
  [
    'what is encrypted is shown under its keys, inside and as it went over the wire',
    async ({ page, explorer }) => {
      await at(page, explorer, 'step=3');
      await outcome(page, /Established/);
      await until(
        page,
        "/handshake keys, record 0/.test(document.querySelector('.detail .about').textContent)",
        'the keys',
      );
      const names =
        '[...document.querySelectorAll(\'.tree li[data-level="0"] .name\')].map(each => each.textContent).join()';
      await until(page, `${names} === 'EncryptedExtensions,Certificate,CertificateVerify,Finished'`, 'the messages');
      await page.click('#tab-side-wire');
      await until(page, `${names} === 'TLSCiphertext'`, 'the record');
    },
  ],
  [
    'the key schedule lights up with the connection',
    async ({ page, explorer }) => {
      await at(page, explorer, 'view=keys&step=0');
      await outcome(page, /Established/);
      const lit = "document.querySelectorAll('.node.lit').length";
      await until(page, `${lit} > 0 && ${lit} < 5`, 'at the ClientHello only the early secret is there');
      await at(page, explorer, 'view=keys');
      await until(page, `${lit} === document.querySelectorAll('.node').length`, 'at the end all are');
      await page.evaluate(
        "document.querySelector('.node.protected-application').dispatchEvent(new MouseEvent('click', { bubbles: true }))",
      );
      await until(page, "/^[0-9a-f]{64}$/.test(document.querySelector('.secret')?.textContent)", 'its value');
      await at(page, explorer, 'view=keys&version=1.2');
      await until(
        page,
        "document.querySelector('.node text') !== null && /master secret/.test(document.querySelector('.graph').textContent)",
        '1.2',
      );
    },
  ],
  [
    'sizes and times are plotted, and told in a table',
    async ({ page, explorer }) => {
      await at(page, explorer, 'view=measures');
      await until(page, "document.querySelectorAll('.plot canvas').length === 2", 'two plots');
      await until(page, "document.querySelectorAll('.measures tbody tr').length >= 7", 'the messages');
    },
  ],
  [
    'two connections side by side',
    async ({ page, explorer }) => {
      await at(page, explorer, 'view=compare&b.version=1.2');
      await until(page, "document.querySelectorAll('.differences .differs').length > 3", 'differences');
      await until(page, "document.querySelectorAll('.flow li.only').length > 3", 'messages of one alone');
      await at(page, explorer, 'view=compare&resumption=resumed');
      await outcome(page, /resumed/);
      await choose(page, '.compare .picker select', '0');
      await until(
        page,
        "/new/.test([...document.querySelectorAll('.differences tr')].find(row => /Session/.test(row.textContent)).textContent)",
        'full against resumed',
      );
    },
  ],
  [
    'plays the connection',
    async ({ page, explorer }) => {
      await at(page, explorer, '');
      await outcome(page, /Established/);
      await page.click('.timeline .player button');
      await until(page, "document.querySelectorAll('.row.later').length > 5", 'later steps wait');
      await until(page, "document.querySelector('.detail h2').textContent === 'ServerHello'", 'the second step');
      await page.click('.timeline .player button');
    },
  ],
  ...['castls serve', 'openssl s_server'].map(
    name =>
      /** @type {const} */ ([
        `live: ${name}`,
        async (/** @type {Setting} */ { page, explorer }) => {
          const index = explorer.servers.findIndex(server => server.name === name);
          if (index < 0) throw new Error(`${name} does not run`);
          await at(page, explorer, 'source=live');
          await until(page, "document.querySelector('#live-server') !== null", 'the servers');
          await choose(page, '#live-server', `${index}`);
          await choose(page, '#live-version', index === 0 ? '1.3' : '1.2');
          await page.click('.sources [type="submit"]');
          await outcome(page, index === 0 ? /Established: TLSv1\.3/ : /Established: TLSv1\.2/);
          await until(
            page,
            "[...document.querySelectorAll('.row .title')].some(each => each.textContent === 'application data')",
            'data',
          );
          await page.click('#tab-view-certificates');
          await until(page, "document.querySelector('.verdict.good') !== null", 'the chain is trusted');
        },
      ]),
  ),
  [
    'live: nobody is trusted, so the client refuses',
    async ({ page, explorer }) => {
      await at(page, explorer, 'source=live');
      await until(page, "document.querySelector('#live-ca')?.value.length > 100", 'the CA');
      await page.evaluate(
        "(() => { const ca = document.querySelector('#live-ca'); ca.value = ''; ca.dispatchEvent(new Event('input', { bubbles: true })); })()",
      );
      await page.click('.sources [type="submit"]');
      await outcome(page, /The client ended it with/);
    },
  ],
  [
    'opens a trace by drag and drop, without its secrets',
    async ({ page, explorer, files }) => {
      await at(page, explorer, 'source=file');
      await drop(page, [files.trace]);
      await outcome(page, /Established: TLSv1\.3/);
      await until(
        page,
        "[...document.querySelectorAll('.row .title')].some(each => /EncryptedExtensions/.test(each.textContent))",
        'what was encrypted',
      );
      await page.evaluate(
        "[...document.querySelectorAll('.row button')].find(row => /application data/.test(row.textContent)).click()",
      );
      await until(page, "/left out unless secrets/.test(document.querySelector('.detail').textContent)", 'no data');
    },
  ],
  [
    'opens a capture and its key log',
    async ({ page, explorer, files }) => {
      await at(page, explorer, 'source=file');
      await drop(page, [files.capture]);
      await until(
        page,
        "[...document.querySelectorAll('.row .title')].some(each => /encrypted record/.test(each.textContent))",
        'closed records',
      );
      await drop(page, [files.keyLog]);
      await until(
        page,
        "[...document.querySelectorAll('.row .title')].some(each => /EncryptedExtensions/.test(each.textContent))",
        'open records',
      );
    },
  ],
  [
    'opens a capture and its key log that are dropped in two drops at once, in either order',
    async ({ page, explorer, files }) => {
      for (const order of [
        [files.capture, files.keyLog],
        [files.keyLog, files.capture],
      ]) {
        // A page that has opened nothing yet.
        await page.goto('about:blank');
        await at(page, explorer, 'source=file');
        await drop(page, order, true);
        await until(
          page,
          "[...document.querySelectorAll('.row .title')].some(each => /EncryptedExtensions/.test(each.textContent))",
          'open records',
        );
      }
    },
  ],
  [
    'a file that is nothing of that is said to be none',
    async ({ page, explorer, files }) => {
      await at(page, explorer, 'source=file');
      await drop(page, [files.nothing]);
      await until(
        page,
        '/neither TLS records/.test(document.querySelector(\'.open-file [role="alert"]\')?.textContent)',
        'why',
      );
    },
  ],
  [
    'a ClientHello that is pasted, with its fingerprints',
    async ({ page, explorer, files }) => {
      await at(page, explorer, 'source=file');
      await page.evaluate(
        (/** @type {string} */ text) => {
          const area = /** @type {any} */ (globalThis).document.querySelector('#pasted');
          area.value = text;
          area.dispatchEvent(new Event('input', { bubbles: true }));
        },
        readFileSync(files.hello, 'utf8'),
      );
      await until(page, "/^t13d/.test(document.querySelector('.pasted dd:last-of-type')?.textContent)", 'JA4');
      await until(
        page,
        "document.querySelector('.pasted .tree .name')?.textContent === 'ClientHello' || document.querySelector('.pasted .tree .name')?.textContent === 'TLSPlaintext'",
        'fields',
      );
    },
  ],
  ...['light', 'dark'].flatMap(theme =>
    [
      '',
      'view=keys',
      'view=certificates&fault=name',
      'view=measures',
      'view=compare',
      'source=live',
      'source=file',
      'fault=tampered&step=8',
    ].map(
      hash =>
        /** @type {const} */ ([
          `axe finds nothing serious: ${hash || 'messages'}, ${theme}`,
          async (/** @type {Setting} */ { page, explorer, axe }) => {
            await at(page, explorer, hash);
            if (!hash.startsWith('source')) await outcome(page, /./);
            await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
            if (hash.includes('certificates'))
              await until(page, "document.querySelector('.checks') !== null", 'checks');
            if (hash.includes('compare')) await until(page, "document.querySelector('.flow') !== null", 'comparison');
            if (!(await page.evaluate("typeof axe !== 'undefined'"))) await page.evaluate(axe);
            const found = await page.evaluate(
              "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))",
            );
            if (found.length > 0) throw new Error(found.join('\n'));
          },
        ]),
    ),
  ),
  [
    'on a phone nothing is wider than the screen',
    async ({ page, explorer }) => {
      await page.setViewport({ width: 390, height: 844 });
      for (const hash of ['', 'view=keys', 'view=certificates', 'view=measures', 'view=compare']) {
        await at(page, explorer, hash);
        await outcome(page, /Established/);
        await new Promise(resolve => setTimeout(resolve, 300));
        const [inner, outer] = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
        if (inner > outer) throw new Error(`${hash || 'messages'}: ${inner} pixels on a screen of ${outer}`);
      }
      await page.setViewport({ width: 1440, height: 1000 });
    },
  ],
];

/** @param {any} page @param {Explorer} explorer @param {string} hash */
async function at(page, explorer, hash) {
  const address = await page.evaluate('location.href');
  if (!address.startsWith(explorer.http)) await page.goto(`${explorer.http}#${hash}`);
  else {
    // A source that is left and entered again is as new.
    await page.evaluate("document.querySelector('main .outcome')?.setAttribute('data-old', '')");
    await page.evaluate(`location.hash = '${hash === '' ? 'x' : hash}'`);
  }
}

/** The outcome says so. @param {any} page @param {RegExp} expected */
async function outcome(page, expected) {
  await until(
    page,
    `${expected}.test(document.querySelector('main .outcome')?.innerText ?? '') && document.querySelector('main').getAttribute('aria-busy') !== 'true'`,
    `the outcome ${expected}`,
    "document.querySelector('main')?.innerText.slice(0, 300)",
  );
}

/** @param {any} page @param {string} condition @param {string} what @param {string} [instead] what to show if it does not come */
async function until(page, condition, what, instead = 'document.title') {
  const end = Date.now() + PATIENCE;
  for (;;) {
    if (await page.evaluate(condition)) return;
    if (Date.now() > end) throw new Error(`${what} did not come; there is: ${await page.evaluate(instead)}`);
    await new Promise(resolve => setTimeout(resolve, 40));
  }
}

/** @param {any} page @param {string} selector @param {string} value */
async function choose(page, selector, value) {
  await until(page, `document.querySelector('${selector}') !== null`, selector);
  await page.evaluate(
    `(() => { const select = document.querySelector('${selector}'); select.value = '${value}'; select.dispatchEvent(new Event('change', { bubbles: true })); })()`,
  );
}

/** Drops files on the page. @param {any} page @param {string[]} paths @param {boolean} [apart] each by a drop of its own, at once */
async function drop(page, paths, apart = false) {
  await until(page, "document.querySelector('.open-file') !== null", 'the panel');
  const files = paths.map(path => ({ name: path.replace(/.*\//, ''), base64: readFileSync(path).toString('base64') }));
  const drops = apart ? files.map(file => [file]) : [files];
  await page.evaluate((/** @type {{name: string, base64: string}[][]} */ given) => {
    for (const together of given) {
      const data = new DataTransfer();
      for (const { name, base64 } of together) {
        const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
        data.items.add(new File([bytes], name));
      }
      globalThis.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }, drops);
}

/** @param {unknown} found @param {unknown} expected */
function equal(found, expected) {
  if (found !== expected) throw new Error(`${JSON.stringify(found)} where ${JSON.stringify(expected)} is expected`);
}
