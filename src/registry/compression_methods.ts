// IANA "TLS Compression Method Identifiers" (RFC 3749); castls knows the null method only (RFC 7525 §3.3).

/** CompressionMethod. */
export const CompressionMethod = {
  null: 0x00,
} as const;
