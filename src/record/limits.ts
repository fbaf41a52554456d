// The numbers of the record layer, each with its source.

/** RFC 9846 §5.1, RFC 5246 §6.2.1: bytes of content a record may hold. */
export const MAX_PLAINTEXT = 2 ** 14;

/** RFC 9846 §5.2: inner type, padding and tag add at most 256 bytes. */
export const MAX_CIPHERTEXT_13 = MAX_PLAINTEXT + 256;

/** RFC 5246 §6.2.3. */
export const MAX_CIPHERTEXT_12 = MAX_PLAINTEXT + 2048;

/** Type, legacy_record_version, length. */
export const RECORD_HEADER_LENGTH = 5;

/** Empty application data records in a row that a peer may send. OpenSSL and BoringSSL allow 32. */
export const MAX_EMPTY_RECORDS = 32;

/** Warning alerts in a row that a peer may send. BoringSSL and OpenSSL stop at the fifth. */
export const MAX_WARNING_ALERTS = 4;

/**
 * ChangeCipherSpec records a TLS 1.3 peer may send between one hello of this side and the next, or the end of the
 * handshake: in compatibility mode each side sends one (RFC 9846 §D.4). NSS stops at the second too, since dropping any
 * number was a way to keep it busy (CVE-2020-25648). Where early data is skipped there may be one more: clients send one
 * before it, and some send another before their second ClientHello.
 */
export const MAX_COMPATIBILITY_CCS = 1;

/**
 * Bytes that may wait while the handshake waits for a job: a little more than the largest ClientHello. An adapter
 * that stops reading while `buffered` is over zero never comes near.
 */
export const MAX_BUFFERED_INPUT = 256 * 1024;
