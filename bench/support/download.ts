// The download server of the bulk benchmarks, and the counter of what arrives from it.

import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type IssuedChain, issueChain, pem } from './chain.ts';

/** A running download server. */
export interface Server {
  readonly port: number;
  readonly chain: IssuedChain;
  /** Ends its process. */
  stop(): void;
}

/** Starts download_server.mjs with a chain of its own. */
export async function startServer(ciphers: string, ecdhCurve: string): Promise<Server> {
  const chain = await issueChain(1);
  const key = createPrivateKey({ key: chain.privateKeyJwk as never, format: 'jwk' });
  const options = {
    key: key.export({ format: 'pem', type: 'pkcs8' }),
    cert: pem(chain.leaf) + pem(chain.intermediate),
    ciphers,
    ecdhCurve,
  };
  const script = fileURLToPath(new URL('./download_server.mjs', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', data => resolve(Number(String(data))));
    child.once('exit', () => reject(new Error('the download server ended')));
  });
  child.unref();
  (child.stdin as unknown as Socket).unref?.();
  (child.stdout as unknown as Socket).unref?.();
  return { port, chain, stop: () => child.kill() };
}

/** Counts what arrives and resolves the download that waits for it. */
export class Counter {
  #left = 0;
  #done: () => void = () => {};

  expect(bytes: number): Promise<void> {
    this.#left = bytes;
    return new Promise(resolve => {
      this.#done = resolve;
    });
  }

  add(bytes: number): void {
    this.#left -= bytes;
    if (this.#left === 0) this.#done();
    else if (this.#left < 0) throw new Error('more bytes than asked for');
  }
}
