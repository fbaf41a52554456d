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
import { JobPace } from './pace.ts';
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
  if (pacedToo.comparisons !== null)
    pacedToo.comparisons.push(compare({ ...options, ...more }, [...(more.anchors ?? options.anchors)]));
  const chain = verifyChain({ ...options, ...more });
  assert.not.instance(chain, Promise);
  return chain as VerifiedChain;
}

/** Where it is set, each verification runs a second time, giving way wherever it can; what comes out has to be the same. */
export const pacedToo: { comparisons: Promise<number>[] | null } = { comparisons: null };

/** @returns how often the verification gave way */
async function compare(given: ChainOptions, anchors: ChainOptions['anchors']): Promise<number> {
  const options = { ...given, anchors }; // the list may be another when it is over
  const pace = new JobPace();
  const outcomeOf = async (slices?: JobPace) => {
    try {
      const { certificates, anchor } = await verifyChain(options, slices);
      return { certificates: certificates.map(each => each.der), anchor };
    } catch (error) {
      const { name, code, message, index } = error as CertificateError;
      return { name, code, message, index };
    }
  };
  assert.equal(await outcomeOf(pace), await outcomeOf());
  return pace.turns;
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
