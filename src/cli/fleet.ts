// castls serve --redis: the server as one of a fleet.

import { hkdfSync } from 'node:crypto';
import { TlsError } from '../node.ts';
import type { SharedFleet } from '../redis.ts';
import { readInput } from './files.ts';

export interface FleetFlags {
  readonly redis?: string;
  readonly wrappingKey?: string;
  readonly key?: string[];
  readonly passphrase?: string;
}

const KEY_LENGTH = 32;
/** Milliseconds: who connects as soon as the server listens is to get tickets, but nobody waits for a Redis that is gone. */
const READY = 3000;

/** The fleet that --redis names; undefined without it. @throws ERR_INVALID_ARGUMENT */
export async function fleetOption(flags: FleetFlags): Promise<SharedFleet | undefined> {
  if (flags.redis === undefined) {
    if (flags.wrappingKey === undefined) return undefined;
    throw new TlsError('ERR_INVALID_ARGUMENT', '--wrapping-key goes with --redis');
  }
  const { redisFleet, localWrapper } = await import('../redis.ts');
  const key = wrappingKey(flags);
  try {
    const fleet = await redisFleet({ url: flags.redis, wrapper: localWrapper(key) });
    await fleet.ready(READY).catch(() => {
      process.stderr.write(
        'castls: there are no ticket keys yet: Redis does not answer, or has keys under another key\n',
      );
    });
    return fleet;
  } finally {
    key.fill(0);
  }
}

/** 32 bytes as they are, in hex or in base64; without the flag what follows from the server's own key. */
function wrappingKey({ wrappingKey: file, key, passphrase }: FleetFlags): Uint8Array {
  if (file !== undefined) {
    const bytes = readInput(file);
    const text = bytes.toString('latin1').trim();
    const forms = [bytes, Buffer.from(/^[0-9a-f]{64}$/i.test(text) ? text : '', 'hex'), Buffer.from(text, 'base64')];
    const found = forms.find(form => form.length === KEY_LENGTH);
    if (found === undefined)
      throw new TlsError('ERR_INVALID_ARGUMENT', `${file} holds no 32 bytes, nor hex or base64 of them`);
    return new Uint8Array(found);
  }
  // An encrypted key is no secret without its passphrase, which may be a short one.
  if (key?.length !== 1 || passphrase !== undefined) {
    throw new TlsError('ERR_INVALID_ARGUMENT', '--redis needs --wrapping-key, or one --key without a passphrase');
  }
  return new Uint8Array(hkdfSync('sha256', readInput(key[0]), '', 'castls serve: wrapping key', KEY_LENGTH));
}
