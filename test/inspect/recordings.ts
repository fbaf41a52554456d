// Handshakes to look at: both sides of castls in memory, in every version, with their secrets; and a ClientHello with
// everything in it. As captures they go to tshark, as bytes to castls/inspect.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ClientConfig,
  type ClientTarget,
  Connection,
  type Credential,
  clientConfig,
  credential,
  MemorySingleUseRegister,
  peerVerifier,
  type ServerConfig,
  type Session,
  serverConfig,
  TicketKeys,
  zlibCertificateCompression,
} from '../../src/index.ts';
import { aesCbc, legacyClientConfig, legacyServerConfig, ssl30, tls10, tls11 } from '../../src/legacy.ts';
import { encodeClientHello } from '../../src/wire/client_hello.ts';
import { makeExtension } from '../../src/wire/extensions.ts';
import { Writer } from '../../src/wire/writer.ts';
import {
  type Certificate,
  createOcspResponse,
  formatPem,
  generatePrivateKey,
  issueCertificate,
  issueSelfSigned,
  type PrivateKey,
  writePrivateKey,
} from '../../src/x509.ts';

export interface Chunk {
  readonly from: 'client' | 'server';
  readonly data: Uint8Array;
}

export interface Recording {
  readonly name: string;
  readonly chunks: readonly Chunk[];
  readonly keyLog: string;
}

/** A capture of it, as tcpdump would write one. */
export async function pcapOf({ chunks }: Recording): Promise<Uint8Array> {
  const { pcapOf: write } = await import(pathToFileURL(join('scripts', 'pcap.mjs')).href);
  return write(chunks);
}

