// What castls/register and castls/legacy/register do alike. It is no entry of the package.

import { install } from './adapters/node/register/install.ts';
import * as https from './https.ts';
import { legacyEncryption } from './legacy_keys.ts';
import { nativeProvider } from './native.ts';
import * as tls from './node.ts';

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

/** @param url of the entry, which children import too */
export function registerAll(url: string): void {
  install({
    url,
    tls: replaced,
    https: { Server: https.Server, createServer: https.createServer },
    providers: { wasm: null, native: nativeProvider },
    legacyKeys: legacyEncryption,
  });
}
