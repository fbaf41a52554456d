// TLS clients as pages use them, castls and what a page would use instead, each as a module that leaves
// `open(target, ca)` on globalThis: after the handshake it resolves to { get(path): Promise<void> }, and gives what comes to
// `target.take`. All go through the same WebSocket to castls bridge: `target` is { send(bytes), read(), take(bytes) }; `read` gives the bytes that
// came next, or undefined at the end. scripts/page_peers.mjs weighs and runs them.

const request = "new TextEncoder().encode('GET / HTTP/1.0\\r\\n\\r\\n')";

/** castls without I/O around a page's own parts. @param {string} parts @param {string} provider */
const overConnection = (parts, provider) => `
import { clientConfig, Connection, peerVerifier, ${parts} } from 'castls/parts';
${provider}
const derOf = pem => Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\\s/g, '')), character => character.charCodeAt(0));
globalThis.open = (target, ca) => new Promise((resolve, reject) => {
  const config = clientConfig({ provider, verifier: peerVerifier({ provider, ca: derOf(ca) }) });
  const tls = new Connection(config.settings({ serverName: 'localhost' }), { ...config, onProgress: () => step() });
  const step = () => {
    for (let event = tls.nextEvent(); event !== null; event = tls.nextEvent()) {
      if (event.kind === 'established') resolve({ get: () => { tls.write(${request}); step(); } });
      if (event.kind === 'data') target.take(event.data);
      if (event.kind === 'closed') { target.take(null); if (event.error) reject(event.error); }
    }
    for (const records of tls.takeOutput()) target.send(records);
  };
  (async () => {
    for (let bytes = await target.read(); bytes !== undefined; bytes = await target.read()) { tls.receive(bytes); step(); }
  })().catch(reject);
  step();
});`;

/**
 * `rsa`: it knows no other keys. `refused`: what it says of the test's server, where it trusts its own list of authorities alone.
 * @typedef {{ name: string, what: string, source: string, package?: string, conditions?: string[], refused?: string, rsa?: boolean }} PageClient
 */

