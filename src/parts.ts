// castls/parts: castls where nothing is there that is not named. A provider is put together from parts - groups, signature
// verifiers, key importers - and a bundle carries the WASM binaries of those parts and of no other. `castls` is this entry
// with everything named.

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

import {
  type KeyInput,
  type PemInput,
  readCredential,
  readDelegatedCredential,
  readRawPublicKey,
} from './adapters/credentials.ts';
import { derAlone } from './adapters/trust_input.ts';
import { TlsError } from './base/errors.ts';
import { OLDER } from './base/variant.ts';
import {
  bareClientConfig,
  bareServerConfig,
  type ClientConfig,
  type ClientOptions,
  type ServerConfig,
  type ServerOptions,
} from './connection/config.ts';
import type { FiniteFieldDh, KeyExchangeGroup } from './crypto/key_exchange.ts';
import type { PeerVerifier } from './crypto/peer_verifier.ts';
import type { CryptoProvider } from './crypto/provider.ts';
import type { RandomSource } from './crypto/secret.ts';
import type { PrivateKeyImporter, RsaKeyTransport, SignatureVerifier } from './crypto/signature.ts';
import type { Credential, ExternalPsk } from './handshake/flow/settings.ts';
import { importPsk as importPskBy, type PskToImport } from './handshake/tls13/psk_importer.ts';
import { wasmCipherSuites12 } from './wasm/cipher_suites.ts';
import { WasmCore } from './wasm/core.ts';
import { hostRandom, defaultCore as sharedCore } from './wasm/default_core.ts';
import { ed448Importer, ed448Verifier as ed448VerifierOf } from './wasm/ed448.ts';
import { ed25519Importer, ed25519Verifier as ed25519VerifierOf } from './wasm/ed25519.ts';
import { ffdheGroup, finiteFieldDh as finiteFieldDhOf } from './wasm/ffdh.ts';
import { secp256r1MlKem768Group, secp384r1MlKem1024Group, x25519MlKem768Group } from './wasm/hybrid.ts';
import { mlDsaImporter, mlDsaVerifier as mlDsaVerifierOf } from './wasm/mldsa.ts';
import { p256Keys as p256KeysOf, p256Verifier, secp256r1Group } from './wasm/p256.ts';
import { p256VerifierAlone } from './wasm/p256_verify.ts';
import { p384Keys as p384KeysOf, p384Verifier, secp384r1Group } from './wasm/p384.ts';
import { p521Keys as p521KeysOf, p521Verifier, secp521r1Group } from './wasm/p521.ts';
import { type CipherSuites12Part, wasmProvider as providerOf } from './wasm/provider.ts';
import { wasmPskCipherSuites12 } from './wasm/psk_cipher_suites.ts';
import { rsaVerifier as rsaVerifierOf } from './wasm/rsa.ts';
import { rsaKeyTransport as rsaKeyTransportOf } from './wasm/rsa_key_transport.ts';
import { rsaKeyImporter } from './wasm/rsa_private.ts';
import { x448Group } from './wasm/x448.ts';
import { x25519Group } from './wasm/x25519.ts';
import { x25519PublicKeyByComb } from './wasm/x25519_comb.ts';
import type { Certificate } from './x509/certificate.ts';
import type { VerifierFeatures } from './x509/features.ts';
import { type CertificateInput, certificateFrom } from './x509/input.ts';
import { type PeerVerifierOptions, peerVerifierWith } from './x509/judgement.ts';
import { createPinnedKeyVerifier, type PinnedKeyOptions } from './x509/pinned_keys.ts';
import { trustAnchor } from './x509/trust_anchor.ts';

