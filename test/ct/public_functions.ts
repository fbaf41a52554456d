// The exported functions that are no trace subjects, each with the reason. Every other export must be called by one
// (coverage.test.ts).

const allocation = 'takes lengths and addresses only';
const description = 'tells a length or an address';
const verification = 'verifies: its inputs are public (DESIGN: vartime in the name)';
const kernel = 'a kernel exported for its slow twin in the tests; subjects run it inside the operation it serves';

/** Reasons by binary and name. */
export const publicFunctions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  core: {
    exchangePointer: description,
    exchangeWipe: 'takes a length only',
    arenaInit: allocation,
    arenaAlloc: allocation,
    arenaFree: 'wipes a whole slot, whose size is public',
    arenaGeneration: description,
    arenaLive: description,
    hashStateLength: description,
    hmacStateLength: description,
    aesCacheDropKey: allocation,
    recordInit: 'takes the parameters of a suite, no key',
    recordSequence: 'sequence numbers are public',
    recordSetSequence: 'sequence numbers are public',
    recordCacheId: description,
    recordOverhead: description,
    recordResults: description,
    recordConsumed: 'tells what the caller learns',
  },
  ed25519: { ed25519VerifyVartime: verification },
  p256: {
    p256VerifyVartime: verification,
    p256DecodePoint: 'points are public keys and shares',
    p256ReduceDigest: 'digests of signed messages are public',
  },
  p256_verify: { p256VerifyVartime: verification },
  ec_large: {
    p384VerifyVartime: verification,
    p384DecodePoint: 'points are public keys and shares',
    p384ReduceDigest: 'digests of signed messages are public',
    p521VerifyVartime: verification,
    p521DecodePoint: 'points are public keys and shares',
    p521ReduceDigest: 'digests of signed messages are public',
  },
  ec448: { ed448VerifyVartime: verification },
  rsa: { rsaPublicVartime: verification },
  rsa_private: {
    rsaPrivateKeyLength: description,
    rsaPrivateJobLength: description,
    primeSetUp: 'builds a table of small primes',
  },
  mlkem: {
    mlkemMatrixVartime: 'samples the matrix of rho, a part of the encapsulation key (FIPS 203 §3.3)',
    mlkemGenerate: 'mlkemExpandSeed, mlkemMatrixVartime and mlkemKeyPair in turn: rho differs from seed to seed',
    mlkemDecapsulateWithSeed: 'mlkemExpandSeed, mlkemMatrixVartime and mlkemDecapsulateWithSigma in turn',
    mlkemCompress: kernel,
    mlkemDecompress: kernel,
    mlkemInverseNtt: kernel,
    mlkemNtt: kernel,
  },
  mldsa: {
    mldsaMatrixVartime: 'samples the matrix of rho, a part of the public key (FIPS 204 §3.6.1)',
    mldsaGenerate: 'mldsaExpandSeed, mldsaMatrixVartime and mldsaKeyPair in turn: rho differs from seed to seed',
    mldsaMessageAbsorb: 'the message and tr are public',
    mldsaMessageFinish: 'the message and tr are public',
    mldsaMessageStart: 'the message and tr are public',
    mldsaMessageStartWithKey: 'the message and the public key are public',
    mldsaMessagePointer: description,
    mldsaSignatureVartime: 'encodes a finished signature',
    rejectionMarker: description,
    mldsaVerifyVartime: verification,
    mldsaDecompose: kernel,
    mldsaInverseNtt: kernel,
    mldsaNtt: kernel,
    mldsaPower2Round: kernel,
    mldsaUseHint: kernel,
  },
  legacy: {
    md5StateLength: description,
    tripleDesScheduleLength: description,
    rc2ScheduleLength: description,
    rc4StateLength: description,
  },
};

/** Exported by every binary. */
export const publicEverywhere: readonly string[] = ['staticsEnd'];
