// Pre-shared keys that the flags bring: those of TLS 1.2, and of TLS 1.3 through the importer (RFC 9258).

import {
  defaultProvider,
  type ExternalPsk,
  importPsk,
  type PskClient12,
  type PskServer12,
  psk12Client,
  psk12Server,
} from '../../../src/index.ts';
import type { Flags } from './flags.ts';

/** Imported keys, each with the number of its -new-psk-credential. */
export interface NumberedPsk {
  readonly number: number;
  readonly psk: ExternalPsk;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const secret = (key: Uint8Array) => defaultProvider().importSecret(key);

export function psksOf({ credentials }: Flags): readonly NumberedPsk[] {
  return credentials.flatMap(({ kind, values }, number) => {
    if (kind !== 'psk') return [];
    const imported = importPsk({
      externalIdentity: values['psk-importer-identity'] ?? new Uint8Array(0),
      key: secret(values['psk-importer-key'] ?? new Uint8Array(0)),
      context: values['psk-importer-context'],
      hash: values['psk-importer-sha384'] ? 'sha384' : 'sha256',
    });
    return imported.map(psk => ({ number, psk }));
  });
}

export function psk12ClientOf({ psk, 'psk-identity': identity = '' }: Flags): PskClient12 | undefined {
  if (psk === undefined) return undefined;
  const own = { identity: bytes(identity), key: secret(bytes(psk)) };
  return psk12Client(hint => {
    const expected = identity === '' ? null : Buffer.from(identity, 'latin1');
    if (Buffer.compare(hint ?? Buffer.alloc(0), expected ?? Buffer.alloc(0)) !== 0) throw new Error('another hint');
    return own;
  });
}

export function psk12ServerOf({ psk, 'psk-identity': identity = '' }: Flags): PskServer12 | undefined {
  if (psk === undefined) return undefined;
  const key = secret(bytes(psk));
  return psk12Server({
    find: asked => (Buffer.from(asked).toString('latin1') === identity ? key : null),
    identityHint: identity === '' ? undefined : bytes(identity),
  });
}