/** tshark's view of a recording: PDML. */
export async function pdmlOf(recording: Recording): Promise<string> {
  const { keyLog } = recording;
  const folder = mkdtempSync(join(tmpdir(), 'castls-tshark-'));
  try {
    writeFileSync(join(folder, 'a.pcap'), await pcapOf(recording));
    writeFileSync(join(folder, 'keys.log'), keyLog);
    const options = [`tls.keylog_file:${join(folder, 'keys.log')}`, 'tcp.check_checksum:FALSE'];
    const args = ['-r', join(folder, 'a.pcap'), '-T', 'pdml', ...options.flatMap(each => ['-o', each])];
    return execFileSync('tshark', args, {
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const DAY = 86_400_000;
const NAME = 'castle.example';
const REQUEST = new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n');

interface Identities {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly rsa: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
  /** DER OCSPResponse of the server's certificate. */
  readonly staple: Uint8Array;
}

const pem = (certificate: Certificate): string => formatPem('CERTIFICATE', certificate.der);
const keyPem = (key: PrivateKey): string => formatPem('PRIVATE KEY', writePrivateKey(key));

/** A CA, an intermediate and leaves that say as much as certificates of the web do. */
async function identities(): Promise<Identities> {
  const now = Date.now();
  const rootKey = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const root = await issueSelfSigned(
    {
      profile: 'ca',
      subject: 'CN=Recording Root, O=castls, C=DE',
      publicKey: rootKey,
      notBefore: now - 400 * DAY,
      notAfter: now + 4000 * DAY,
    },
    { key: rootKey },
  );
  const issuer = { certificate: root, key: rootKey };
  const key = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const server = await issueCertificate(
    {
      profile: 'server',
      subject: `CN=${NAME}, O=Castle, L=Hill, ST=Land, C=DE`,
      altNames: [NAME, '127.0.0.1', 'URI:https://castle.example/'],
      publicKey: key,
      notBefore: now - DAY,
      notAfter: now + 90 * DAY,
      ocspUris: ['http://ocsp.castle.example/'],
      issuerUris: ['http://ca.castle.example/root.crt'],
      crlUris: ['http://crl.castle.example/root.crl'],
      policies: ['2.23.140.1.2.1'],
    },
    issuer,
  );
  const clientKey = await generatePrivateKey({ type: 'ec', curve: 'P-256' });
  const client = await issueCertificate(
    {
      profile: 'client',
      subject: 'CN=Visitor',
      altNames: ['email:visitor@castle.example'],
      publicKey: clientKey,
      notBefore: now - DAY,
      notAfter: now + 90 * DAY,
    },
    issuer,
  );
  const rsaPem = readFileSync(join('test/fixtures', 'server_rsa.crt'), 'utf8');
  const { der: staple } = await createOcspResponse(
    {
      issuer: root,
      statements: [{ certificate: server, status: 'good', thisUpdate: now - 1000, nextUpdate: now + DAY }],
      producedAt: now - 1000,
    },
    { certificate: root, key: rootKey },
  );
  return {
    ca: pem(root) + readFileSync(join('test/fixtures', 'ca.crt'), 'utf8'),
    server: { cert: pem(server) + pem(root), key: keyPem(key) },
    rsa: { cert: rsaPem, key: readFileSync(join('test/fixtures', 'server_rsa.key'), 'utf8') },
    client: { cert: pem(client), key: keyPem(clientKey) },
    staple,
  };
}

/** A SerializedSCT (RFC 6962 §3.2) of nobody's log. */
function timestamp(): Uint8Array {
  const writer = new Writer().u8(0).bytes(new Uint8Array(32).fill(7)).u32(0x18b).u32(0xcfe56800);
  return writer.vector(2, new Uint8Array(0)).u8(4).u8(3).vector(2, new Uint8Array(70).fill(9)).finish();
}

interface Ends {
  readonly client: ClientConfig;
  readonly server: ServerConfig;
  readonly target?: ClientTarget;
  readonly keyUpdate?: boolean;
}

async function recordOf(
  name: string,
  lines: string[],
  { client, server, target, keyUpdate = false }: Ends,
): Promise<{ recording: Recording; session: Session | undefined }> {
  const chunks: Chunk[] = [];
  const options = { handshakeTimeout: 60_000 };
  const ends = {
    client: new Connection(client.settings(target ?? { serverName: NAME }), options),
    server: new Connection(server.settings(), options),
  };
  let session: Session | undefined;
  const step = (from: 'client' | 'server'): boolean => {
    const end = ends[from];
    for (let event = end.nextEvent(); event !== null; event = end.nextEvent()) {
      if (event.kind === 'session') session = event.session;
      if (event.kind === 'earlyDataOffered') end.writeEarlyData(REQUEST);
      if (event.kind === 'established' && from === 'client') {
        if (keyUpdate) end.updateKeys(true);
        end.write(REQUEST);
      }
      if (event.kind === 'data') {
        if (from === 'server') end.write(REQUEST);
        end.close();
      }
    }
    const data = new Uint8Array(Buffer.concat(end.takeOutput()));
    if (data.length === 0) return false;
    chunks.push({ from, data });
    ends[from === 'client' ? 'server' : 'client'].receive(data);
    return true;
  };
  for (let silent = 0; silent < 20; ) {
    if (step('client') || step('server')) silent = 0;
    else {
      silent++;
      await new Promise(resolve => setTimeout(resolve, 2));
    }
  }
  ends.client.dispose();
  ends.server.dispose();
  return { recording: { name, chunks, keyLog: `${lines.join('\n')}\n` }, session };
}

/** All recordings. Made anew each time: their values differ, their fields do not. */
export async function recordings(): Promise<Recording[]> {
  const given = await identities();
  const found: Recording[] = [];
  const make = async (
    name: string,
    client: Partial<Parameters<typeof clientConfig>[0]>,
    server: Partial<Parameters<typeof serverConfig>[0]>,
    more: Partial<Ends> = {},
  ): Promise<Session | undefined> => {
    const lines: string[] = [];
    const keyLog = (line: string) => void lines.push(line);
    const ends = {
      client: clientConfig({ verifier: peerVerifier({ ca: given.ca }), keyLog, ...client }),
      server: serverConfig({ credentials: [credential(given.server)], keyLog, ...server }),
    };
    const { recording, session } = await recordOf(name, lines, { ...ends, ...more });
    found.push(recording);
    return session;
  };
  const rich: Credential = {
    ...credential(given.server),
    ocspResponse: given.staple,
    signedCertificateTimestamps: [timestamp()],
  };
  const mutual = {
    clientAuth: 'require' as const,
    verifier: peerVerifier({ ca: given.ca }),
    certificateAuthorities: [
      Uint8Array.of(0x30, 0x11, 0x31, 0x0f, 0x30, 0x0d, 6, 3, 0x55, 4, 3, 0x0c, 6, ...Buffer.from('Nobody')),
    ],
  };
  const own = { credential: credential(given.client) };
  const alpn = ['h2', 'http/1.1'];
  await make(
    'TLS 1.3, both with certificates',
    { ...own, alpn, recordSizeLimit: 8192 },
    { ...mutual, credentials: [rich], alpn, tickets: new TicketKeys(), recordSizeLimit: 4096 },
    { keyUpdate: true },
  );
  await make(
    'TLS 1.3, compressed certificate',
    { certificateCompression: [zlibCertificateCompression] },
    { certificateCompression: [zlibCertificateCompression] },
  );
  await make(
    'TLS 1.3, HelloRetryRequest',
    { groups: ['x25519', 'secp256r1'], keyShares: ['x25519'] },
    { groups: ['secp256r1'], sendCookie: true },
  );
  const tickets = new TicketKeys();
  const earlyServer = { tickets, earlyData: { register: new MemorySingleUseRegister() }, alpn };
  const verifier = peerVerifier({ ca: given.ca });
  const session = await make('TLS 1.3, a ticket', { alpn, verifier }, earlyServer);
  await make('TLS 1.3, resumed with early data', { alpn, verifier }, earlyServer, {
    target: { serverName: NAME, session, earlyData: true },
  });
  const old = { maxVersion: 'TLSv1.2' as const };
  await make(
    'TLS 1.2, ECDHE, both with certificates',
    { ...own, ...old, alpn },
    { ...mutual, credentials: [rich], alpn },
  );
  const session12 = await make('TLS 1.2, a ticket', { ...old, verifier }, { tickets });
  await make(
    'TLS 1.2, resumed',
    { ...old, verifier },
    { tickets },
    { target: { serverName: NAME, session: session12 } },
  );
  const rsa = { credentials: [credential(given.rsa)] };
  const localhost = { target: { serverName: 'localhost' } };
  const dhe = { cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'], groups: ['x25519', 'ffdhe2048'] };
  await make('TLS 1.2, DHE', { ...old, ...dhe }, { ...rsa, ...dhe }, localhost);
  const transport = { cipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA256'] };
  await make('TLS 1.2, RSA', { ...old, ...transport }, { ...rsa, ...transport }, localhost);
  await make('refused', { verifier: peerVerifier({ ca: given.rsa.cert }) }, {});
  for (const version of [tls11, tls10, ssl30]) {
    const lines: string[] = [];
    const keyLog = (line: string) => void lines.push(line);
    const both = { versions: [version], ciphers: [aesCbc], keyLog, dangerouslySilent: true };
    const ends = {
      client: legacyClientConfig({
        ...both,
        verifier: peerVerifier({ ca: given.ca }),
        credential: credential({
          cert: readFileSync('test/fixtures/client_rsa.crt', 'utf8'),
          key: readFileSync('test/fixtures/client_rsa.key', 'utf8'),
        }),
      }),
      server: legacyServerConfig({ ...both, ...rsa, ...mutual }),
      target: { serverName: 'localhost' },
    };
    found.push((await recordOf(version.name, lines, ends)).recording);
  }
  found.push({ name: 'a ClientHello with everything', chunks: [{ from: 'client', data: fullHello() }], keyLog: '' });
  return found;
}

/** One extension of each kind that a ClientHello may have, and some that nobody knows. */
function fullHello(): Uint8Array {
  const zeros = (length: number) => new Uint8Array(length).fill(0x5a);
  const extensions = [
    makeExtension(0x1a1a),
    makeExtension(0x0000, w => w.nested(2, () => w.u8(0).vector(2, Buffer.from('www.example.net')))),
    makeExtension(0x0001, w => w.u8(2)),
    makeExtension(0x0005, w =>
      w
        .u8(1)
        .nested(2, () => w.vector(2, zeros(20)))
        .vector(2, zeros(0)),
    ),
    makeExtension(0x000a, w => w.list16(2, [0x2a2a, 0x11ec, 0x001d, 0x0017])),
    makeExtension(0x000b, w => w.list8(1, [0, 1, 2])),
    makeExtension(0x000d, w => w.list16(2, [0x0403, 0x0804, 0x0401])),
    makeExtension(0x000e, w => w.list16(2, [1, 7]).vector(1, zeros(3))),
    makeExtension(0x000f, w => w.u8(1)),
    makeExtension(0x0010, w => w.nested(2, () => w.vector(1, Buffer.from('h2')).vector(1, Buffer.from('http/1.1')))),
    makeExtension(0x0012),
    makeExtension(0x0013, w => w.list8(1, [2, 0])),
    makeExtension(0x0014, w => w.list8(1, [2, 0])),
    makeExtension(0x0016),
    makeExtension(0x0017),
    makeExtension(0x001b, w => w.list16(1, [2, 1])),
    makeExtension(0x001c, w => w.u16(4096)),
    makeExtension(0x0022, w => w.list16(2, [0x0403])),
    makeExtension(0x0023, w => w.bytes(zeros(40))),
    makeExtension(0x002b, w => w.list16(1, [0x3a3a, 0x0304, 0x0303])),
    makeExtension(0x002d, w => w.list8(1, [1])),
    makeExtension(0x0031),
    makeExtension(0x0032, w => w.list16(2, [0x0403, 0x0804])),
    makeExtension(0x0033, w => w.nested(2, () => w.u16(0x4a4a).vector(2, zeros(1)).u16(0x1d).vector(2, zeros(32)))),
    makeExtension(0x0039, w => w.bytes(Uint8Array.of(1, 2, 0x67, 0x10, 3, 2, 0x45, 0xc0, 0x0f, 0))),
    makeExtension(0xfe0d, w => w.u8(0).u16(1).u16(1).u8(0x42).vector(2, zeros(32)).vector(2, zeros(144))),
    makeExtension(0xff01, w => w.vector(1, zeros(0))),
    makeExtension(0x1234, w => w.bytes(zeros(5))),
    makeExtension(0x0015, w => w.bytes(new Uint8Array(20))),
    makeExtension(0x0029, w =>
      w.nested(2, () => w.vector(2, zeros(30)).u32(12345)).nested(2, () => w.vector(1, zeros(32))),
    ),
  ];
  const message = encodeClientHello({
    legacyVersion: 0x0303,
    random: zeros(32),
    legacySessionId: zeros(32),
    cipherSuites: [0x4a4a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0x00ff],
    legacyCompressionMethods: [0],
    extensions,
  });
  return new Writer().u8(0x16).u16(0x0301).vector(2, message).finish();
}
