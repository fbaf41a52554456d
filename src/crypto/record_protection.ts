// Record protection: one direction of one epoch. Synchronous, the sequence number belongs to the implementation.

import type { KeyDerivation, TranscriptHash } from './hash.ts';
import type { Secret } from './secret.ts';

/** What `openNext` found. Everything before a failure was opened and counts. */
export interface OpenedRecords {
  /** Plaintext of all opened records, one behind the other. The caller's: of its memory, or a fresh Uint8Array. */
  readonly plaintext: Uint8Array;
  /** Content type of each opened record (the inner one in TLS 1.3). */
  readonly types: readonly number[];
  /** Plaintext length of each opened record. */
  readonly lengths: readonly number[];
  /** Bytes of the input that the opened records took, headers included. */
  readonly consumed: number;
  /**
   * Why the record at `consumed` was not opened. Null if there is no whole record, if one that may change keys was opened
   * last, and if the call had done as much as one call does (the WASM core: 1,024 records, 294,912 bytes of input): after
   * null, what is left of the input may be given again. A failure does not advance the sequence number; whether it is
   * fatal is the record layer's policy.
   */
  readonly failure: null | RecordFailure;
}

/** Memory for `length` bytes of plaintext, all of which are written; undefined for a fresh Uint8Array. */
export type PlaintextMemory = (length: number) => Uint8Array | undefined;

export type RecordFailure =
  /** The one reason for tag, MAC and padding failures. */
  | 'ERR_DECRYPTION_FAILED'
  /** A header that announces more than 2^14 + 256 (1.3) or 2^14 + 2048 (1.2) bytes, or plaintext over the limit. */
  | 'ERR_RECORD_OVERFLOW'
  /** 1.3 inner plaintext without a type; empty handshake, alert or CCS fragment (RFC 9846 §5.1, §5.4). */
  | 'ERR_UNEXPECTED_MESSAGE'
  | 'ERR_SEQUENCE_EXHAUSTED';

/** Seals or opens the records of one direction of one epoch. */
export interface RecordProtection {
  /** Most bytes that a sealed record is longer than its content: header, type, explicit nonce, padding, tag. */
  readonly overhead: number;
  /** Sequence number of the next record; above 2^53 the nearest number there is. */
  readonly sequence: number;
  /**
   * Records that may still be protected before the AEAD's limit or the end of the sequence (RFC 9846 §5.5). Exact up to
   * 2^53, above it the nearest number there is.
   */
  readonly remaining: number;
  /**
   * Records that `sealNext` makes of so many bytes of application data. Absent: as few as hold them, and one for none.
   * @param maxFragment as in `sealNext`
   */
  recordsFor?(length: number, maxFragment: number): number;
  /**
   * Cuts `content` into fragments of at most `maxFragment` bytes and returns them as complete records, headers
   * included, in one fresh buffer. Empty content gives one empty record.
   * @param type content type, one byte @param maxFragment 1 to 2^14 @param padding zero bytes to add to each record
   * (1.3 only)
   * @throws ERR_SEQUENCE_EXHAUSTED before anything is sealed if not all fragments can be; ERR_RECORD_OVERFLOW for a fragment
   * or padding that no record holds; ERR_INVALID_ARGUMENT, ERR_STALE_HANDLE
   */
  sealNext(type: number, content: Uint8Array, maxFragment: number, padding?: number): Uint8Array;
  /**
   * As `sealNext`, into `target`. Optional: who has it not seals into buffers of its own.
   * @param target has room for the content and `overhead + padding` bytes for each record from `at` on; overlaps with no input
   * @returns bytes written @throws as `sealNext`; ERR_INVALID_ARGUMENT without the room
   */
  sealInto?(
    target: Uint8Array,
    at: number,
    type: number,
    content: Uint8Array,
    maxFragment: number,
    padding?: number,
  ): number;
  /**
   * Opens the complete records at the start of `records`. Stops after a record whose type is not application_data,
   * because its content may change the keys; at the first incomplete record; and at a failure.
   * @param maxPlaintext the negotiated limit, 1 to 2^14 (2^14, or record_size_limit)
   * @param memory for plaintext that is application data and nothing else; who has memory of its own need not ask
   * @throws ERR_INVALID_ARGUMENT, ERR_STALE_HANDLE: what the peer sent is never an exception
   */
  openNext(records: Uint8Array, maxPlaintext: number, memory?: PlaintextMemory): OpenedRecords;
  /**
   * Seals one record at a sequence number of the caller's choice (datagrams); does not move `sequence`. Dangerous, because two
   * contents at one number have the same nonce: with GCM and ChaCha20-Poly1305 that gives away both and the key of the MAC.
   * Whoever calls this counts, and never goes back.
   * @param sequence 0 to 2^53 - 1 @param content at most 2^14 bytes @throws as `sealNext`
   */
  dangerousSealAt(sequence: number, type: number, content: Uint8Array): Uint8Array;
  /**
   * Opens one record at a sequence number of the caller's choice; counts a failure towards the integrity limit.
   * @param sequence 0 to 2^53 - 1 @param maxPlaintext as in `openNext`
   * @throws ERR_SEQUENCE_EXHAUSTED after too many forgeries (RFC 9147 §4.5.3); as `openNext`
   */
  openAt(sequence: number, record: Uint8Array, maxPlaintext: number): OpenedRecords;
  /** Wipes the keys. Idempotent. */
  dispose(): void;
}

/** A TLS 1.3 suite (RFC 9846 §B.4) with its implementation. */
export interface CipherSuite13 {
  /** Value in the IANA TLS Cipher Suites registry. */
  readonly id: number;
  readonly name: string;
  readonly keyDerivation: KeyDerivation;
  /** Key length in bytes, as getCipher and limits report it. */
  readonly keyLength: number;
  /**
   * Protection for one direction; key and iv are derived from the traffic secret (RFC 9846 §7.3), which stays the caller's.
   * @param trafficSecret as long as the suite's hash @throws ERR_BAD_LENGTH, ERR_OUT_OF_MEMORY
   */
  protect(trafficSecret: Secret): RecordProtection;
}

/** A TLS 1.2 suite (RFC 4279, 5246, 5288, 5289, 6655, 7251, 7905) with its implementation. */
export interface CipherSuite12 {
  readonly id: number;
  readonly name: string;
  readonly keyExchange: 'ecdhe' | 'dhe' | 'rsa' | 'psk';
  /** What the server's certificate must be able to sign or decrypt with; or a pre-shared key in its place. */
  readonly authentication: 'ecdsa' | 'rsa' | 'psk';
  readonly mode: 'aead' | 'cbc';
  /** PRF hash: SHA-256 unless the suite names another (RFC 5246 §5). */
  readonly keyDerivation: Pick<KeyDerivation, 'prf12'> & { readonly hash: TranscriptHash };
  readonly keyLength: number;
  /** Length of the key_block: 2 * (mac key + key + fixed iv) bytes (RFC 5246 §6.3). */
  readonly keyBlockLength: number;
  /**
   * Protection for one direction, cut from the key_block, which stays the caller's.
   * @param keyBlock `keyBlockLength` bytes
   * @param writer whose keys: the client's or the server's write keys
   * @param encryptThenMac RFC 7366 was negotiated (CBC suites only)
   * @throws ERR_BAD_LENGTH, ERR_INVALID_ARGUMENT, ERR_OUT_OF_MEMORY
   */
  protect(keyBlock: Secret, writer: 'client' | 'server', encryptThenMac: boolean): RecordProtection;
}
