// A pipe in memory for node:tls.

import { Duplex } from 'node:stream';

/** Two ends of a pipe in memory: stream.duplexPair is not in Node 20. */
export function duplexPair(): [Duplex, Duplex] {
  const make = (): Duplex & { other?: Duplex } =>
    new Duplex({
      read() {},
      write(this: Duplex & { other?: Duplex }, chunk, _encoding, done) {
        this.other?.push(chunk);
        done();
      },
      final(this: Duplex & { other?: Duplex }, done) {
        this.other?.push(null);
        done();
      },
    });
  const [a, b] = [make(), make()];
  a.other = b;
  b.other = a;
  return [a, b];
}
