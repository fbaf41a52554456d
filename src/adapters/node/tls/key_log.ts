// Who hears the secrets of a connection: listeners of "keylog", at the socket and at its server, the trace, and --tls-keylog.

import type { ClientSettings, ServerSettings } from '../../../handshake/flow/roles.ts';
import type { JsonTrace } from './json_trace.ts';
import { profile } from './profile.ts';

interface Listened {
  emit(event: 'keylog', ...given: readonly unknown[]): boolean;
  listenerCount(event: string): number;
}

/** The settings with a key log for whoever wants one; as they are if nobody does. */
export function heard<S extends ClientSettings | ServerSettings>(
  settings: S,
  socket: Listened,
  server: Listened | undefined,
  trace: JsonTrace | null,
): S {
  const { keyLog: forAll } = profile();
  const listened = socket.listenerCount('keylog') > 0 || (server?.listenerCount('keylog') ?? 0) > 0;
  if (!listened && trace === null && forAll === null) return settings;
  const keyLog = (line: string): void => {
    trace?.secret(line);
    if (!listened && forAll === null) return;
    const bytes = Buffer.from(`${line}\n`);
    forAll?.(bytes);
    socket.emit('keylog', bytes);
    server?.emit('keylog', bytes, socket);
  };
  return { ...settings, keyLog };
}
