// The prototype of a client that downloads: it counts what its Connection opens, and that is all.

import type { Socket } from 'node:net';
import { type ConnectionEvent, clientConfig, peerVerifier } from '../../src/index.ts';
import { type IssuedChain, pem } from '../support/chain.ts';
import { KernelConnection } from './kernel_connection.ts';

export class PrototypeClient extends KernelConnection {
  readonly established: Promise<void>;
  readonly #counter: { add(bytes: number): void };
  #begun: () => void = () => {};
  #failed: (error: unknown) => void = () => {};

  /** @param counter told of each piece of data */
  constructor(socket: Socket, chain: IssuedChain, counter: { add(bytes: number): void }) {
    const config = clientConfig({ verifier: peerVerifier({ ca: pem(chain.root) }) });
    super(socket, config.settings({ serverName: chain.host }), config);
    this.#counter = counter;
    this.established = new Promise((resolve, reject) => {
      this.#begun = resolve;
      this.#failed = reject;
    });
    this.progress();
  }

  ask(line: string): void {
    this.connection.write(Buffer.from(line));
    this.flush();
  }

  protected happened(event: ConnectionEvent): void {
    if (event.kind === 'established') this.#begun();
    else if (event.kind === 'data') this.#counter.add(event.data.length);
    else if (event.kind === 'closed') this.#failed(event.error);
  }

  protected room(): void {}
}
