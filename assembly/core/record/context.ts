// A record context: one direction of one epoch, RECORD_CONTEXT_LENGTH bytes in an arena slot. Raw keys only, so that
// an idle connection costs bytes; expanded AES state lives in the cache of cipher/ under the context's id.
//
//    0  key, 32 bytes
//   32  iv, 12 bytes: all of it (1.3, ChaCha20 in 1.2) or the first 4 (the implicit part, GCM and CCM in 1.2)
//   44  cipher u8, key length u8, tag length u8, format u8
//   48  sequence number of the next record u64
//   56  sequence number that is no longer allowed u64 (the AEAD's limit or the end of the sequence)
//   64  id of expanded cipher state u32
//   68  MAC hash u8 (CBC), MAC length u8
//   72  MAC key, 48 bytes (CBC)

export const RECORD_CONTEXT_LENGTH: usize = 120;

export const IV: usize = 32;
export const SEQUENCE: usize = 48;
export const MAC_KEY: usize = 72;
const CIPHER: usize = 44;
const KEY_LENGTH: usize = 45;
const TAG_LENGTH: usize = 46;
const FORMAT: usize = 47;
const LIMIT: usize = 56;
const ID: usize = 64;
const MAC_HASH: usize = 68;
const MAC_LENGTH: usize = 69;

// cipher; 2 is ChaCha20-Poly1305, and 3 AES-CBC, which the formats of CBC say as well (src/wasm/record_protection.ts)
export const AES_GCM: u32 = 0;
export const AES_CCM: u32 = 1;

// format
/** RFC 9846 §5.2: nonce = iv xor sequence, the header is the additional data, the type is inside. */
export const FORMAT_13: u32 = 0;
/** RFC 5288 §3, RFC 6655 §3: 4 bytes of iv, 8 explicit bytes that here are the sequence number. */
export const FORMAT_12_EXPLICIT: u32 = 1;
/** RFC 7905 §2: nonce as in 1.3, additional data as in 1.2. */
export const FORMAT_12_IMPLICIT: u32 = 2;
/** RFC 5246 §6.2.3.2: MAC, pad, encrypt. */
export const FORMAT_12_CBC: u32 = 3;
/** RFC 7366: pad, encrypt, MAC. */
export const FORMAT_12_CBC_ETM: u32 = 4;

let lastId: u32 = 0;

/** Sets what is not secret; keys are copied in by recordSetKeys. The limit is given in two halves of 32 bits. */
export function recordInit(
  context: usize,
  cipher: u32,
  format: u32,
  keyLength: u32,
  tagLength: u32,
  macHash: u32,
  macLength: u32,
  limitLow: u32,
  limitHigh: u32,
): void {
  store<u8>(context, <u8>cipher, CIPHER);
  store<u8>(context, <u8>keyLength, KEY_LENGTH);
  store<u8>(context, <u8>tagLength, TAG_LENGTH);
  store<u8>(context, <u8>format, FORMAT);
  store<u64>(context, 0, SEQUENCE);
  store<u64>(context, (<u64>limitHigh << 32) | <u64>limitLow, LIMIT);
  store<u32>(context, ++lastId, ID);
  store<u8>(context, <u8>macHash, MAC_HASH);
  store<u8>(context, <u8>macLength, MAC_LENGTH);
}

/** Copies key, iv (12 bytes, or 4) and MAC key from where the caller derived them. */
export function recordSetKeys(context: usize, key: usize, iv: usize, ivLength: usize, macKey: usize): void {
  memory.copy(context, key, keyLengthOf(context));
  memory.copy(context + IV, iv, ivLength);
  memory.copy(context + MAC_KEY, macKey, macLengthOf(context));
}

/** The low (0) or high (1) half of the next record's sequence number. */
export function recordSequence(context: usize, half: u32): u32 {
  return load<u32>(context + SEQUENCE + (half << 2));
}

/** Sets the sequence number: tests, and protocols that restore a context. */
export function recordSetSequence(context: usize, low: u32, high: u32): void {
  store<u64>(context, (<u64>high << 32) | <u64>low, SEQUENCE);
}

/** Id under which cipher/ caches expanded state of this context's key. */
export function recordCacheId(context: usize): u32 {
  return load<u32>(context, ID);
}

// @ts-ignore: decorator
@inline
export function cipherOf(context: usize): u32 {
  return load<u8>(context, CIPHER);
}

// @ts-ignore: decorator
@inline
export function formatOf(context: usize): u32 {
  return load<u8>(context, FORMAT);
}

// @ts-ignore: decorator
@inline
export function keyLengthOf(context: usize): usize {
  return load<u8>(context, KEY_LENGTH);
}

// @ts-ignore: decorator
@inline
export function tagLengthOf(context: usize): usize {
  return load<u8>(context, TAG_LENGTH);
}

// @ts-ignore: decorator
@inline
export function macHashOf(context: usize): u32 {
  return load<u8>(context, MAC_HASH);
}

// @ts-ignore: decorator
@inline
export function macLengthOf(context: usize): usize {
  return load<u8>(context, MAC_LENGTH);
}

// @ts-ignore: decorator
@inline
export function sequenceOf(context: usize): u64 {
  return load<u64>(context, SEQUENCE);
}

// @ts-ignore: decorator
@inline
export function limitOf(context: usize): u64 {
  return load<u64>(context, LIMIT);
}
