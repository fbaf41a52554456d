// Functions in CT regions of which the tracer runs no line, or not all, by file and name, with the reason.

const verification = 'for verification, whose inputs are public';
const composed = 'calls what subjects call one after the other: rho differs from seed to seed and is public';

export const neverRun: Readonly<Record<string, string>> = {
  'ec/curve25519/edwards.ts addPrepared': `subtracts ${verification}`,
  'ec/curve25519/field.ts powerForRoot': `takes the root of a point's coordinate ${verification}`,
  'mldsa/encoding.ts packMask': 'encodes z of a finished signature, which is public',
  'mldsa/keys.ts mldsaGenerate': composed,
  'mldsa/poly.ts innerProduct': `subtracts a product ${verification}`,
  'mldsa/rounding.ts useHint': verification,
  'mldsa/sample.ts sampleSecrets': 'draws a larger window with a probability below 2^-52, which no trial meets',
  'mlkem/kem.ts mlkemGenerate': composed,
  'mlkem/kem.ts mlkemDecapsulateWithSeed': composed,
  'shared/hash/keccak_x2.ts keccakX2Absorb': 'permutes after a whole block, and no input is as long as one',
};
