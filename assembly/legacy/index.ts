// The legacy family: what files and peers of old need and nothing new should use. MD5 (RFC 1321), triple DES (FIPS 46-3,
// SP 800-67) and RC2 (RFC 2268). Broken or weak as they are, none of them leaks a key by its time.
export { staticsEnd } from '../shared/statics';
export { md5Digest, md5Final, md5Init, md5Peek, md5StateLength, md5Update } from './md5';
export { tripleDesCbcDecrypt, tripleDesCbcEncrypt, tripleDesExpand, tripleDesScheduleLength } from './triple_des';
export { rc2CbcDecrypt, rc2Expand, rc2ScheduleLength } from './rc2';
