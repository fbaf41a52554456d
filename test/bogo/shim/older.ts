// TLS 1.0 and 1.1 beside the newer versions, as the runner expects of a shim and as no config of castls can have it: the flows
// of castls/legacy behind the hellos of TLS 1.3 and 1.2.

import { clientsBeside, serversBeside } from '../../../src/connection/older_beside.ts';
import { clientConfig, type OlderClient, type OlderServer, tls12Client, tls12Server } from '../../../src/index.ts';
import { aesCbc, type Legacy, legacy, tls10, tls11, tripleDes } from '../../../src/legacy.ts';
import type { ProtocolVersionName } from '../../../src/registry/protocol_versions.ts';
import { defaultCore } from '../../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../../src/wasm/older_cryptography.ts';

const cryptography = wasmOlderCryptography(defaultCore());

const olderOf = (versions: readonly ProtocolVersionName[]) =>
  [tls11, tls10].filter(({ name }) => versions.some(wanted => wanted === name));

/** The config of a client for which nothing newer is left: that of castls/legacy. */
export function clientConfigFor(versions: readonly ProtocolVersionName[]): Legacy['client'] {
  const older = olderOf(versions);
  if (older.length < versions.length) return options => clientConfig(options);
  return legacy({ versions: older, ciphers: [aesCbc, tripleDes], dangerouslySilent: true }).client;
}

export function clientsOf(versions: readonly ProtocolVersionName[]): OlderClient[] {
  return [...(versions.includes('TLSv1.2') ? [tls12Client] : []), ...clientsBeside(olderOf(versions), cryptography)];
}

export function serversOf(versions: readonly ProtocolVersionName[]): OlderServer[] {
  return [...(versions.includes('TLSv1.2') ? [tls12Server] : []), ...serversBeside(olderOf(versions), cryptography)];
}
