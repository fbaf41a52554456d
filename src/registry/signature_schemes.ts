// IANA "TLS SignatureScheme" (RFC 9846 §4.2.3, RFC 8734 excluded, draft-ietf-tls-mldsa).
// In TLS 1.2 the same 16 bits are {hash, signature} (RFC 5246 §7.4.1.4.1).

/** TLS SignatureScheme. */
export const SignatureScheme = {
  rsa_pkcs1_sha1: 0x0201,
  ecdsa_sha1: 0x0203,
  rsa_pkcs1_sha224: 0x0301,
  ecdsa_sha224: 0x0303,
  rsa_pkcs1_sha256: 0x0401,
  ecdsa_secp256r1_sha256: 0x0403,
  rsa_pkcs1_sha384: 0x0501,
  ecdsa_secp384r1_sha384: 0x0503,
  rsa_pkcs1_sha512: 0x0601,
  ecdsa_secp521r1_sha512: 0x0603,
  rsa_pss_rsae_sha256: 0x0804,
  rsa_pss_rsae_sha384: 0x0805,
  rsa_pss_rsae_sha512: 0x0806,
  ed25519: 0x0807,
  ed448: 0x0808,
  rsa_pss_pss_sha256: 0x0809,
  rsa_pss_pss_sha384: 0x080a,
  rsa_pss_pss_sha512: 0x080b,
  mldsa44: 0x0904,
  mldsa65: 0x0905,
  mldsa87: 0x0906,
} as const;

/** IANA's name of a signature scheme, or its value in hex. */
export function signatureSchemeName(scheme: number): string {
  for (const [name, value] of Object.entries(SignatureScheme)) if (value === scheme) return name;
  return `0x${scheme.toString(16).padStart(4, '0')}`;
}
