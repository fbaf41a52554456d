// The core binary's ABI: everything JavaScript may call. Numbers and pointers only.
export { staticsEnd } from '../shared/statics';
export { exchangePointer, exchangeWipe } from './exchange';
export { arenaInit, arenaAlloc, arenaFree, arenaGeneration, arenaLive } from './arena';
export { aesCacheDrop, aesCacheDropKey } from './cipher/aes_state';
export { aesCbcEncryptBlocks, aesCbcDecryptBlocks } from './cipher/aes_cbc';
export { gcmSeal, gcmOpen, gcmSealGeneral, gcmOpenGeneral } from './aead/gcm';
export { ccmSeal, ccmOpen, ccmSealGeneral, ccmOpenGeneral } from './aead/ccm';
export { chachaSeal, chachaOpen } from './aead/chacha20_poly1305';
export { hashStateLength, hashInit, hashUpdate, hashFinal, hashPeek, hashDigest } from './hash/hash';
export { keccakInit, keccakAbsorb, keccakFinish, keccakSqueeze } from '../shared/hash/keccak';
export { hmacStateLength, hmacInit, hmacUpdate, hmacFinal, hmacVerify } from './mac/hmac';
export { hkdfExtract, hkdfExpand, hkdfExpandLabel } from './kdf/hkdf';
export { prf12 } from './kdf/prf12';
export { pbkdf2 } from './kdf/pbkdf2';
export {
  recordInit,
  recordSetKeys,
  recordSequence,
  recordSetSequence,
  recordCacheId,
} from './record/context';
export { recordOverhead, recordSeal, recordSealAt } from './record/seal';
export {
  recordOpen,
  recordOpenAt,
  recordResults,
  recordCount,
  recordConsumed,
  recordFailure,
} from './record/open';
export { judgeMacThenEncrypt } from './record/cbc';
export { equalBytes } from '../shared/ct';
