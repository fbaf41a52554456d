// Pages as users write them, for the size of what they carry: one for each way to name parts. Every page leaves a function
// `connection(ca)` or the like on globalThis, so that nothing of it is dropped. Trust is DER, as a page has it at hand.

const client = (/** @type {string} */ parts, /** @type {string} */ provider, config = '', verifier = '') => `
import { clientConfig, Connection, peerVerifier, wasmProvider, ${parts} } from 'castls/parts';
const provider = wasmProvider(${provider});
globalThis.connect = (ca, serverName, onProgress) => {
  const config = clientConfig({ provider, verifier: peerVerifier({ provider, ca${verifier} })${config} });
  return new Connection(config.settings({ serverName }), { ...config, onProgress });
};`;

const webCrypto = `
import { clientConfig, Connection, peerVerifier, wasmProvider } from 'castls/parts';
import { webCryptoProvider } from 'castls/webcrypto';
const provider = webCryptoProvider(wasmProvider({}));
globalThis.connect = (ca, serverName, onProgress) => {
  const config = clientConfig({ provider, verifier: peerVerifier({ provider, ca }) });
  return new Connection(config.settings({ serverName }), { ...config, onProgress });
};`;

const pinned = `
import { clientConfig, Connection, pinnedKeyVerifier, wasmProvider } from 'castls/parts';
import { webCryptoProvider } from 'castls/webcrypto';
const provider = webCryptoProvider(wasmProvider({}));
globalThis.connect = (keys, serverName, onProgress) => {
  const config = clientConfig({ provider, verifier: pinnedKeyVerifier({ provider, keys }) });
  return new Connection(config.settings({ serverName }), { ...config, onProgress });
};`;

const smallest = {
  parts: 'x25519, ecdsaP256VerifierAlone, rsaVerifier',
  provider: '{ groups: [x25519], signatureVerifiers: [ecdsaP256VerifierAlone, rsaVerifier] }',
};

/**
 * `conditions`: exports conditions under which it is bundled; `terser`: it minifies what esbuild has; `most`: bytes it may have, of gzip -9 and of brotli 11.
 * @typedef {{ name: string, what: string, binaries: string[], source: string, conditions?: string[], terser?: boolean, most: number[] }} Page
 */

