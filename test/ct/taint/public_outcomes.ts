// What castls makes public of secrets, by the names that the comments "CT public (NAME): reason" in assembly/ give, and the
// files that may do so. Whoever adds such a comment adds it here as well, so that nothing becomes public by a comment alone.

export const publicOutcomes: Readonly<Record<string, readonly string[]>> = {
  'tag valid': ['core/aead/gcm.ts', 'core/aead/ccm.ts', 'core/aead/chacha20_poly1305.ts'],
  'MAC valid': ['core/record/cbc.ts'],
  'record length': ['core/record/cbc.ts', 'core/record/open.ts'],
  'content type': ['core/record/open.ts'],
  'scalar in range': ['shared/weierstrass/curve.ts'],
  'base in range': ['rsa_private/ffdh.ts', 'rsa_private/private.ts'],
  'fault found': ['rsa_private/private.ts'],
  'pass rejected': ['mldsa/sign.ts'],
  'challenge sampled': ['mldsa/sample.ts'],
  'window full': ['mldsa/sample.ts'],
};
