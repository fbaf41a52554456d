// The code of a TlsError, for tests of refusals.

import { TlsError } from '../../src/base/errors.ts';

/** Code of the TlsError that `run` throws; 'no error' if it throws none. What is no TlsError goes on. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return codeOfError(error);
  }
  return 'no error';
}

/** The same for what answers later, too. */
export async function codeOfLater(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return codeOfError(error);
  }
  return 'no error';
}

function codeOfError(error: unknown): string {
  if (error instanceof TlsError) return error.code;
  throw error;
}

/** castls' own code of an error of castls/node, whose `code` is node's where node has one. */
export function ownCode(error: unknown): string | undefined {
  const { cause, code } = error as { cause?: unknown; code?: string };
  return cause instanceof TlsError ? cause.code : code;
}
