// IANA "TLS Certificate Compression Algorithm IDs" (RFC 8879 §7.3).

/** CertificateCompressionAlgorithm. */
export const CertificateCompressionAlgorithm = {
  zlib: 1,
  brotli: 2,
  zstd: 3,
} as const;