/** @type {PageClient[]} */
export const pageClients = [
  {
    name: 'castls, smallest client, castls-tls13',
    what: 'TLS 1.3; X25519; own WASM',
    conditions: ['castls-tls13'],
    source: overConnection(
      'wasmProvider, x25519, ecdsaP256VerifierAlone, rsaVerifier',
      'const provider = wasmProvider({ groups: [x25519], signatureVerifiers: [ecdsaP256VerifierAlone, rsaVerifier] });',
    ),
  },
  {
    name: "castls on the host's WebCrypto, castls-tls13",
    what: 'TLS 1.3; X25519 and P-256 by the host, records by own WASM',
    conditions: ['castls-tls13'],
    source: overConnection(
      'wasmProvider',
      "import { webCryptoProvider } from 'castls/webcrypto';\nconst provider = webCryptoProvider(wasmProvider({}));",
    ),
  },
  {
    name: 'castls, everything',
    what: 'TLS 1.3 and 1.2, every group, suite and key',
    source: `
import { clientConfig, peerVerifier, startTls } from 'castls';
globalThis.open = async (target, ca) => {
  const readable = new ReadableStream({ pull: async controller => {
    const bytes = await target.read();
    if (bytes === undefined) controller.close(); else controller.enqueue(bytes);
  } });
  const writable = new WritableStream({ write: bytes => target.send(bytes) });
  const config = clientConfig({ verifier: peerVerifier({ ca }) });
  const tls = startTls({ readable, writable }, { serverName: 'localhost', config });
  await tls.opened;
  return { get: async () => {
    const writer = tls.writable.getWriter();
    await writer.write(${request});
    for await (const bytes of { [Symbol.asyncIterator]: () => { const reader = tls.readable.getReader(); return { next: () => reader.read() }; } }) target.take(bytes);
    target.take(null);
  } };
};`,
  },
  {
    name: 'subtls',
    package: 'subtls',
    what: "TLS 1.3 on the host's WebCrypto",
    source: `
import { LazyReadFunctionReadQueue, startTls, TrustedCert } from 'subtls';
globalThis.open = async (target, ca) => {
  const roots = await TrustedCert.databaseFromPEM(ca);
  const queue = new LazyReadFunctionReadQueue(() => target.read());
  const { read, write } = await startTls('localhost', roots, queue.read.bind(queue), target.send);
  return { get: async () => {
    await write(${request});
    for (let bytes = await read(); bytes !== undefined; bytes = await read()) target.take(bytes);
    target.take(null);
  } };
};`,
  },
  {
    name: '@reclaimprotocol/tls',
    package: '@reclaimprotocol/tls',
    what: "TLS 1.3 and 1.2 on the host's WebCrypto",
    source: `
import { loadX509FromPem, makeTLSClient, setCryptoImplementation } from '@reclaimprotocol/tls';
import { webcryptoCrypto } from '@reclaimprotocol/tls/webcrypto';
setCryptoImplementation(webcryptoCrypto);
globalThis.open = (target, ca) => new Promise((resolve, reject) => {
  const join = parts => { const all = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0)); let at = 0; for (const each of parts) { all.set(each, at); at += each.length; } return all; };
  const tls = makeTLSClient({
    host: 'localhost', rootCAs: [loadX509FromPem(ca)], fetchCertificateBytes: () => { throw new Error('no network'); },
    write: async ({ header, content }) => target.send(join([header, content])),
    onHandshake: () => resolve({ get: () => tls.write(${request}) }),
    onApplicationData: bytes => target.take(bytes),
    onTlsEnd: error => { target.take(null); if (error) reject(error); },
  });
  (async () => {
    await tls.startHandshake();
    for (let bytes = await target.read(); bytes !== undefined; bytes = await target.read()) await tls.handleReceivedBytes(bytes);
  })().catch(reject);
});`,
  },
  {
    name: 'node-forge',
    package: 'node-forge',
    what: 'TLS 1.1 and 1.0; RSA key exchange and CBC alone',
    rsa: true,
    source: `
import forge from 'node-forge';
const binary = bytes => { let text = ''; for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192)); return text; };
const bytesOf = text => { const bytes = new Uint8Array(text.length); for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); return bytes; };
globalThis.open = (target, ca) => new Promise((resolve, reject) => {
  const tls = forge.tls.createConnection({
    server: false, caStore: [ca], virtualHost: 'localhost',
    cipherSuites: [forge.tls.CipherSuites.TLS_RSA_WITH_AES_128_CBC_SHA],
    verify: (connection, verified) => verified,
    connected: connection => resolve({ get: () => connection.prepare(binary(${request})) }),
    tlsDataReady: connection => target.send(bytesOf(connection.tlsData.getBytes())),
    dataReady: connection => target.take(bytesOf(connection.data.getBytes())),
    closed: () => target.take(null),
    error: (connection, error) => reject(new Error(error.message)),
  });
  tls.handshake();
  (async () => {
    for (let bytes = await target.read(); bytes !== undefined; bytes = await target.read()) tls.process(binary(bytes));
  })().catch(reject);
});`,
  },
  {
    name: '@mercuryworkshop/epoxy-tls',
    package: '@mercuryworkshop/epoxy-tls',
    what: 'rustls as WASM, with HTTP and Wisp',
    // It takes a URL and makes its WebSocket itself: what it believes to be one speaks Wisp (version 1) to it and bytes to the target.
    refused: 'UnknownIssuer',
    source: `
import epoxy from '@mercuryworkshop/epoxy-tls';
let target;
const RealWebSocket = globalThis.WebSocket;
const packet = (type, stream, payload) => { const all = new Uint8Array(5 + payload.length); all[0] = type; new DataView(all.buffer).setUint32(1, stream, true); all.set(payload, 5); return all; };
const credit = Uint8Array.of(0xff, 0xff, 0, 0);
class Wisp extends EventTarget {
  constructor(url) {
    super();
    if (!url.startsWith('ws://wisp.invalid')) return new RealWebSocket(url);
    this.url = url; this.readyState = 0; this.binaryType = 'arraybuffer'; this.protocol = ''; this.extensions = ''; this.bufferedAmount = 0;
    setTimeout(() => { this.readyState = 1; this.#tell(new Event('open')); this.#give(packet(3, 0, credit)); });
  }
  #tell(event) { this['on' + event.type]?.(event); this.dispatchEvent(event); }
  #give(bytes) { this.#tell(new MessageEvent('message', { data: bytes.buffer })); }
  send(data) {
    const bytes = new Uint8Array(data.slice?.(0) ?? data);
    const stream = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
    if (bytes[0] === 1) this.#pump(stream);
    if (bytes[0] === 2) { target.send(bytes.slice(5)); this.#give(packet(3, stream, credit)); }
  }
  async #pump(stream) {
    this.#give(packet(3, stream, credit));
    for (let bytes = await target.read(); bytes !== undefined; bytes = await target.read()) this.#give(packet(2, stream, bytes));
    this.#give(packet(4, stream, Uint8Array.of(2)));
  }
  close() { this.readyState = 3; }
}
globalThis.WebSocket = Wisp;
globalThis.open = async given => {
  target = given;
  const { EpoxyClient } = await epoxy();
  const client = await new EpoxyClient('ws://wisp.invalid/', 'castls bench', 0);
  const tls = await client.connect_tls(() => {}, () => target.take(null), () => {}, bytes => target.take(bytes), 'localhost:1');
  return { get: () => tls.send(new TextDecoder().decode(${request})) };
};`,
  },
];
