// One run of the shim: from its arguments to what a process would end with.

import { disposeSession, type Session, TlsError } from '../../../src/index.ts';
import { CheckFailed, checkMessages } from './checks.ts';
import { Line } from './connection.ts';
import { Exchange } from './exchange.ts';
import { readFlags, UnimplementedFlag } from './flags.ts';
import { Seen, Shared, settingsOf } from './setup.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exit code for a flag of something castls does not have. */
export const UNIMPLEMENTED = 89;
/** The runner counts it as a failure whatever the test expects: for faults of the shim or of castls. */
const MUST_FAIL = 90;
const HANDSHAKE_TIMEOUT = 60_000;

/** @param args a character a byte @param signal ends the run when nobody waits for it any more */
export async function runShim(args: readonly string[], signal: AbortSignal): Promise<Outcome> {
  try {
    const { initial, resume, retry } = readFlags(args);
    if (initial['is-handshaker-supported']) return { code: 0, stdout: 'No\n', stderr: '' };
    const shared = new Shared(initial);
    let session: Session | null = null;
    for (let i = 0; i <= (initial['resume-count'] ?? 0); i++) {
      const flags = i === 0 ? initial : resume;
      if (i > 0 && session === null && !flags.server) throw new CheckFailed('no session to offer');
      const seen = new Seen(flags);
      const settings = settingsOf(flags, shared, seen, session);
      const line = await Line.open(flags, settings, { handshakeTimeout: HANDSHAKE_TIMEOUT }, signal, seen.trace);
      const exchange = new Exchange(flags, retry, line, seen, i > 0);
      try {
        await exchange.run();
        checkMessages(flags, seen);
      } finally {
        await line.end();
      }
      if (session !== null) disposeSession(session);
      session = exchange.sessions.pop() ?? null;
      exchange.sessions.forEach(disposeSession);
      shared.ahead += flags['resumption-delay'] ?? 0;
    }
    if (session !== null) disposeSession(session);
    return { code: 0, stdout: '', stderr: '' };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Outcome {
  if (error instanceof UnimplementedFlag) return { code: UNIMPLEMENTED, stdout: '', stderr: `${error.message}\n` };
  if (error instanceof CheckFailed) return { code: 1, stdout: '', stderr: `${error.message}\n` };
  if (!(error instanceof TlsError)) return { code: MUST_FAIL, stdout: '', stderr: `${(error as Error).stack}\n` };
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.message}` : '';
  // A fault of castls is no expected error of any test.
  const code = error.code === 'ERR_INTERNAL' ? MUST_FAIL : 1;
  return { code, stdout: '', stderr: `castls: ${error.code}: ${error.message}${cause}\n` };
}
