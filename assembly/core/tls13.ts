// The ABI of the core for TLS 1.3 alone, in two builds: that of index.ts without CCM, CBC, SHA-1, SHA-3, the PRF of TLS 1.2,
// PBKDF2 and records at a sequence number of one's own.
export { staticsEnd } from '../shared/statics';
export { exchangePointer, exchangeWipe } from './exchange';
export { arenaInit, arenaAlloc, arenaFree, arenaGeneration, arenaLive } from './arena';
export { aesCacheDrop, aesCacheDropKey } from './cipher/aes_state';
export { gcmSeal, gcmOpen, gcmSealGeneral, gcmOpenGeneral } from './aead/gcm';
export { chachaSeal, chachaOpen } from './aead/chacha20_poly1305';
export { hashStateLength, hashInit, hashUpdate, hashFinal, hashPeek, hashDigest } from './hash/hash';
export { hmacStateLength, hmacInit, hmacUpdate, hmacFinal, hmacVerify } from './mac/hmac';
export { hkdfExtract, hkdfExpand, hkdfExpandLabel } from './kdf/hkdf';
export { recordInit, recordSetKeys, recordSequence, recordSetSequence, recordCacheId } from './record/context';
export { recordOverhead, recordSeal } from './record/seal';
export { recordOpen, recordResults, recordCount, recordConsumed, recordFailure } from './record/open';
export { equalBytes } from '../shared/ct';
