// castls: TLS over any byte stream, on the WASM provider. Bytes in, bytes and events out (Connection), or over a pair of
// Web Streams (startTls). No runtime API. Everything castls can do is in a bundle of it: castls/parts is for less.

export type {
  ClientFeatures,
  ClientHelloShape,
  DelegatedCredentials,
  OlderClient,
  OlderServer,
  PskClient12,
  PskServer12,
} from './handshake/flow/roles.ts';
export { MemorySessionStore, type MemorySessionStoreOptions } from './handshake/sessions/memory_sessions.ts';
export { MemorySingleUseRegister, type MemorySingleUseRegisterOptions } from './handshake/sessions/single_use.ts';
export type {
  SessionIdStore,
  SessionStore,
  SingleUseRegister,
  TicketKeyStore,
  TicketStore,
  TimedTicketKey,
} from './handshake/sessions/stores.ts';

import type { KeyInput, PemInput } from './adapters/credentials.ts';
import * as config from './connection/config.ts';
import { type PeerVerifier, sharingVerifier } from './crypto/peer_verifier.ts';
import type { CryptoProvider } from './crypto/provider.ts';
import { rememberSignatures } from './crypto/remembered_verifier.ts';
import type { Credential, ExternalPsk } from './handshake/flow/settings.ts';
import * as session from './handshake/sessions/session.ts';
import * as cache from './handshake/sessions/session_cache.ts';
import * as ring from './handshake/sessions/ticket_key_ring.ts';
import * as tickets from './handshake/sessions/ticket_keys.ts';
import type { PskToImport } from './handshake/tls13/psk_importer.ts';
import * as parts from './parts.ts';
import { defaultProvider } from './wasm/default_provider.ts';
import type { PinnedKeyOptions } from './x509/pinned_keys.ts';
import type { PeerVerifierOptions } from './x509/verify.ts';

export type { KeyInput, PemInput } from './adapters/credentials.ts';
export type { Addresses, ByteSink, ByteSource, ByteStreams } from './adapters/web/byte_streams.ts';
export { hostCertificateCompression, zlibCertificateCompression } from './adapters/web/certificate_compression.ts';
export { type StartTlsOptions, startTls, type TlsClosed, type TlsStreams } from './adapters/web/start_tls.ts';
export { type ErrorCode, errorCodes, TlsError } from './base/errors.ts';
export type { Pace } from './base/pace.ts';
export type { ClientConfig, ClientTarget, ServerConfig } from './connection/config.ts';
export { Connection } from './connection/connection.ts';
export type { EarlyDataOptions } from './connection/early_data.ts';
export type { ConnectionEvent } from './connection/events.ts';
export type { ConnectionInfo } from './connection/info.ts';
export type { ChannelBindingType } from './connection/keying_material.ts';
export type { ConnectionOptions } from './connection/options.ts';
export type { PeerIdentity, PeerVerifier, PresentedPeer } from './crypto/peer_verifier.ts';
export type { CryptoProvider } from './crypto/provider.ts';
export type { PlaintextMemory } from './crypto/record_protection.ts';
export type { Secret } from './crypto/secret.ts';
export type { Decrypter, Signer } from './crypto/signature.ts';
export type { EarlyDataRefusal, EarlyDataState } from './handshake/flow/early_data.ts';
export type {
  CertificateCompression,
  CertificateRequestInfo,
  ClientHelloInfo,
  Credential,
  DelegatedKeyUse,
  ExternalPsk,
} from './handshake/flow/settings.ts';
export { type ClientHelloShapeOptions, clientHelloShape } from './handshake/hello/hello_shape.ts';
export { disposeSession, type Session } from './handshake/sessions/session.ts';
export { tls12Client } from './handshake/tls12/client12.ts';
export { type ChoosePsk12, psk12Client } from './handshake/tls12/psk_client12.ts';
export { type PskServer12Options, psk12Server } from './handshake/tls12/psk_server12.ts';
export type { PreSharedKey12 } from './handshake/tls12/psk12.ts';
export { tls12Server } from './handshake/tls12/server12.ts';
export { delegatedCredentials } from './handshake/tls13/delegated_credential13.ts';
export { type PskToImport, pskFinder } from './handshake/tls13/psk_importer.ts';
export type { CertificateTypeName } from './registry/certificate_types.ts';
export { defaultProvider } from './wasm/default_provider.ts';
export type { PinnedKey, PinnedKeyOptions } from './x509/pinned_keys.ts';

/** An option `provider` that need not be given. */
type Defaulted<T extends { readonly provider: CryptoProvider }> = Omit<T, 'provider'> & {
  readonly provider?: CryptoProvider;
};

export type ClientOptions = Defaulted<config.ClientOptions>;
export type ServerOptions = Defaulted<config.ServerOptions>;
export type TicketKeysOptions = Defaulted<tickets.TicketKeysOptions>;

