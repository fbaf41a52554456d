// TLS 1.0 and 1.1 beside the newer versions, as the runner expects of a shim and as no config of castls can have it: the flows
// of castls/legacy behind the hellos of TLS 1.3 and 1.2.

import { clientHandshake10 } from '../../../src/handshake/older/client10.ts';
import type { OlderProtocol } from '../../../src/handshake/older/protocol.ts';
import { serverHandshake10 } from '../../../src/handshake/older/server10.ts';
import { tls10Protocol } from '../../../src/handshake/older/tls10.ts';
import { clientConfig, type OlderClient, type OlderServer, tls12Client, tls12Server } from '../../../src/index.ts';
import { aesCbc, type Legacy, legacy, tls10, tls11, tripleDes } from '../../../src/legacy.ts';
import type { ProtocolVersionName } from '../../../src/registry/protocol_versions.ts';
import { defaultCore } from '../../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../../src/wasm/older_cryptography.ts';

const numbers = { TLSv1: 0x0301, 'TLSv1.1': 0x0302 } as const;

/** The version with those of its suites that the settings have under their names in TLS 1.2. */
function protocolOf(name: keyof typeof numbers, offered: readonly { readonly id: number }[]): OlderProtocol {
  const cryptography = wasmOlderCryptography(defaultCore());
  const known = cryptography.cipherSuites(numbers[name]);
  const suites = offered.flatMap(({ id }) => known.find(suite => suite.id === id) ?? []);
  return tls10Protocol(numbers[name], cryptography, suites);
}

/** The config of a client for which nothing newer is left: that of castls/legacy. */
export function clientConfigFor(versions: readonly ProtocolVersionName[]): Legacy['client'] {
  const older = [tls11, tls10].filter(({ name }) => versions.some(wanted => wanted === name));
  if (older.length < versions.length) return options => clientConfig(options);
  return legacy({ versions: older, ciphers: [aesCbc, tripleDes], dangerouslySilent: true }).client;
}

export function clientsOf(versions: readonly ProtocolVersionName[]): OlderClient[] {
  return versions.flatMap((name): OlderClient[] => {
    if (name === 'TLSv1.2') return [tls12Client];
    if (name !== 'TLSv1' && name !== 'TLSv1.1') return [];
    const handshake: OlderClient['handshake'] = (hs, offer, hello, message) =>
      clientHandshake10(hs, protocolOf(name, hs.settings.cipherSuites12), offer, hello, message);
    return [{ version: numbers[name], handshake }];
  });
}

export function serversOf(versions: readonly ProtocolVersionName[]): OlderServer[] {
  return versions.flatMap((name): OlderServer[] => {
    if (name === 'TLSv1.2') return [tls12Server];
    if (name !== 'TLSv1' && name !== 'TLSv1.1') return [];
    const handshake: OlderServer['handshake'] = (hs, received, message) =>
      serverHandshake10(hs, protocolOf(name, hs.settings.cipherSuites12), received, message);
    return [{ version: numbers[name], handshake }];
  });
}
