// TLS 1.0 and 1.1 beside the newer versions, as the runner expects of a shim and as no config of castls can have it: the flows
// of castls/legacy behind the hellos of TLS 1.3 and 1.2.

import { clientsBeside, serversBeside } from '../../../src/connection/older_beside.ts';
import {
  clientConfig,
  type OlderClient,
  type OlderServer,
  serverConfig,
  tls12Client,
  tls12Server,
} from '../../../src/index.ts';
import { aesCbc, type Legacy, legacy, tls10, tls11, tripleDes } from '../../../src/legacy.ts';
import type { ProtocolVersionName } from '../../../src/registry/protocol_versions.ts';
import { defaultCore } from '../../../src/wasm/default_core.ts';
import { wasmOlderCryptography } from '../../../src/wasm/older_cryptography.ts';
import type { Flags } from './flags.ts';
import { versionsOf } from './offers.ts';

const cryptography = wasmOlderCryptography(defaultCore());

const olderOf = (versions: readonly ProtocolVersionName[]) =>
  [tls11, tls10].filter(({ name }) => versions.some(wanted => wanted === name));

/** The config of a client for which nothing newer is left: that of castls/legacy. */
export function clientConfigFor(flags: Flags): Legacy['client'] {
  return alone(flags)?.client ?? (options => clientConfig(options));
}

export function serverConfigFor(flags: Flags): Legacy['server'] {
  return alone(flags)?.server ?? (options => serverConfig(options));
}

/** Triple DES and TLS_FALLBACK_SCSV are for these versions alone: whoever asks for them speaks nothing newer. */
function alone(flags: Flags): Legacy | null {
  const versions = versionsOf(flags);
  const older = olderOf(versions);
  const named = /3DES/.test(flags.cipher ?? '') || flags['fallback-scsv'] === true;
  if (older.length === 0 || (older.length < versions.length && !named)) return null;
  const ciphers = flags.cipher === '3DES' ? [tripleDes] : [aesCbc, tripleDes];
  return legacy({ versions: older, ciphers, fallback: flags['fallback-scsv'], dangerouslySilent: true });
}

export function clientsOf(versions: readonly ProtocolVersionName[]): OlderClient[] {
  return [...(versions.includes('TLSv1.2') ? [tls12Client] : []), ...clientsBeside(olderOf(versions), cryptography)];
}

export function serversOf(versions: readonly ProtocolVersionName[]): OlderServer[] {
  return [...(versions.includes('TLSv1.2') ? [tls12Server] : []), ...serversBeside(olderOf(versions), cryptography)];
}
