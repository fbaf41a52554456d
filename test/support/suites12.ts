// The TLS 1.2 suites of the registry, by what their names say.

import { CipherSuite12, opensslName } from '../../src/registry/cipher_suites.ts';
import type { KeyKind } from './peer_certificates.ts';

export interface Suite12 {
  /** IANA's name. */
  readonly name: string;
  /** OpenSSL's. */
  readonly openssl: string;
  readonly id: number;
  /** The certificate it needs. */
  readonly certificate: Extract<KeyKind, 'rsa' | 'p256'>;
  readonly keyExchange: 'ecdhe' | 'dhe' | 'rsa';
  readonly cbc: boolean;
  /** Bits of the key: 128 or 256. */
  readonly cipher: string;
}

export const suites12: readonly Suite12[] = Object.entries(CipherSuite12).map(([name, id]) => ({
  name,
  openssl: opensslName(name),
  id,
  certificate: name.includes('_ECDSA_') ? 'p256' : 'rsa',
  keyExchange: name.startsWith('TLS_ECDHE') ? 'ecdhe' : name.startsWith('TLS_DHE') ? 'dhe' : 'rsa',
  cbc: name.includes('_CBC_'),
  cipher: name.split('_WITH_')[1],
}));
