import { generateKeyPairSync } from './key_pairs.ts';

// Two RSA keys of 2048 bits in parts, made once a process.

type Part = 'n' | 'e' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi';
const made = new Map<number, Readonly<Record<Part, Uint8Array>>>();

/** The numbers of key `which`, as JWK names them (RFC 7518 §6.3). */
export function rsaParts(which: number): Readonly<Record<Part, Uint8Array>> {
  let parts = made.get(which);
  if (parts === undefined) {
    const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
    const names: readonly Part[] = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'];
    parts = Object.fromEntries(
      names.map(name => [name, Uint8Array.from(Buffer.from(jwk[name]!, 'base64url'))]),
    ) as unknown as Readonly<Record<Part, Uint8Array>>;
    made.set(which, parts);
  }
  return parts;
}
