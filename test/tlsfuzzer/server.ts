// The server that tlsfuzzer's scripts talk to: castls/node in the shape of an HTTP/1.0 server, or an echo. Run by
// scripts/tlsfuzzer.mjs with a profile in JSON; prints its port. Ends with its standard input.

import { readFileSync } from 'node:fs';
import * as dropIn from 'node:tls';
import { aesCbc, legacy, ssl30, tls10, tls11, tripleDes } from '../../src/legacy.ts';
import * as castls from '../../src/node.ts';

type TLSSocket = castls.TLSSocket;

/** What a profile of scripts.json says, with paths. */
interface Profile {
  readonly keys: readonly string[];
  readonly certificates: readonly string[];
  readonly ciphers?: string;
  readonly groups?: string;
  /** node:tls under castls/legacy/register, which the driver imports before. */
  readonly dropIn?: boolean;
  readonly minVersion?: 'TLSv1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** SSL 3.0, TLS 1.0 and 1.1 instead of the newer ones. */
  readonly legacy?: boolean;
  readonly requestCert?: boolean;
  readonly alpn?: readonly string[];
  /** Psk by identity, in hex. */
  readonly psk?: Readonly<Record<string, string>>;
  /** Data comes back as it is. */
  readonly echo?: boolean;
  /** Bytes of an answer's body. */
  readonly answer?: number;
  /** A client certificate is asked for after the handshake, for /secret or for everything. */
  readonly late?: 'secret' | 'all';
  /** Certificates travel compressed where the client can undo it. */
  readonly compress?: boolean;
}

const profile = JSON.parse(process.argv[2]) as Profile;
const read = (file: string): string => readFileSync(file, 'utf8');
const body = 'x'.repeat(profile.answer ?? 10);

/** Sessions by ID, as programs of node:tls keep them. */
const sessions = new Map<string, Buffer>();
const { createServer } = profile.dropIn ? (dropIn as unknown as typeof castls) : castls;

const server = createServer({
  key: profile.keys.map(read),
  cert: profile.certificates.map(read),
  ...(profile.ciphers !== undefined && { ciphers: profile.ciphers }),
  ...(profile.groups !== undefined && { ecdhCurve: profile.groups }),
  ...(profile.minVersion !== undefined && { minVersion: profile.minVersion }),
  ...(profile.maxVersion !== undefined && { maxVersion: profile.maxVersion }),
  ...(profile.legacy && {
    legacy: legacy({
      versions: [ssl30, tls10, tls11],
      ciphers: [aesCbc, tripleDes],
      sslv2Hello: true,
      dangerouslySilent: true,
    }),
  }),
  ...(profile.alpn !== undefined && { ALPNProtocols: [...profile.alpn] }),
  ...(profile.psk !== undefined && {
    pskCallback: (_socket: unknown, identity: string) => {
      const key = profile.psk?.[identity];
      return key === undefined ? null : Buffer.from(key, 'hex');
    },
  }),
  ...(profile.compress && { certificateCompression: ['zlib', 'brotli'] }),
  requestCert: profile.requestCert ?? false,
  // Whoever the suite's own certificates are of: they are signed by nobody.
  rejectUnauthorized: false,
});
server.on('secureConnection', socket => {
  if (profile.echo) socket.pipe(socket);
  else answer(socket);
});
server.on('tlsClientError', () => {});
server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
  sessions.set(id.toString('hex'), data);
  done();
});
server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
  done(null, sessions.get(id.toString('hex')) ?? null);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
process.stdin.resume().once('end', () => process.exit(0));

/** Answers a request when it ended: by an empty line, however it is written. */
function answer(socket: TLSSocket): void {
  let request = '';
  socket.on('error', () => {});
  socket.on('data', chunk => {
    request = (request + chunk).slice(-4096);
    if (!/\n\r?\n$/.test(request)) return;
    const asked = request;
    request = '';
    const respond = () => {
      if (!socket.destroyed)
        socket.write(`HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    };
    if (asked.includes('/keyupdate')) socket.updateKeys(true);
    const late = profile.late === 'all' || (profile.late === 'secret' && asked.includes('/secret'));
    if (!late || socket.getProtocol() !== 'TLSv1.3') respond();
    else {
      socket.once('clientAuthenticated', respond);
      socket.requestClientCertificate();
    }
  });
}