/** @type {Page[]} What each should carry is part of it. */
export const pages = [
  {
    name: 'smallest client',
    what: 'TLS 1.3; X25519; ECDSA on P-256 and RSA verified',
    binaries: ['core', 'p256_verify', 'rsa', 'x25519'],
    source: client(smallest.parts, smallest.provider),
    most: [92_200, 78_600],
  },
  {
    name: 'smallest client, castls-tls13',
    what: 'the same, with all texts; its binaries are put together at the first start',
    conditions: ['castls-tls13'],
    binaries: ['core_tls13', 'p256_verify', 'rsa', 'x25519'],
    source: client(smallest.parts, smallest.provider),
    most: [78_300, 67_800],
  },
  {
    name: 'smallest client, castls-brief',
    what: 'the same, errors without texts',
    conditions: ['castls-brief'],
    binaries: ['core_tls13', 'p256_verify', 'rsa', 'x25519'],
    source: client(smallest.parts, smallest.provider),
    most: [69_200, 60_300],
  },
  {
    name: 'smallest client, castls-small',
    what: 'the same, with small kernels, too',
    conditions: ['castls-small'],
    binaries: ['core_small', 'p256_verify', 'rsa', 'x25519'],
    source: client(smallest.parts, smallest.provider),
    most: [64_700, 56_800],
  },
  {
    name: 'client of TLS 1.3 and 1.2',
    what: 'the smallest with `cipherSuites12` and `tls12Client`',
    binaries: ['core', 'p256_verify', 'rsa', 'x25519'],
    source: client(
      `cipherSuites12, tls12Client, ${smallest.parts}`,
      smallest.provider.replace('{', '{ cipherSuites12,'),
      ', olderVersions: [tls12Client]',
    ),
    most: [97_800, 83_000],
  },
  {
    name: 'post-quantum client',
    what: 'TLS 1.3; X25519MLKEM768 and X25519; ECDSA on P-256 and RSA verified',
    binaries: ['core', 'mlkem', 'p256_verify', 'rsa', 'x25519'],
    source: client(`x25519MlKem768, ${smallest.parts}`, smallest.provider.replace('[x', '[x25519MlKem768, x')),
    most: [100_000, 85_000],
  },
  {
    name: 'client for the Web',
    what: 'TLS 1.3 and 1.2 over Web Streams; X25519MLKEM768, X25519, P-256; ECDSA on P-256 and P-384 and RSA verified; all of path validation; sessions',
    binaries: ['core', 'ec_large', 'mlkem', 'p256', 'rsa', 'x25519'],
    source: `
import {
  certificatePolicies, cipherSuites12, clientConfig, ecdsaP256Verifier, ecdsaP384Verifier, nameConstraints, peerVerifier,
  resumption, rsaVerifier, secp256r1, startTls, tls12Client, wasmProvider, x25519, x25519MlKem768,
} from 'castls/parts';
const provider = wasmProvider({
  cipherSuites12,
  groups: [x25519MlKem768, x25519, secp256r1],
  signatureVerifiers: [ecdsaP256Verifier, rsaVerifier, ecdsaP384Verifier],
});
globalThis.open = (ca, serverName, streams) => {
  const verifier = peerVerifier({ provider, ca, features: [nameConstraints, certificatePolicies] });
  const config = clientConfig({ provider, verifier, features: [resumption], olderVersions: [tls12Client] });
  return startTls(streams, { config, serverName });
};`,
    most: [129_000, 107_000],
  },
  {
    name: 'smallest server',
    what: 'TLS 1.3; X25519; a P-256 key; tickets',
    binaries: ['core', 'p256', 'x25519'],
    source: `
import { Connection, credential, p256Keys, serverConfig, TicketKeys, wasmProvider, x25519 } from 'castls/parts';
const provider = wasmProvider({ groups: [x25519], privateKeyImporters: [p256Keys] });
globalThis.accept = (cert, key, onProgress) => {
  const credentials = [credential({ provider, cert, key })];
  const config = serverConfig({ provider, credentials, tickets: new TicketKeys({ provider }) });
  return new Connection(config.settings(), { ...config, onProgress });
};`,
    most: [98_900, 84_100],
  },
  {
    name: "client on the host's WebCrypto",
    what: 'TLS 1.3; `webCryptoProvider` of `castls/webcrypto` over no part at all',
    binaries: ['core'],
    source: webCrypto,
    most: [82_200, 70_300],
  },
  {
    name: "client on the host's WebCrypto, castls-brief",
    what: 'the same, errors without texts',
    conditions: ['castls-brief'],
    binaries: ['core_tls13'],
    source: webCrypto,
    most: [60_600, 52_900],
  },
  {
    name: "client on the host's WebCrypto with a pinned key, castls-brief",
    what: '`pinnedKeyVerifier` in the place of X.509',
    conditions: ['castls-brief'],
    binaries: ['core_tls13'],
    source: pinned,
    most: [47_900, 42_200],
  },
  {
    name: "client on the host's WebCrypto with a pinned key, castls-small",
    what: 'the same, with small kernels, too',
    conditions: ['castls-small'],
    binaries: ['core_small'],
    source: pinned,
    most: [43_700, 38_500],
  },
  {
    name: "client on the host's WebCrypto with a pinned key, castls-small, terser",
    what: 'the same, which terser minifies behind esbuild',
    conditions: ['castls-small'],
    binaries: ['core_small'],
    source: pinned,
    terser: true,
    most: [44_000, 38_000],
  },
  {
    name: 'all of castls',
    what: 'a client that takes everything from `castls`',
    binaries: [...['core', 'ec448', 'ec_large', 'ed25519', 'mldsa', 'mlkem', 'p256', 'rsa', 'rsa_private', 'x25519']],
    source: `
import { clientConfig, Connection, peerVerifier } from 'castls';
globalThis.connect = (ca, serverName, onProgress) => {
  const config = clientConfig({ verifier: peerVerifier({ ca }) });
  return new Connection(config.settings({ serverName }), { ...config, onProgress });
};`,
    most: [166_300, 135_000],
  },
];

/** The features of a client, and of what verifies certificates, each with what it stands on. @type {Record<string, string[]>} */
export const features = {
  resumption: [],
  earlyData: ['resumption'],
  clientCertificates: [],
  compressedCertificates: [],
  exporters: [],
  nameConstraints: [],
  certificatePolicies: [],
  pem: [],
};

const ofVerifier = ['nameConstraints', 'certificatePolicies', 'pem'];

/** The page that names them, beside the smallest client. @param {readonly string[]} names */
export const pageWithFeatures = names =>
  client(
    [smallest.parts, ...names].join(', '),
    smallest.provider,
    `, features: [${names.filter(name => !ofVerifier.includes(name)).join(', ')}]`,
    `, features: [${names.filter(name => ofVerifier.includes(name)).join(', ')}]`,
  );

/** The parts of castls/parts by the list of a provider they stand in; a page with one of them alone has its binaries. */
export const parts = {
  groups: [
    ...['x25519', 'x25519WithComb', 'x448', 'secp256r1', 'secp384r1', 'secp521r1'],
    ...['x25519MlKem768', 'secp256r1MlKem768', 'secp384r1MlKem1024'],
    ...['ffdhe2048', 'ffdhe3072', 'ffdhe4096', 'ffdhe6144', 'ffdhe8192'],
  ],
  signatureVerifiers: [
    ...['ecdsaP256Verifier', 'ecdsaP256VerifierAlone', 'ecdsaP384Verifier', 'ecdsaP521Verifier'],
    ...['ed25519Verifier', 'ed448Verifier', 'rsaVerifier', 'mlDsaVerifier'],
  ],
  privateKeyImporters: [...['p256Keys', 'p384Keys', 'p521Keys', 'ed25519Keys', 'ed448Keys', 'rsaKeys', 'mlDsaKeys']],
};