export type { KeyInput, PemInput } from './adapters/credentials.ts';
export { pem } from './adapters/trust_input.ts';
export type { Addresses, ByteSink, ByteSource, ByteStreams } from './adapters/web/byte_streams.ts';
export { hostCertificateCompression, zlibCertificateCompression } from './adapters/web/certificate_compression.ts';
export { type StartTlsOptions, startTls, type TlsClosed, type TlsStreams } from './adapters/web/start_tls.ts';
export { type ErrorCode, errorCodes, TlsError } from './base/errors.ts';
export {
  clientCertificates,
  compressedCertificates,
  earlyData,
  exporters,
  resumption,
} from './connection/client_features.ts';
export type { ClientConfig, ClientOptions, ClientTarget, ServerConfig, ServerOptions } from './connection/config.ts';
export { Connection } from './connection/connection.ts';
export type { EarlyDataOptions } from './connection/early_data.ts';
export type { ConnectionEvent } from './connection/events.ts';
export type { ConnectionInfo } from './connection/info.ts';
export type { ChannelBindingType } from './connection/keying_material.ts';
export type { ConnectionOptions } from './connection/options.ts';
export type { FiniteFieldDh, KeyExchangeGroup } from './crypto/key_exchange.ts';
export type { PeerIdentity, PeerVerifier, PresentedPeer } from './crypto/peer_verifier.ts';
export type { CryptoProvider } from './crypto/provider.ts';
export type { PlaintextMemory } from './crypto/record_protection.ts';
export type { RandomSource, Secret } from './crypto/secret.ts';
export type { Decrypter, PrivateKeyImporter, RsaKeyTransport, SignatureVerifier, Signer } from './crypto/signature.ts';
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
export { disposeSession, parseSession, type Session } from './handshake/sessions/session.ts';
export { ServerSessionCache, type ServerSessionCacheOptions } from './handshake/sessions/session_cache.ts';
export { MemoryTicketKeyStore, type MemoryTicketKeyStoreOptions } from './handshake/sessions/ticket_key_ring.ts';
export { TicketKeys, type TicketKeysOptions } from './handshake/sessions/ticket_keys.ts';
export { tls12Client } from './handshake/tls12/client12.ts';
export { type ChoosePsk12, psk12Client } from './handshake/tls12/psk_client12.ts';
export { type PskServer12Options, psk12Server } from './handshake/tls12/psk_server12.ts';
export type { PreSharedKey12 } from './handshake/tls12/psk12.ts';
export { tls12Server } from './handshake/tls12/server12.ts';
export { delegatedCredentials } from './handshake/tls13/delegated_credential13.ts';
export { type PskToImport, pskFinder } from './handshake/tls13/psk_importer.ts';
export type { CertificateTypeName } from './registry/certificate_types.ts';
export type { VerifierFeatures } from './x509/features.ts';
export { certificatePolicies, nameConstraints } from './x509/path_features.ts';
export type { PinnedKey, PinnedKeyOptions } from './x509/pinned_keys.ts';

/** What holds the secrets: a WebAssembly memory with the core binary over it. Those of one core mean nothing to another. */
export interface Core {
  /** Slots of the memory in use: secrets, keys of connections, running hashes. */
  readonly liveSlots: number;
  /** Slots that were freed only when an owner nobody had disposed of was collected. */
  readonly abandonedSlots: number;
}

/** A part of a provider: what it is over a core. */
export type Part<T> = (core: WasmCore) => T;

/** `cipherSuites12` or `pskCipherSuites12`, which share the key derivations of their provider. */
export type { CipherSuites12Part };

/** What a provider can do besides the cipher suites of TLS 1.3, which are all in the core. */
export interface WasmProviderParts {
  /** Key exchange, in order of preference. A client or server needs one at least. */
  readonly groups?: readonly Part<KeyExchangeGroup>[];
  /** Signatures of peers and of their certificates. A client needs one at least. */
  readonly signatureVerifiers?: readonly Part<SignatureVerifier>[];
  /** Private keys that `credential` reads. */
  readonly privateKeyImporters?: readonly Part<PrivateKeyImporter>[];
  /** `cipherSuites12` and `pskCipherSuites12`, in order of preference, for a config that names `tls12Client` or `tls12Server`. */
  readonly cipherSuites12?: CipherSuites12Part | readonly CipherSuites12Part[];
  /** `finiteFieldDh`, for the DHE suites of TLS 1.2. */
  readonly finiteFieldDh?: Part<FiniteFieldDh>;
  /** `rsaKeyTransport`, for clients that offer the RSA key exchange of TLS 1.2. */
  readonly rsaKeyTransport?: Part<RsaKeyTransport>;
}

/**
 * A provider with these parts: a config offers nothing that its provider cannot do. Binaries are instantiated at their first use.
 * @param core what holds the secrets. Default: the one that all of castls shares in this program
 */
export function wasmProvider(parts: WasmProviderParts, core: Core = defaultCore()): CryptoProvider {
  const over = core as WasmCore;
  const made = <T>(list: readonly Part<T>[] | undefined): readonly T[] => list?.map(part => part(over)) ?? [];
  return providerOf(over, {
    cipherSuites12: parts.cipherSuites12,
    groups: made(parts.groups),
    finiteFieldDh: parts.finiteFieldDh?.(over),
    rsaKeyTransport: parts.rsaKeyTransport?.(over),
    signatureVerifiers: made(parts.signatureVerifiers),
    privateKeyImporters: made(parts.privateKeyImporters),
  });
}

