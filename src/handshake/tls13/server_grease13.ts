// GREASE of a server (RFC 8701 §4.1): reserved values that clients have to pass over, in CertificateRequest and
// NewSessionTicket, and only where the config asks for them.

import { greaseValue } from '../../registry/grease.ts';
import { type Extension, makeExtension } from '../../wire/extensions.ts';
import type { Handshake } from '../flow/handshake.ts';
import type { ServerSettings } from '../flow/roles.ts';

type Hs = Handshake<ServerSettings>;

/** An empty extension of a reserved type, or none. */
export function greaseExtensions(hs: Hs): Extension[] {
  return hs.settings.grease === true ? [makeExtension(drawn(hs))] : [];
}

/** `schemes` with a reserved one before them, or as they are. */
export function greasedSchemes(hs: Hs, schemes: readonly number[]): readonly number[] {
  return hs.settings.grease === true ? [drawn(hs), ...schemes] : schemes;
}

function drawn(hs: Hs): number {
  return greaseValue(hs.random(1)[0]);
}
