// What stands in for options that are not given. castls/node has none of it: its defaults are the safe ones of the places
// that read the options. castls/register sets node's own for the whole process.

import { TlsError } from '../../../base/errors.ts';
import type { ConnectionInfo } from '../../../connection/info.ts';
import type { KeyProvider } from '../../../crypto/password_encryption.ts';
import type { CryptoProvider } from '../../../crypto/provider.ts';
import type { ProtocolVersionName } from '../../../registry/protocol_versions.ts';
import type { LegacyEncryption } from '../../../x509/keys/pbes2.ts';

/** What is told of a connection. */
export interface EstablishedSocket {
  readonly info: ConnectionInfo | null;
  readonly alpnProtocol: string | false | null;
  readonly servername: string | false | null;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
}

/** Who refuses options. */
export type Refused = 'context' | 'server' | 'socket';

export interface Profile {
  /** Before a context is made of the options. */
  context<T extends object>(options: T): T;
  /** Of connect, and of sockets that are clients. */
  client<T extends object>(options: T): T;
  /** Of a TLSSocket that is made by hand and is a client. */
  bareClient<T extends object>(options: T): T;
  server<T extends object>(options: T): T;
  /** What a program gets where castls refuses its options. */
  refusal(error: unknown, what: Refused, options: object): unknown;
  /** At the end of each handshake. */
  established(socket: EstablishedSocket, role: 'client' | 'server'): void;
  /** What to say where only versions are asked for that nobody asked castls to speak. */
  olderRefusal(option: string, version: ProtocolVersionName): TlsError;
  /** A client that is made by `new TLSSocket`, not by `connect`, begins with its first write, as node's does. */
  readonly clientsWait: boolean;
  /** What a PKCS#12 file holds beside its own certificates is trusted. */
  readonly trustsPfx: boolean;
  /** ALL, HIGH and the like stand for every suite but those with DHE, not for ECDHE with AEAD alone. */
  readonly wideKeywords: boolean;
  /** The host has a group of this name, which castls lacks: beside others it is passed over. */
  hasGroup(name: string): boolean;
  /** A client that resumes gets a new ticket: one that came twice would show who it is (RFC 9846 §C.4). */
  readonly renewTickets: boolean;
  /** A client is told of a hook of the server's that fails, by internal_error (RFC 9846 §6.2); node closes without a word. */
  readonly tellsOfHooks: boolean;
  /** Every connection is traced to stderr. */
  tracesAll(): boolean;
  /** As OpenSSL: a key usage that allows one of the things TLS does with keys allows all of them. */
  readonly anyKeyUse: boolean;
  /** Gets the key log of every connection. */
  readonly keyLog: ((line: Buffer) => void) | null;
  /** Cryptography of options that name none; null for the entry's own. */
  readonly provider: (() => CryptoProvider & KeyProvider) | null;
  /** Reads keys under the encryption of old, where the profile takes them. */
  readonly legacyKeys: (() => LegacyEncryption) | null;
}

const same = <T>(options: T): T => options;

/** Nothing beside what is said. */
const safe: Profile = {
  context: same,
  client: same,
  bareClient: same,
  server: same,
  refusal: same,
  established: () => {},
  olderRefusal: (option, version) =>
    new TlsError(
      'ERR_UNSUPPORTED_OPTION',
      `the option ${option}: ${version} is not spoken unless it is named, by the option legacy, with what legacy() of castls/legacy makes`,
    ),
  clientsWait: false,
  trustsPfx: false,
  wideKeywords: false,
  hasGroup: () => false,
  tellsOfHooks: true,
  anyKeyUse: false,
  tracesAll: () => false,
  renewTickets: true,
  keyLog: null,
  provider: null,
  legacyKeys: null,
};

let current: Profile = safe;

export function profile(): Profile {
  return current;
}

/** For the whole process, from now on. */
export function useProfile(wanted: Profile): void {
  current = wanted;
}
