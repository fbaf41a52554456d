// Names of wire values for showing: the registries of castls, and of what it does not speak enough to read other people's
// ClientHellos. GREASE (RFC 8701) is named as such.

import { AlertLevel, alertName } from '../registry/alerts.ts';
import { CertificateCompressionAlgorithm } from '../registry/certificate_compression.ts';
import { CertificateType, ClientCertificateType } from '../registry/certificate_types.ts';
import { cipherSuiteName } from '../registry/cipher_suites.ts';
import { ContentType } from '../registry/content_types.ts';
import { ExtensionType } from '../registry/extension_types.ts';
import { HandshakeType } from '../registry/handshake_types.ts';
import { EcPointFormat, groupName } from '../registry/named_groups.ts';
import { OlderCipherSuite } from '../registry/older_cipher_suites.ts';
import { versionName } from '../registry/protocol_versions.ts';
import { KeyUpdateRequest, PskKeyExchangeMode } from '../registry/psk_key_exchange_modes.ts';
import { signatureSchemeName } from '../registry/signature_schemes.ts';

/** RFC 8701 §2: 0x0A0A, 0x1A1A, ... 0xFAFA. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

type Table = Readonly<Record<string, number>>;

function reverse(...tables: Table[]): ReadonlyMap<number, string> {
  return new Map(tables.flatMap(table => Object.entries(table).map(([name, value]) => [value, name] as const)));
}

/** Suites of others' hellos (IANA "TLS Cipher Suites"). */
const otherSuites: Table = {
  TLS_NULL_WITH_NULL_NULL: 0x0000,
  TLS_RSA_WITH_NULL_MD5: 0x0001,
  TLS_RSA_WITH_NULL_SHA: 0x0002,
  TLS_RSA_WITH_IDEA_CBC_SHA: 0x0007,
  TLS_RSA_WITH_DES_CBC_SHA: 0x0009,
  TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA: 0x0013,
  TLS_DHE_RSA_WITH_DES_CBC_SHA: 0x0015,
  TLS_DH_anon_WITH_AES_128_CBC_SHA: 0x0034,
  TLS_DHE_DSS_WITH_AES_128_CBC_SHA: 0x0032,
  TLS_DHE_DSS_WITH_AES_256_CBC_SHA: 0x0038,
  TLS_DH_anon_WITH_AES_256_CBC_SHA: 0x003a,
  TLS_RSA_WITH_NULL_SHA256: 0x003b,
  TLS_DHE_DSS_WITH_AES_128_CBC_SHA256: 0x0040,
  TLS_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0041,
  TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA: 0x0045,
  TLS_DHE_DSS_WITH_AES_256_CBC_SHA256: 0x006a,
  TLS_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0084,
  TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA: 0x0088,
  TLS_PSK_WITH_AES_128_CBC_SHA: 0x008c,
  TLS_PSK_WITH_AES_256_CBC_SHA: 0x008d,
  TLS_RSA_WITH_SEED_CBC_SHA: 0x0096,
  TLS_DHE_DSS_WITH_AES_128_GCM_SHA256: 0x00a2,
  TLS_DHE_DSS_WITH_AES_256_GCM_SHA384: 0x00a3,
  TLS_PSK_WITH_AES_128_GCM_SHA256: 0x00a8,
  TLS_PSK_WITH_AES_256_GCM_SHA384: 0x00a9,
  TLS_SM4_GCM_SM3: 0x00c6,
  TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA: 0xc004,
  TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA: 0xc005,
  TLS_ECDH_RSA_WITH_AES_128_CBC_SHA: 0xc00e,
  TLS_ECDH_RSA_WITH_AES_256_CBC_SHA: 0xc00f,
  TLS_ECDHE_ECDSA_WITH_NULL_SHA: 0xc006,
  TLS_ECDHE_RSA_WITH_NULL_SHA: 0xc010,
  TLS_ECDH_anon_WITH_AES_128_CBC_SHA: 0xc018,
  TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA: 0xc035,
  TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA: 0xc036,
  TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc072,
  TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256: 0xc076,
  TLS_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccab,
  TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccac,
  TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256: 0xccad,
  TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256: 0xd001,
};

/** Groups of others (IANA "TLS Supported Groups"). */
const otherGroups: Table = {
  sect283r1: 0x000a,
  secp224r1: 0x0015,
  secp256k1: 0x0016,
  brainpoolP256r1: 0x001a,
  brainpoolP384r1: 0x001b,
  brainpoolP512r1: 0x001c,
  brainpoolP256r1tls13: 0x001f,
  brainpoolP384r1tls13: 0x0020,
  brainpoolP512r1tls13: 0x0021,
  GC256A: 0x0022,
  GC256B: 0x0023,
  GC512A: 0x0026,
  curveSM2: 0x0029,
  X25519Kyber768Draft00: 0x6399,
};

