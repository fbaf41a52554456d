// What a Connection tells whoever drives it, in order, through nextEvent().

import type { TlsError } from '../base/errors.ts';
import type { Session } from '../handshake/sessions/session.ts';

export type ConnectionEvent =
  /** The handshake is over: `info` is complete and `write` takes data. */
  | { readonly kind: 'established' }
  /** Application data, in a buffer the receiver owns. Never empty. */
  | { readonly kind: 'data'; readonly data: Uint8Array }
  /** The ClientHello offers early data (client): `writeEarlyData` takes up to `limit` bytes until `established`. */
  | { readonly kind: 'earlyDataOffered'; readonly limit: number }
  /**
   * Early data (server): as `data`, but sent before the handshake, and perhaps not for the first time. What may happen
   * twice can be answered at once, by `write`; for the rest wait for `established`, or refuse (HTTP: 425, RFC 8470).
   */
  | { readonly kind: 'earlyData'; readonly data: Uint8Array }
  /** A session to resume later (client). Whoever takes the event owns its secret. */
  | { readonly kind: 'session'; readonly session: Session }
  /** The client answered a request for its certificate: see `info.peer`, null if it declined. */
  | { readonly kind: 'clientAuthenticated' }
  /** An alert that ends nothing. @see AlertDescription */
  | { readonly kind: 'warning'; readonly description: number }
  /**
   * The peer sends no more data; this side may go on writing. `closeNotify` is false if the transport ended without the
   * peer's word for it: then nobody can tell whether all came.
   */
  | { readonly kind: 'end'; readonly closeNotify: boolean }
  /**
   * All is over and wiped. `error` is null after both directions ended. `closeNotify`: the peer's came. Output may still
   * wait; no event follows.
   */
  | { readonly kind: 'closed'; readonly error: TlsError | null; readonly closeNotify: boolean };