/** The core that `castls`, `castls/node`, `castls/x509` and this entry share in a program. Made at its first use. */
export function defaultCore(): Core {
  return sharedCore();
}

/** Options of `wasmCore`. */
export interface WasmCoreOptions {
  /** Default: crypto.getRandomValues of the host. */
  readonly random?: RandomSource;
  /** Most memory in bytes, a multiple of 65,536. Default 256 MiB. What does not fit fails with ERR_OUT_OF_MEMORY. */
  readonly maximumBytes?: number;
}

/**
 * A core of one's own: for another limit or another random source, or to keep the secrets of two parts of a program apart.
 * Its memory has 2.7 MiB and more.
 * @throws ERR_UNSUPPORTED_ALGORITHM if the host does not compile WebAssembly with SIMD
 */
export function wasmCore({ random = hostRandom, maximumBytes }: WasmCoreOptions = {}): Core {
  return new WasmCore(random, { maximumBytes });
}

/** The cipher suites of TLS 1.2 (RFC 5246, 5288, 5289, 6655, 7251, 7905, 8422). Binary: core. */
export const cipherSuites12: CipherSuites12Part = wasmCipherSuites12;

/** The PSK suites of TLS 1.2 (RFC 4279, 5487, 5489, 6655, 7905, 8442), for the option `psk12` of a config. Binary: core. */
export const pskCipherSuites12: CipherSuites12Part = wasmPskCipherSuites12;

/** x25519 (RFC 7748, RFC 9846). Binary: x25519. */
export const x25519: Part<KeyExchangeGroup> = core => x25519Group(core);

/** x25519 for who makes many keys, as a server does: from the ninth on a comb gives them in half the time. Binaries: ed25519, x25519. */
export const x25519WithComb: Part<KeyExchangeGroup> = core => x25519Group(core, x25519PublicKeyByComb);

/** x448 (RFC 7748, RFC 9846). Binary: ec448. */
export const x448: Part<KeyExchangeGroup> = core => x448Group(core);

/** secp256r1, the curve P-256 (RFC 9846). Binary: p256. In TLS 1.2 also what lets a server show a certificate with a P-256 key. */
export const secp256r1: Part<KeyExchangeGroup> = core => secp256r1Group(core);

/** secp384r1, the curve P-384 (RFC 9846). Binary: ec_large. */
export const secp384r1: Part<KeyExchangeGroup> = core => secp384r1Group(core);

/** secp521r1, the curve P-521 (RFC 9846). Binary: ec_large. */
export const secp521r1: Part<KeyExchangeGroup> = core => secp521r1Group(core);

/** X25519MLKEM768 (RFC 10024): the post-quantum hybrid of the defaults. TLS 1.3 alone. Binaries: mlkem, x25519. */
export const x25519MlKem768: Part<KeyExchangeGroup> = core => x25519MlKem768Group(core, x25519Group(core));

/** SecP256r1MLKEM768 (RFC 10024). TLS 1.3 alone. Binaries: mlkem, p256. */
export const secp256r1MlKem768: Part<KeyExchangeGroup> = core => secp256r1MlKem768Group(core, secp256r1Group(core));

/** SecP384r1MLKEM1024 (RFC 10024). TLS 1.3 alone. Binaries: ec_large, mlkem. */
export const secp384r1MlKem1024: Part<KeyExchangeGroup> = core => secp384r1MlKem1024Group(core, secp384r1Group(core));

/** ffdhe2048 (RFC 7919). Binary: rsa_private. */
export const ffdhe2048: Part<KeyExchangeGroup> = core => ffdheGroup(core, 2048);

/** ffdhe3072 (RFC 7919). Binary: rsa_private. */
export const ffdhe3072: Part<KeyExchangeGroup> = core => ffdheGroup(core, 3072);

/** ffdhe4096 (RFC 7919). Binary: rsa_private. */
export const ffdhe4096: Part<KeyExchangeGroup> = core => ffdheGroup(core, 4096);

/** ffdhe6144 (RFC 7919). Binary: rsa_private. */
export const ffdhe6144: Part<KeyExchangeGroup> = core => ffdheGroup(core, 6144);

