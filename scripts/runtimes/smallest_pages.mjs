// The pages whose bytes docs/performance.md tells (scripts/pages.mjs), at work in a browser against openssl: what is weighed is
// what runs.

import { bundlePage } from '../page_bytes.mjs';
import { pages } from '../pages.mjs';

/** Pages that leave `connect(ca, serverName, onProgress)`, a connection without I/O. */
const tried = pages.filter(({ name }) =>
  /^(smallest client|client on the host's WebCrypto(, castls-brief)?$)/.test(name),
);

/** Their modules by path. @param {string} folder has castls among its node_modules @returns {Promise<Map<string, string>>} */
export async function smallestPages(folder) {
  const modules = await Promise.all(
    tried.map(async ({ source, conditions }, i) => {
      const { code } = await bundlePage(source, folder, conditions);
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
  for (const [i, { name }] of tried.entries()) {
    let failure = null;
    try {
      const answer = await tab.evaluate(inPage, `/smallest${i}.js`, {
        bridge: setting.bridge,
        token: setting.token,
        port: setting.servers.openssl,
        ca: setting.fixtures.ca,
      });
      if (answer !== 'olleh') failure = `openssl answers ${answer}`;
    } catch (error) {
      failure = `${error}`.slice(0, 600);
    }
    outcomes.push({ name: `${name}: openssl answers`, failure });
  }
  return outcomes;
}

/**
 * In the page: says "hello" to openssl s_server -rev through castls bridge. @param {string} module
 * @param {{ bridge: string, token: string, port: number, ca: string }} where @returns {Promise<string>}
 */
async function inPage(module, { bridge, token, port, ca }) {
  await import(module);
  const socket = new WebSocket(`${bridge}?host=localhost&port=${port}`, ['castls.bridge', `castls.token.${token}`]);
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let answer = '';
    const flush = () => {
      for (let event = tls.nextEvent(); event !== null; event = tls.nextEvent()) {
        if (event.kind === 'established') tls.write(new TextEncoder().encode('hello\n'));
        if (event.kind === 'data') answer += new TextDecoder().decode(event.data);
        if (event.kind === 'closed') reject(event.error ?? new Error('closed'));
      }
      if (socket.readyState === WebSocket.OPEN) for (const record of tls.takeOutput()) socket.send(record);
      if (!answer.endsWith('\n')) return;
      socket.close();
      resolve(answer.trim());
    };
    const base64 = ca.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
    const der = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
    const tls = /** @type {any} */ (globalThis).connect(der, 'localhost', flush);
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
