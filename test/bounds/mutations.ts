// A proof that cannot fail proves nothing: changes of the sources, made in memory, that must fail a check, and for the
// reason that is stated.

import { AssertionError } from 'node:assert';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Program } from './program.ts';
import { BoundsError } from './syntax.ts';

export type Check = (program: Program) => void;

/** The text, which is in the file once, changes as stated: the check fails, and says so. */
export function mutation(what: string, path: string, from: string, to: string, check: Check, reason: RegExp): void {
  test(what, () => fails(check, new Program([{ path, from, to }]), reason));
}

export function fails(check: Check, program: Program, reason: RegExp): void {
  assert.throws(
    () => check(program),
    (error: Error) => {
      // Anything else is a defect of the check.
      if (!(error instanceof BoundsError || error instanceof AssertionError)) throw error;
      if (!reason.test(error.message)) throw new Error(`another reason: ${error.message}`);
      return true;
    },
  );
}
