// A connection that waits a turn of the loop after every job, and gets those turns late: not when bytes come, but when
// somebody looks what became of them.

import { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import type { ConnectionInfo } from '../../src/connection/info.ts';
import type { ConnectionOptions } from '../../src/connection/options.ts';
import type { ClientSettings, ServerSettings } from '../../src/handshake/flow/roles.ts';
import type { StrictPace } from './pace.ts';

export class PacedConnection extends Connection {
  readonly #pace: StrictPace;

  constructor(settings: ClientSettings | ServerSettings, options: ConnectionOptions, pace: StrictPace) {
    super({ ...settings, pace }, options);
    this.#pace = pace;
  }

  override get info(): ConnectionInfo {
    this.#pace.run();
    return super.info;
  }

  override get state(): Connection['state'] {
    this.#pace.run();
    return super.state;
  }

  override get error(): Connection['error'] {
    this.#pace.run();
    return super.error;
  }

  override get pendingOutput(): number {
    this.#pace.run();
    return super.pendingOutput;
  }

  override takeOutput(): Uint8Array[] {
    this.#pace.run();
    return super.takeOutput();
  }

  override nextEvent(): ConnectionEvent | null {
    this.#pace.run();
    return super.nextEvent();
  }

  override write(data: Uint8Array): number {
    this.#pace.run();
    return super.write(data);
  }

  override writeEarlyData(data: Uint8Array): number {
    this.#pace.run();
    return super.writeEarlyData(data);
  }

  override updateKeys(requestPeer?: boolean): void {
    this.#pace.run();
    super.updateKeys(requestPeer);
  }
}
