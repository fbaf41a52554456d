// TLS 1.0 and 1.1 behind the hellos of newer versions, for programs that name such a range as node:tls has it (`minVersion:
// 'TLSv1'`). Their suites there are those of AES-CBC that TLS 1.2 has, too, as far as the config names them; triple DES and RC4
// stand beside nothing newer. The sentinels of RFC 9846 §4.1.3 guard against a push down.

import type { OlderCryptography } from '../crypto/older_cryptography.ts';
import type { OlderClient, OlderServer } from '../handshake/flow/roles.ts';
import { clientHandshake10 } from '../handshake/older/client10.ts';
import type { OlderProtocol } from '../handshake/older/protocol.ts';
import { serverHandshake10 } from '../handshake/older/server10.ts';
import type { OlderVersion } from './older_config.ts';

/** For `olderVersions` of a client, beside `tls12Client`. */
export function clientsBeside(versions: readonly OlderVersion[], cryptography: OlderCryptography): OlderClient[] {
  return versions.map(version => ({
    version: version.version,
    handshake: (hs, offer, hello, message) =>
      clientHandshake10(hs, narrowed(version, cryptography, hs.settings.cipherSuites12), offer, hello, message),
  }));
}

/** For `olderVersions` of a server, beside `tls12Server`. */
export function serversBeside(versions: readonly OlderVersion[], cryptography: OlderCryptography): OlderServer[] {
  return versions.map(version => ({
    version: version.version,
    handshake: (hs, received, message) =>
      serverHandshake10(hs, narrowed(version, cryptography, hs.settings.cipherSuites12), received, message),
  }));
}

/** The version with those of its suites that the settings have under their names in TLS 1.2, in the order of these. */
function narrowed(
  version: OlderVersion,
  cryptography: OlderCryptography,
  settled: readonly { readonly id: number }[],
): OlderProtocol {
  const known = cryptography.cipherSuites(version.version);
  const suites = settled.flatMap(({ id }) => known.find(suite => suite.id === id) ?? []);
  return version.protocol(cryptography, suites);
}
