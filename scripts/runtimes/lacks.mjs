// What a program is told where its host lacks something: one row for each lack, with the words that say what is missing and how
// to give it. docs/runtimes.md lists them for people.

import { createServer } from 'node:net';

/**
 * @typedef {import('./table.mjs').Outcome} Outcome
 * @typedef {{ lack: string, attempt: string, words: RegExp, flags?: string[] }} Row
 */

const NO_WASM = /^ERR_UNSUPPORTED_ALGORITHM: this host has no WebAssembly: its JIT compiler is off \(--jitless/;
const NO_RANDOM =
  /^ERR_UNSUPPORTED_ALGORITHM: this host has no crypto\.getRandomValues: set globalThis\.crypto, or give wasmCore/;
const NO_ENTROPY = /^ERR_INVALID_STATE: the random source failed: the entropy pool is empty$/;
const elsewhere = (/** @type {string} */ host) =>
  new RegExp(`^ERR_INVALID_STATE: castls/${host} runs in ${host}[^:]*: elsewhere there are castls/node`, 'i');

/** @type {Row[]} */
const everywhere = [
  { lack: 'no crypto', attempt: 'without crypto', words: NO_RANDOM },
  { lack: 'no entropy', attempt: 'without entropy', words: NO_ENTROPY },
  { lack: 'no entropy for an RSA key', attempt: 'an RSA key without entropy', words: NO_ENTROPY },
];

/** Rows of hosts with files, by name. @type {Readonly<Record<string, Row[]>>} */
export const lacksOfHosts = {
  node: [
    ...everywhere,
    { lack: 'no WebAssembly', attempt: 'handshake', flags: ['--jitless'], words: NO_WASM },
    { lack: 'another host', attempt: 'deno', words: elsewhere('deno') },
    { lack: 'another host: Bun', attempt: 'bun', words: elsewhere('bun') },
    { lack: 'another host: workerd', attempt: 'workerd', words: elsewhere('workerd') },
  ],
  deno: [
    ...everywhere,
    { lack: 'no WebAssembly', attempt: 'handshake', flags: ['--v8-flags=--jitless'], words: NO_WASM },
    { lack: 'no TCP', attempt: 'deno', flags: ['--allow-read'], words: /^NotCapable: .*net access.*--allow-net/ },
    { lack: 'another host: Bun', attempt: 'bun', words: elsewhere('bun') },
    { lack: 'another host: workerd', attempt: 'workerd', words: elsewhere('workerd') },
  ],
  bun: [
    ...everywhere,
    { lack: 'another host', attempt: 'deno', words: elsewhere('deno') },
    { lack: 'another host: workerd', attempt: 'workerd', words: elsewhere('workerd') },
  ],
};

/** The arguments of test/runtimes/hosts/lacking.ts. @param {string} attempt @param {any} setting */
export function lackingArguments(attempt, { fixtures, servers }) {
  const { ca, rsaCert, rsaKey } = fixtures;
  return [attempt, JSON.stringify({ ca, rsaCert, rsaKey, port: servers.echo })];
}

/** Rows of workerd. @type {Row[]} */
export const lacksOfWorkerd = [
  {
    lack: 'no entropy for an RSA key outside a request',
    attempt: 'an RSA key outside a request',
    words: /^ERR_INVALID_STATE: the random source failed: Disallowed operation called within global scope.*handler/s,
  },
  ...['maxBlockMs', 'maxBlockMs in a config', 'maxBlockMs over a WebSocket'].map(attempt => ({
    lack: `no clock: ${attempt}`,
    attempt,
    words: /^ERR_UNSUPPORTED_OPTION: \w+: maxBlockMs needs a clock that goes on.*leave it out$/,
  })),
];

/** A row of workerd in a configuration that allows no private address. */
export const WITHOUT_NETWORK = {
  lack: 'no TCP',
  attempt: 'connect',
  words: /^ERR_TARGET_UNREACHABLE: connect: workerd reaches no such server: proxy request failed.*"network"/s,
};

/** @param {Row} row @param {() => Promise<string>} run what is said @returns {Promise<Outcome>} */
export async function lackOutcome({ lack, words }, run) {
  const name = `told what is missing: ${lack}`;
  try {
    const said = (await run()).trim();
    return { name, failure: words.test(said) ? null : `it says ${said.slice(0, 600)}` };
  } catch (error) {
    return { name, failure: `${error}`.slice(0, 600) };
  }
}

const NO_BRIDGE =
  /^ERR_CONNECTION_CLOSED: the WebSocket broke, or there was none to be had: does somebody listen there.*connect-src.*1006/s;

/** Rows of pages: by which address and policy they are asked for, and what they need to be told. */
export const lacksOfPages = [
  {
    lack: "a policy without 'wasm-unsafe-eval'",
    policy: 'without-wasm',
    attempt: 'handshake',
    words: /^ERR_UNSUPPORTED_ALGORITHM: this host forbids to compile WebAssembly.*script-src 'wasm-unsafe-eval'/s,
  },
  {
    lack: 'a policy without the bridge',
    policy: 'without-bridge',
    attempt: 'connect',
    words: /^ERR_(CONNECTION_CLOSED|INVALID_STATE): .*does (somebody|connect-src).*Content-Security-Policy name it/s,
  },
  { lack: 'no crypto', attempt: 'without crypto', words: NO_RANDOM },
  {
    lack: 'no way to TCP: no bridge is named',
    attempt: 'without bridge',
    words:
      /^ERR_INVALID_ARGUMENT: connect: the option bridge is missing: the URL of castls bridge, because a page has no TCP$/,
  },
  {
    lack: 'no way to TCP: no WebSocket',
    attempt: 'without WebSocket',
    words:
      /^ERR_INVALID_STATE: connect: this host has no WebSocket: startTls of castls takes whatever streams there are$/,
  },
  { lack: 'a bridge that is not there', attempt: 'connect', needs: { bridge: 'ws://127.0.0.1:9/' }, words: NO_BRIDGE },
  {
    lack: 'a token',
    attempt: 'connect',
    needs: { token: 'not.the.token.at.all' },
    words: /^ERR_BRIDGE_REFUSED: .*the option token.*--token-file.*4401: the token is missing or wrong/,
  },
  {
    lack: 'an origin',
    origin: 'localhost',
    attempt: 'connect',
    words: /^ERR_BRIDGE_REFUSED: .*--origin.*4403: this origin is not allowed/,
  },
  {
    lack: 'an allowed target',
    attempt: 'connect',
    needs: { port: 2 },
    words: /^ERR_BRIDGE_REFUSED: .*--allow.*4404: this target is not allowed/,
  },
  {
    lack: 'a target that answers',
    attempt: 'connect',
    needs: { port: 1 },
    words: /^ERR_TARGET_UNREACHABLE: the bridge cannot connect to the server.*4502: ECONNREFUSED/,
  },
];

/** Rows of bridges that vanish: after what, and by which signal. */
export const vanishing = /** @type {const} */ ([
  { lack: 'a bridge that stays, during the handshake', during: 'handshake', signal: 'SIGKILL', words: NO_BRIDGE },
  { lack: 'a bridge that stays, behind the handshake', during: 'data', signal: 'SIGKILL', words: NO_BRIDGE },
  {
    lack: 'a bridge that stays, and says that it ends',
    during: 'data',
    signal: 'SIGTERM',
    words: /^ERR_CONNECTION_CLOSED: the relay ends or restarts \(WebSocket close code 1012: the bridge ends\)$/,
  },
]);

/** A TCP server that says nothing: handshakes with it do not end. @returns {Promise<{ port: number, met: Promise<void>, stop(): void }>} */
export function silentServer() {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  return new Promise(resolve => {
    /** @type {() => void} */
    let meet = () => {};
    const met = /** @type {Promise<void>} */ (new Promise(done => (meet = () => done())));
    const server = createServer(socket => {
      sockets.add(socket.on('error', () => {}));
      socket.once('data', meet);
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({
        port,
        met,
        stop: () => {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      });
    });
  });
}
