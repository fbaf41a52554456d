// A stream under TLS is TLS's alone. node's TLS reads below the streams, so that nothing a program does to the socket it gave
// away has an effect; packages rely on it (basic-ftp takes all listeners away, others pause what they read before).

import type { Duplex } from 'node:stream';

export type Listener = (...args: unknown[]) => void;

export interface Keeper {
  /** The listeners that stay. */
  listeners(): readonly (readonly [event: string, listener: Listener])[];
  /** Data should come. */
  flowing(): boolean;
}

/** Makes removeAllListeners, pause and setEncoding of `stream`, called by others, leave `keeper` what it needs. */
export function keepFor(stream: Duplex, keeper: Keeper): void {
  const { removeAllListeners } = stream;
  stream.removeAllListeners = (...names: [event?: string | symbol]) => {
    removeAllListeners.apply(stream, names);
    for (const [event, listener] of keeper.listeners()) {
      if (!stream.listeners(event).includes(listener)) stream.on(event, listener);
    }
    return stream;
  };
  stream.setEncoding = () => stream;
  // Whoever keeps the stream says so before it pauses it.
  const { pause } = stream;
  stream.pause = () => (keeper.flowing() ? stream : pause.call(stream));
}
