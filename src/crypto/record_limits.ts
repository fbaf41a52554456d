// How many records one key may protect, as data with its sources. A connection changes keys before the limit (TLS 1.3)
// or ends (TLS 1.2); the core refuses to pass it.

export interface RecordLimit {
  /** Records that may be sealed or opened with one key, in halves of 32 bits. */
  readonly records: { readonly low: number; readonly high: number };
  /** Failed openings after which a key must not be used any more (datagrams; a stream ends at the first). */
  readonly forgeries: number;
}

/** End of the sequence numbers: 2^64 - 1 records (RFC 9846 §5.3, RFC 5246 §6.1). */
const SEQUENCE_END = { low: 0xffff_ffff, high: 0xffff_ffff };

/** By cipher. */
export const recordLimits = {
  /** RFC 9846 §5.5: 2^24.5 full-size records. Forgeries: RFC 9147 §4.5.3, 2^36. */
  'aes-gcm': { records: { low: 23_726_566, high: 0 }, forgeries: 2 ** 36 },
  /** RFC 9846 §5.5: the sequence number ends first. Forgeries: RFC 9147 §4.5.3, 2^36. */
  'chacha20-poly1305': { records: SEQUENCE_END, forgeries: 2 ** 36 },
  /** RFC 9147 §4.5.3 (RFC 9846 names no figure): 2^23 records, 2^23.5 forgeries. */
  'aes-ccm': { records: { low: 2 ** 23, high: 0 }, forgeries: 11_863_283 },
  /** RFC 9147 §4.5.3 and appendix B.3: with an 8-byte tag 2^23 records, and no more than 2^7 forgeries. */
  'aes-ccm-8': { records: { low: 2 ** 23, high: 0 }, forgeries: 2 ** 7 },
  /** Sweet32 is about 8-byte blocks; with AES the bound of 2^48 blocks of CBC lies far above: 2^32 full records. */
  'aes-cbc': { records: { low: 0, high: 1 }, forgeries: 1 },
} as const satisfies Record<string, RecordLimit>;
