// What the tests of verification share: options around a chain, and the error that must come.

import * as assert from 'uvu/assert';
import type { ErrorCode } from '../../src/base/errors.ts';
import { CertificateError } from '../../src/x509/certificate_error.ts';
import { type RevocationOptions, revocation } from '../../src/x509/revocation.ts';
import { type TransparencyOptions, transparency } from '../../src/x509/transparency.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { type ChainOptions, type VerifiedChain, verifyChain } from '../../src/x509/verify.ts';
import { nodeKeyDerivation } from './node/hash.ts';
import { Ledger } from './node/secret.ts';
import { nodeVerifier } from './node/signatures.ts';
import { type Authority, NOW } from './x509_maker.ts';

export const testHashes = (['sha1', 'sha256'] as const).map(name => nodeKeyDerivation(new Ledger(), name).hash);

/** The options of the two checks stand beside the others: they are what tests are about. */
export interface TestOptions extends ChainOptions {
  readonly revocation?: RevocationOptions;
  readonly transparency?: TransparencyOptions;
}

/** Verifies with one root and node:crypto's signatures; must answer at once. */
export function verify(
  leaf: Uint8Array,
  root: Authority,
  { revocation: revoked, transparency: logged, ...more }: Partial<TestOptions> = {},
): VerifiedChain {
  const checks = [revocation(revoked), ...(logged ? [transparency(logged)] : [])];
  const options = {
    checks,
    leaf,
    anchors: [trustAnchor(root.der)],
    verifiers: [nodeVerifier],
    time: NOW,
    hashes: testHashes,
  };
  const chain = verifyChain({ ...options, ...more });
  assert.not.instance(chain, Promise);
  return chain as VerifiedChain;
}

/** @returns the error, whose code and text are checked */
export function rejects(verification: () => unknown, code: ErrorCode, text: RegExp, index?: number): CertificateError {
  try {
    verification();
  } catch (error) {
    assert.instance(error, CertificateError, String((error as Error)?.stack));
    const found = error as CertificateError;
    assert.is(found.code, code, found.message);
    assert.match(found.message, text);
    assert.ok(found.rule.length > 0 && found.fix.length > 0);
    if (index !== undefined) assert.is(found.index, index, found.message);
    return found;
  }
  return assert.unreachable(`accepted, but must fail with ${code} ${text}`) as never;
}