/** ffdhe8192 (RFC 7919). Binary: rsa_private. */
export const ffdhe8192: Part<KeyExchangeGroup> = core => ffdheGroup(core, 8192);

/** ECDSA with P-256 keys (FIPS 186-5). Binary: p256. */
export const ecdsaP256Verifier: Part<SignatureVerifier> = core => p256Verifier(core);

/** ECDSA with P-256 keys for who does nothing else with the curve: no group, no keys of one's own. Binary: p256_verify. */
export const ecdsaP256VerifierAlone: Part<SignatureVerifier> = core => p256VerifierAlone(core);

/** ECDSA with P-384 keys (FIPS 186-5), which many intermediate certificates have. Binary: ec_large. */
export const ecdsaP384Verifier: Part<SignatureVerifier> = core => p384Verifier(core);

/** ECDSA with P-521 keys (FIPS 186-5). Binary: ec_large. */
export const ecdsaP521Verifier: Part<SignatureVerifier> = core => p521Verifier(core);

/** Ed25519 (RFC 8032). Binary: ed25519. */
export const ed25519Verifier: Part<SignatureVerifier> = core => ed25519VerifierOf(core);

/** Ed448 (RFC 8032). Binary: ec448. */
export const ed448Verifier: Part<SignatureVerifier> = core => ed448VerifierOf(core);

/** RSA, PKCS#1 v1.5 and PSS (RFC 8017), 2,048 to 8,192 bits. Binary: rsa. */
export const rsaVerifier: Part<SignatureVerifier> = core => rsaVerifierOf(core);

/** ML-DSA-44, 65 and 87 (FIPS 204). Binary: mldsa. */
export const mlDsaVerifier: Part<SignatureVerifier> = core => mlDsaVerifierOf(core);

/** P-256 private keys. Binary: p256. */
export const p256Keys: Part<PrivateKeyImporter> = core => p256KeysOf(core);

/** P-384 private keys. Binary: ec_large. */
export const p384Keys: Part<PrivateKeyImporter> = core => p384KeysOf(core);

/** P-521 private keys. Binary: ec_large. */
export const p521Keys: Part<PrivateKeyImporter> = core => p521KeysOf(core);

/** Ed25519 private keys. Binary: ed25519. */
export const ed25519Keys: Part<PrivateKeyImporter> = core => ed25519Importer(core);

/** Ed448 private keys. Binary: ec448. */
export const ed448Keys: Part<PrivateKeyImporter> = core => ed448Importer(core);

/** RSA private keys: they sign, and decrypt for the RSA key exchange of TLS 1.2. Binary: rsa_private. */
export const rsaKeys: Part<PrivateKeyImporter> = core => rsaKeyImporter(core);

/** ML-DSA private keys. Binary: mldsa. */
export const mlDsaKeys: Part<PrivateKeyImporter> = core => mlDsaImporter(core);

/** DHE of TLS 1.2 over whatever prime a server sends (RFC 5246 §7.4.3). Binary: rsa_private. */
export const finiteFieldDh: Part<FiniteFieldDh> = core => finiteFieldDhOf(core);

/** RSA key exchange of TLS 1.2 at a client (RFC 5246 §7.4.7.1). Binary: rsa_private. */
export const rsaKeyTransport: Part<RsaKeyTransport> = core => rsaKeyTransportOf(core);

/**
 * A checked, immutable config of clients: it speaks TLS 1.3, and the older versions it names; it can do
 * what its `features` name.
 * @throws ERR_INVALID_ARGUMENT for options that make no sense or leave nothing to negotiate, ERR_UNSUPPORTED_ALGORITHM
 * for names of what the provider does not have
 */
export function clientConfig(options: ClientOptions): ClientConfig {
  return bareClientConfig(options);
}

/**
 * A checked, immutable config of servers: it speaks TLS 1.3, and the older versions it names.
 * @throws ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED_ALGORITHM as `clientConfig` does
 */
export function serverConfig(options: ServerOptions): ServerConfig {
  return bareServerConfig(options);
}

/**
 * A verifier that trusts the certificates in `ca`: DER, and PEM with the feature `pem`. No trust is an error when it verifies, not
 * acceptance. A chain that would need a feature that is not named is refused.
 */
