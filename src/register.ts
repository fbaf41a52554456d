// castls/register: castls in the place of node:tls and node:https for the whole process, its workers and children.
// `node --import castls/register app.mjs`, or the first import of a program. It replaces properties of the builtin objects;
// node's own https.request, fetch and http2 reach castls by them.

import { install } from './adapters/node/register/install.ts';
import * as https from './https.ts';
import { legacyEncryption } from './legacy_keys.ts';
import * as tls from './node.ts';
import { passwordProvider } from './wasm/password_provider.ts';

/** Names of node:tls that become castls'; DEFAULT_* and rootCertificates stay the builtin's, where programs set them. */
const replaced = {
  connect: tls.connect,
  createSecureContext: tls.createSecureContext,
  createSecurePair: tls.createSecurePair,
  createServer: tls.createServer,
  getCACertificates: tls.getCACertificates,
  getCiphers: tls.getCiphers,
  SecureContext: tls.SecureContext,
  Server: tls.Server,
  setDefaultCACertificates: tls.setDefaultCACertificates,
  TLSSocket: tls.TLSSocket,
};

install({
  url: import.meta.url,
  tls: replaced,
  https: { Server: https.Server, createServer: https.createServer },
  provider: passwordProvider,
  legacyKeys: legacyEncryption,
});
