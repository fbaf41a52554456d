// The pages whose bytes docs/performance.md tells (scripts/pages.mjs), at work in a browser against openssl: what is weighed is
// what runs.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePage } from '../page_bytes.mjs';
import { pages } from '../pages.mjs';
import { root } from '../set_up.mjs';

/** Pages that leave `connect(trust, serverName, onProgress)`, a connection without I/O: a CA or a list of keys. */
const tried = pages.filter(({ source }) => source.includes('globalThis.connect ='));
const pinning = (/** @type {string} */ source) => source.includes('pinnedKeyVerifier');

/** @param {string} name @returns {X509Certificate} */
const fixture = name => new X509Certificate(readFileSync(join(root, 'test/fixtures', name)));

/** What a page trusts, in base64, and what it might trust in its place and refuse the server. @param {string} source */
function trustOf(source) {
  if (!pinning(source)) return { right: fixture('ca.crt').raw.toString('base64') };
  const [right, wrong] = ['server_p256.crt', 'server_rsa.crt'].map(name =>
    fixture(name).publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  );
  return { right, wrong };
}

/** Their modules by path. @param {string} folder has castls among its node_modules @returns {Promise<Map<string, string>>} */
export async function smallestPages(folder) {
  const modules = await Promise.all(
    tried.map(async ({ source, conditions, terser }, i) => {
      const { code } = await bundlePage(source, folder, conditions, terser);
      return /** @type {const} */ ([`/smallest${i}.js`, code]);
    }),
  );
  return new Map(modules);
}

/**
 * One outcome a page. @param {any} tab a page of a browser, whose server has the modules @param {any} setting
 * @returns {Promise<import('./table.mjs').Outcome[]>}
 */
export async function runSmallestPages(tab, setting) {
  /** @type {import('./table.mjs').Outcome[]} */
  const outcomes = [];
  if (setting.servers.openssl === 0 || setting.only !== '') return outcomes;
  for (const [i, { name, source }] of tried.entries()) {
    const { right, wrong } = trustOf(source);
    const said = async (/** @type {string} */ trust, /** @type {string} */ expected) => {
      const { bridge, token, servers } = setting;
      const where = { bridge, token, port: servers.openssl, trust, pinned: pinning(source) };
      try {
        const answer = await tab.evaluate(inPage, `/smallest${i}.js`, where);
        return answer === expected ? null : `${answer} in the place of ${expected}`;
      } catch (error) {
        return `${error}`.slice(0, 600);
      }
    };
    outcomes.push({ name: `${name}: openssl answers`, failure: await said(right, 'olleh') });
    if (wrong === undefined) continue;
    const failure = await said(wrong, 'ERR_CERT_UNKNOWN_ISSUER');
    outcomes.push({ name: `${name}: another key is refused (ERR_CERT_UNKNOWN_ISSUER)`, failure });
  }
  return outcomes;
}

/**
 * In the page: says "hello" to openssl s_server -rev through castls bridge. @param {string} module
 * @param {{ bridge: string, token: string, port: number, trust: string, pinned: boolean }} where
 * @returns {Promise<string>} the answer, or the code of the error that ended the connection
 */
async function inPage(module, { bridge, token, port, trust, pinned }) {
  await import(module);
  const socket = new WebSocket(`${bridge}?host=localhost&port=${port}`, ['castls.bridge', `castls.token.${token}`]);
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let answer = '';
    const flush = () => {
      for (let event = tls.nextEvent(); event !== null; event = tls.nextEvent()) {
        if (event.kind === 'established') tls.write(new TextEncoder().encode('hello\n'));
        if (event.kind === 'data') answer += new TextDecoder().decode(event.data);
        if (event.kind === 'closed') answer = `${event.error?.code}\n`;
      }
      if (socket.readyState === WebSocket.OPEN) for (const record of tls.takeOutput()) socket.send(record);
      if (!answer.endsWith('\n')) return;
      socket.close();
      resolve(answer.trim());
    };
    const der = Uint8Array.from(atob(trust), character => character.charCodeAt(0));
    const tls = /** @type {any} */ (globalThis).connect(pinned ? [der] : der, 'localhost', flush);
    socket.onopen = flush;
    socket.onclose = () => reject(new Error('the bridge closed'));
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') tls.endOfInput();
      else tls.receive(new Uint8Array(data));
      flush();
    };
    setTimeout(() => reject(new Error('no answer within 20 s')), 20_000);
  });
}
