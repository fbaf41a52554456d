// How a command fails: one line "castls: CODE: message" on stderr and exit code 1.

import { TlsError } from '../node.ts';

/** What castls found, where a socket shows it under node's name for it. */
function found(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TlsError) return error;
  return error.cause instanceof TlsError ? error.cause : error;
}

/** The code of an error, whoever threw it; castls' own where castls found it. */
export function codeOf(error: unknown): string {
  const { code } = found(error) as { code?: unknown };
  return typeof code === 'string' ? code : 'ERR_INTERNAL';
}

/** "CODE: message", in one line. */
export function failureText(given: unknown): string {
  const error = found(given);
  const message = error instanceof Error ? error.message : String(error);
  // An AggregateError of connecting to several addresses has its messages inside.
  const inner =
    error instanceof AggregateError && message === '' ? error.errors.map(each => each.message).join('; ') : '';
  return `${codeOf(error)}: ${(message || inner).replace(/\s*\n\s*/g, ' ')}`;
}

/** The error with the file's name in the commands that it says to paste, where FILE stands for it. */
export function naming(file: string | undefined, error: unknown): unknown {
  if (file === undefined || !(error instanceof TlsError) || !/\bFILE\b/.test(error.message)) return error;
  return new TlsError(error.code, error.message.replace(/\bFILE\b/g, file), { cause: error });
}

/** Ends the process. */
export function fail(error: unknown): never {
  process.stderr.write(`castls: ${failureText(error)}\n`);
  process.exit(1);
}
