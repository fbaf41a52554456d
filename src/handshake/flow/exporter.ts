// Keying material for protocols above TLS, whatever the version (RFC 5705, RFC 9846 §7.5).

import type { Secret } from '../../crypto/secret.ts';
import type { Disposable } from './owned.ts';

/** Keying material for others (RFC 5705, RFC 9846 §7.5), whatever the version. */
export interface Exporter extends Disposable {
  /** @param context null where none is given, which TLS 1.2 tells apart from an empty one */
  export(label: string, context: Uint8Array | null, length: number): Secret;
}