/** A checked, immutable config of clients. @see ClientOptions */
export function clientConfig(options: ClientOptions = {}): config.ClientConfig {
  return config.clientConfig({ provider: defaultProvider(), ...options });
}

/** A checked, immutable config of servers. @see ServerOptions */
export function serverConfig(options: ServerOptions): config.ServerConfig {
  return config.serverConfig({ provider: defaultProvider(), ...options });
}

/** Ticket keys of a server, or of a fleet: the `tickets` of a ServerConfig. */
export class TicketKeys extends tickets.TicketKeys {
  constructor(options: TicketKeysOptions = {}) {
    super({ provider: defaultProvider(), ...options });
  }
}

export type ServerSessionCacheOptions = Partial<cache.ServerSessionCacheOptions>;

/** Sessions kept by the server, or in a SessionStore, behind tickets of 32 bytes: `tickets` and `sessionIds` of a ServerConfig. */
export class ServerSessionCache extends cache.ServerSessionCache {
  /** Without `keys` they are sealed under keys of its own. */
  constructor(options: ServerSessionCacheOptions = {}) {
    super({ random: defaultProvider().random, ...options, keys: options.keys ?? new TicketKeys() });
  }
}

export type MemoryTicketKeyStoreOptions = Partial<ring.MemoryTicketKeyStoreOptions>;

/** Ticket keys that those who share this object share: a TicketKeyStore in the memory of one process. */
export class MemoryTicketKeyStore extends ring.MemoryTicketKeyStore {
  constructor(options: MemoryTicketKeyStoreOptions = {}) {
    super({ random: defaultProvider().random, ...options });
  }
}

/** A verifier that trusts the certificates in `ca` (PEM or DER). No trust is an error when it verifies, not acceptance. */
export function peerVerifier(
  options: Partial<Omit<PeerVerifierOptions, 'anchors'>> & { readonly ca: PemInput | readonly PemInput[] },
): PeerVerifier {
  const provider = defaultProvider();
  const signatureVerifiers = rememberSignatures(provider.signatureVerifiers);
  const verifier = parts.peerVerifier({
    provider: { ...provider, signatureVerifiers },
    features: verifierFeatures(),
    ...options,
  });
  return sharingVerifier(verifier);
}

function verifierFeatures() {
  return [parts.nameConstraints, parts.certificatePolicies, parts.pem];
}

/**
 * A verifier without X.509: the peer has one of these keys, in whatever certificate, or as a raw public key where
 * `peerCertificateTypes` of the config says so (RFC 7250). Names, dates, issuers and revocation are not looked at.
 * @throws ERR_INVALID_ARGUMENT for no key at all, or what is none
 */
export function pinnedKeyVerifier(options: PinnedKeyOptions): PeerVerifier {
  const verifier = parts.pinnedKeyVerifier({ provider: defaultProvider(), features: verifierFeatures(), ...options });
  return sharingVerifier(verifier);
}

/**
 * A raw public key (RFC 7250) and its private key, shown in the place of a certificate.
 * @param inputs PEM "PUBLIC KEY" or DER SubjectPublicKeyInfo; the private key in PEM or DER, or who signs
 * @throws ERR_INVALID_ARGUMENT if they do not belong together
 */
export function rawPublicKey(inputs: { readonly publicKey: PemInput; readonly key: KeyInput }): Credential {
  return parts.rawPublicKey({ provider: defaultProvider(), ...inputs });
}

/**
 * A certificate chain with a delegated credential (RFC 9345), and the key that it delegates to.
 * @throws ERR_INVALID_ARGUMENT if they do not belong together, ERR_UNSUPPORTED_ALGORITHM for an RSA key
 */
export function delegatedCredential(inputs: {
  readonly cert: PemInput;
  readonly delegated: Uint8Array;
  readonly key: KeyInput;
}): Credential {
  return parts.delegatedCredential({ provider: defaultProvider(), ...inputs });
}

/** A certificate chain and its key, from PEM or DER. */
export function credential(inputs: { readonly cert: PemInput; readonly key: KeyInput }): Credential {
  return parts.credential({ provider: defaultProvider(), ...inputs });
}

/**
 * Imports a key from elsewhere (RFC 9258): one PSK for each hash, all of them for `externalPsk` of a client, and for
 * `findExternalPsk: pskFinder(psks)` of a server. Their keys are the caller's. @throws ERR_INVALID_ARGUMENT
 */
export function importPsk(psk: PskToImport): ExternalPsk[] {
  return parts.importPsk({ provider: defaultProvider(), ...psk });
}

/** Reads what `Connection.dangerousExportSession` wrote. @throws ERR_INVALID_ARGUMENT */
export function parseSession(bytes: Uint8Array): session.Session {
  return session.parseSession(bytes, defaultProvider());
}
