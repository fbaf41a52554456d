// IANA "TLS Cipher Suites" from before TLS 1.2 that TLS 1.2 is not spoken with here: triple DES and RC4 (RFC 2246 §A.5, RFC
// 4492 §6). The suites of AES with SHA-1 stand in cipher_suites.ts. No export suites, no anonymous ones, no single DES.

export const OlderCipherSuite = {
  TLS_RSA_WITH_RC4_128_MD5: 0x0004,
  TLS_RSA_WITH_RC4_128_SHA: 0x0005,
  TLS_RSA_WITH_3DES_EDE_CBC_SHA: 0x000a,
  TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA: 0x0016,
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: 0xc007,
  TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA: 0xc008,
  TLS_ECDHE_RSA_WITH_RC4_128_SHA: 0xc011,
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: 0xc012,
} as const;