export function peerVerifier({
  provider,
  ca,
  features,
  ...options
}: Partial<Omit<PeerVerifierOptions, 'anchors'>> & {
  /** Its signature verifiers check certificates, too. */
  readonly provider: CryptoProvider;
  readonly ca: PemInput | readonly PemInput[];
  /** `nameConstraints`, `certificatePolicies`, `pem`. Default: none; in castls all. */
  readonly features?: readonly VerifierFeatures[];
}): PeerVerifier {
  const all = merged(features);
  if (options.policies !== undefined && all.certificatePolicies === undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', 'policies needs a feature of the verifier: certificatePolicies');
  }
  const { pem = derAlone } = all;
  const verifierOptions = {
    verifiers: provider.signatureVerifiers,
    hashes: (OLDER ? (['sha1', 'sha256'] as const) : (['sha256'] as const)).map(
      name => provider.keyDerivation(name).hash,
    ),
    ...options,
    anchors: pem.certificates(ca).map(each => trustAnchor(each)),
  };
  return peerVerifierWith(verifierOptions, all);
}

function merged(features: readonly VerifierFeatures[] = []): VerifierFeatures {
  return Object.assign({}, ...features);
}

/**
 * A verifier without X.509: the peer has one of these keys, in whatever certificate, or as a raw public key where
 * `peerCertificateTypes` of the config says so (RFC 7250). Names, dates, issuers and revocation are not looked at.
 * @param inputs `features`: `pem`, for keys in PEM
 * @throws ERR_INVALID_ARGUMENT for no key at all, or what is none
 */
export function pinnedKeyVerifier({
  provider,
  features,
  ...options
}: PinnedKeyOptions & {
  readonly provider: CryptoProvider;
  readonly features?: readonly VerifierFeatures[];
}): PeerVerifier {
  const { hash } = provider.keyDerivation('sha256');
  return createPinnedKeyVerifier(options, bytes => hash.digest(bytes), merged(features));
}

/**
 * A raw public key (RFC 7250) and its private key, shown in the place of a certificate.
 * @param inputs PEM "PUBLIC KEY" or DER SubjectPublicKeyInfo; the private key in PEM or DER, or who signs
 * @throws ERR_INVALID_ARGUMENT if they do not belong together; ERR_UNSUPPORTED_ALGORITHM as `credential` does
 */
export function rawPublicKey({
  provider,
  ...inputs
}: {
  readonly provider: CryptoProvider;
  readonly publicKey: PemInput;
  readonly key: KeyInput;
}): Credential {
  return readRawPublicKey(provider, inputs);
}

/**
 * Imports a key from elsewhere (RFC 9258): one PSK for each hash, all of them for `externalPsk` of a client, and for
 * `findExternalPsk: pskFinder(psks)` of a server. Their keys are the caller's. @throws ERR_INVALID_ARGUMENT
 */
export function importPsk({ provider, ...psk }: PskToImport & { readonly provider: CryptoProvider }): ExternalPsk[] {
  return importPskBy(provider, psk);
}

/**
 * A certificate chain with a delegated credential (RFC 9345), and the key that it delegates to: for TLS 1.3 peers that take
 * such keys. Others need a credential besides. @param inputs `delegated`: what `issueDelegatedCredential` of castls/x509 made
 * @throws ERR_INVALID_ARGUMENT if they do not belong together, ERR_UNSUPPORTED_ALGORITHM for an RSA key
 */
export function delegatedCredential({
  provider,
  ...inputs
}: {
  readonly provider: CryptoProvider;
  readonly cert: PemInput;
  readonly delegated: Uint8Array;
  readonly key: KeyInput;
}): Credential {
  return readDelegatedCredential(provider, inputs);
}

/**
 * A certificate chain and its key, from PEM or DER.
 * @throws ERR_UNSUPPORTED_ALGORITHM for a key that no private key importer of the provider takes
 */
export function credential({
  provider,
  ...inputs
}: {
  readonly provider: CryptoProvider;
  readonly cert: PemInput;
  readonly key: KeyInput;
}): Credential {
  return readCredential(provider, inputs);
}

/**
 * Reads a certificate as `castls/x509` does, but carries nothing else: `verify` and `fingerprint` by name are not at hand
 * (ERR_INVALID_STATE) unless a function of castls/x509 is in the page, too.
 * @param input PEM as text or bytes, or DER (copied) @throws ERR_CERT_MALFORMED, ERR_MALFORMED_PEM, ERR_INVALID_ARGUMENT
 */
export function parseCertificate(input: CertificateInput): Certificate {
  return certificateFrom(input);
}