/** Extensions of others (IANA "TLS ExtensionType Values"). */
const otherExtensions: Table = {
  trusted_ca_keys: 0x0003,
  truncated_hmac: 0x0004,
  token_binding: 0x0018,
  cached_info: 0x0019,
  pwd_protect: 0x001d,
  connection_id: 0x0036,
  external_id_hash: 0x0037,
  external_session_id: 0x0038,
  transparency_info: 0x0034,
  next_protocol_negotiation: 0x3374,
  application_settings: 0x4469,
  application_settings_new: 0x44cd,
  channel_id: 0x7550,
};

const handshakeTypes = /* @__PURE__ */ reverse(HandshakeType);
const contentTypes = /* @__PURE__ */ reverse(ContentType);
const alertLevels = /* @__PURE__ */ reverse(AlertLevel);
const extensionTypes = /* @__PURE__ */ reverse(otherExtensions, ExtensionType);
const suites = /* @__PURE__ */ reverse(otherSuites, OlderCipherSuite);
const groups = /* @__PURE__ */ reverse(otherGroups);
const pointFormats = /* @__PURE__ */ reverse(EcPointFormat);
const certificateTypes = /* @__PURE__ */ reverse(CertificateType);
const clientCertificateTypes = /* @__PURE__ */ reverse(ClientCertificateType, { rsa_fixed_dh: 3, dss_fixed_dh: 4 });
const compressionAlgorithms = /* @__PURE__ */ reverse(CertificateCompressionAlgorithm);
const pskModes = /* @__PURE__ */ reverse(PskKeyExchangeMode);
const updateRequests = /* @__PURE__ */ reverse(KeyUpdateRequest);

const grease = (value: number): string | undefined => (isGrease(value) ? 'GREASE' : undefined);
/** Tables give hex for what they do not know; that is no name. */
const named = (name: string): string | undefined => (name.startsWith('0x') ? undefined : name);

/** Kinds of values that have names. */
export type NamedValue =
  | 'version'
  | 'handshakeType'
  | 'contentType'
  | 'alertLevel'
  | 'alert'
  | 'cipherSuite'
  | 'extension'
  | 'group'
  | 'signatureScheme'
  | 'pointFormat'
  | 'compressionMethod'
  | 'certificateType'
  | 'clientCertificateType'
  | 'certificateCompression'
  | 'statusType'
  | 'nameType'
  | 'pskMode'
  | 'keyUpdateRequest'
  | 'curveType'
  | 'heartbeatMode'
  | 'maxFragmentLength'
  | 'hpkeKdf'
  | 'hpkeAead'
  | 'srtpProfile';

/** Names by the kind of value; undefined for what has none. */
export const nameOf: Readonly<Record<NamedValue, (value: number) => string | undefined>> = {
  version: (value: number) => grease(value) ?? named(versionName(value)),
  handshakeType: (value: number) => handshakeTypes.get(value),
  contentType: (value: number) => contentTypes.get(value),
  alertLevel: (value: number) => alertLevels.get(value),
  alert: (value: number) => (alertName(value).startsWith('alert ') ? undefined : alertName(value)),
  cipherSuite: (value: number) => grease(value) ?? named(cipherSuiteName(value)) ?? suites.get(value),
  extension: (value: number) => grease(value) ?? extensionTypes.get(value),
  group: (value: number) => grease(value) ?? named(groupName(value)) ?? groups.get(value),
  signatureScheme: (value: number) => grease(value) ?? named(signatureSchemeName(value)),
  pointFormat: (value: number) => pointFormats.get(value),
  compressionMethod: (value: number) => ({ 0: 'null', 1: 'DEFLATE', 64: 'LZS' })[value],
  certificateType: (value: number) => certificateTypes.get(value),
  clientCertificateType: (value: number) => clientCertificateTypes.get(value),
  certificateCompression: (value: number) => compressionAlgorithms.get(value),
  statusType: (value: number) => ({ 1: 'ocsp', 2: 'ocsp_multi' })[value],
  nameType: (value: number) => (value === 0 ? 'host_name' : undefined),
  pskMode: (value: number) => pskModes.get(value),
  keyUpdateRequest: (value: number) => updateRequests.get(value),
  curveType: (value: number) => ({ 1: 'explicit_prime', 2: 'explicit_char2', 3: 'named_curve' })[value],
  heartbeatMode: (value: number) => ({ 1: 'peer_allowed_to_send', 2: 'peer_not_allowed_to_send' })[value],
  maxFragmentLength: (value: number) => (value >= 1 && value <= 4 ? `${2 ** (8 + value)} bytes` : undefined),
  hpkeKdf: (value: number) => ({ 1: 'HKDF-SHA256', 2: 'HKDF-SHA384', 3: 'HKDF-SHA512' })[value],
  hpkeAead: (value: number) => ({ 1: 'AES-128-GCM', 2: 'AES-256-GCM', 3: 'ChaCha20Poly1305' })[value],
  srtpProfile: (value: number) =>
    ({
      1: 'SRTP_AES128_CM_HMAC_SHA1_80',
      2: 'SRTP_AES128_CM_HMAC_SHA1_32',
      7: 'SRTP_AEAD_AES_128_GCM',
      8: 'SRTP_AEAD_AES_256_GCM',
    })[value],
};
