// The core of the builds for TLS 1.3 alone lacks functions: who calls one is told why.

import { TlsError } from '../base/errors.ts';

/** What assembly/core/index.ts exports and assembly/core/tls13.ts does not, but for functions that tests alone call. */
export const missingExports: readonly string[] = [
  ...[
    'aesCbcEncryptBlocks',
    'aesCbcDecryptBlocks',
    'ccmSeal',
    'ccmOpen',
    'prf12',
    'pbkdf2',
    'recordSealAt',
    'recordOpenAt',
  ],
  ...['keccakInit', 'keccakAbsorb', 'keccakFinish', 'keccakSqueeze'],
];

/** The exports, and functions that throw in the places of those that are missing. */
export function completed<T extends object>(exports: T): T {
  return { ...Object.fromEntries(missingExports.map(name => [name, refuse])), ...exports };
}

/** @throws ERR_UNSUPPORTED_ALGORITHM */
export function refuse(): never {
  throw new TlsError('ERR_UNSUPPORTED_ALGORITHM', 'this build of castls is for TLS 1.3 alone (docs/parts.md)');
}
