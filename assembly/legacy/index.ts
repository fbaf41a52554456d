// The legacy family: what files and peers of old need and nothing new should use. MD5 (RFC 1321), triple DES (FIPS 46-3,
// SP 800-67), RC2 (RFC 2268), RC4, and the MACs, padding and key derivation of SSL 3.0, TLS 1.0 and TLS 1.1. Broken or weak
// as they are, none of them leaks a key by its time.
export { staticsEnd } from '../shared/statics';
export { md5Digest, md5Final, md5Init, md5Peek, md5StateLength, md5Update } from './md5';
export { tripleDesCbcDecrypt, tripleDesCbcEncrypt, tripleDesExpand, tripleDesScheduleLength } from './triple_des';
export { rc2CbcDecrypt, rc2Expand, rc2ScheduleLength } from './rc2';
export { rc4Apply, rc4Init, rc4StateLength } from './rc4';
export { olderJudgeBlocks, olderJudgeStream, olderSeal } from './older_records';
export { prf10, ssl3Derive, ssl3Digest } from './older_prf';
