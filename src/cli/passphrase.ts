// Passphrases of the command: as text, from the environment, from a file, or asked for at the terminal. Text on a command line
// is seen by every process of the machine; the other three are not.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { TlsError } from '../node.ts';

/** For help texts: what `passphraseOf` takes. */
export const PASSPHRASE_FORMS = 'text, env:NAME, file:PATH (its first line, "-" is stdin), or prompt';

/**
 * The passphrase that a flag names. "pass:" stands before a text that looks like one of the other forms.
 * @param what is asked for, such as "the key in a.key" @throws ERR_INVALID_ARGUMENT
 */
export function passphraseOf(flag: string | undefined, what: string): string | undefined {
  if (flag === undefined) return undefined;
  const [, kind, rest] = /^(env|file|pass):(.*)$/s.exec(flag) ?? [];
  if (kind === 'env') {
    const value = process.env[rest];
    if (value === undefined) throw invalid(`the environment has no ${rest}`);
    return value;
  }
  if (kind === 'file') return firstLine(rest);
  if (kind === 'pass') return rest;
  return flag === 'prompt' ? ask(`Passphrase of ${what}`) : flag;
}

/** The same for what is to be encrypted: a prompt asks twice. */
export function newPassphraseOf(flag: string | undefined, what: string): string | undefined {
  const passphrase = passphraseOf(flag, what);
  if (passphrase === '') throw invalid('the passphrase is empty');
  if (flag === 'prompt' && ask('The same again') !== passphrase) throw invalid('the two passphrases differ');
  return passphrase;
}

/** True if somebody can be asked. */
export function canAsk(): boolean {
  if (process.platform === 'win32') return false;
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** Asks at the terminal, whatever stdin and stdout are, and shows nothing of the answer. */
export function ask(question: string): string {
  let tty: number;
  try {
    tty = openSync('/dev/tty', 'r+');
  } catch (cause) {
    throw invalid('there is no terminal to ask for a passphrase; use env:NAME or file:PATH', cause);
  }
  const echo = (mode: string) => spawnSync('stty', [mode], { stdio: [tty, 'ignore', 'ignore'] });
  const answer: number[] = [];
  try {
    writeSync(tty, `${question}: `);
    echo('-echo');
    const byte = new Uint8Array(1);
    while (readSync(tty, byte, 0, 1, null) === 1 && byte[0] !== 0x0a) answer.push(byte[0]);
  } finally {
    echo('echo');
    writeSync(tty, '\n');
    closeSync(tty);
  }
  return Buffer.from(answer).toString().replace(/\r$/, '');
}

function firstLine(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').split(/\r?\n/, 1)[0];
  } catch (cause) {
    throw invalid(`the passphrase file ${path} cannot be read: ${(cause as Error).message}`, cause);
  }
}

function invalid(why: string, cause?: unknown): TlsError {
  return new TlsError('ERR_INVALID_ARGUMENT', why, { cause });
}
