// The plain-text beginnings of protocols that change to TLS: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), LDAP (RFC 4511
// §4.14), XMPP (RFC 6120 §5), PostgreSQL and MySQL (their protocol documentation). Nothing may follow the last plain byte:
// what a third party slipped in before TLS would be taken for the peer's.

import type { Duplex } from 'node:stream';
import { TlsError } from '../../../base/errors.ts';

const DEADLINE = 30_000;
/** More than any of these servers says before TLS. */
const MAX_PLAIN = 64 * 1024;

type Dialogue = (plain: PlainText, host: string) => Promise<void>;

const dialogues = { smtp, imap, pop3, postgres, mysql, ldap, xmpp } satisfies Record<string, Dialogue>;

export type StartTlsProtocol = keyof typeof dialogues;

export const startTlsProtocols = Object.keys(dialogues) as readonly StartTlsProtocol[];

/**
 * Talks until the server is ready for TLS.
 * @param signal aborted when nobody waits for it any more
 * @throws ERR_CONNECTION_CLOSED, ERR_UNEXPECTED_MESSAGE, ERR_HANDSHAKE_TIMEOUT
 */
export async function startTlsOver(
  socket: Duplex,
  protocol: StartTlsProtocol,
  host: string,
  signal: AbortSignal,
): Promise<void> {
  const plain = new PlainText(socket, signal);
  try {
    const dialogue: Dialogue = dialogues[protocol];
    await dialogue(plain, host);
    plain.requireNothingLeft();
  } finally {
    plain.release();
  }
}

async function smtp(plain: PlainText): Promise<void> {
  await plain.reply(/^220 /m);
  plain.send('EHLO castls.invalid\r\n');
  const extensions = await plain.reply(/^250 /m);
  if (!/^250[- ]STARTTLS\s*$/im.test(extensions)) throw refused('the server does not offer STARTTLS');
  plain.send('STARTTLS\r\n');
  await plain.reply(/^220 /m);
}

async function imap(plain: PlainText): Promise<void> {
  await plain.reply(/^\* OK/im);
  plain.send('castls1 STARTTLS\r\n');
  // Untagged responses may come before (RFC 3501 §7).
  const answer = await plain.until(/^castls1 .*\r?\n/m);
  if (!/^castls1 OK/im.test(answer)) throw refused(`the server answers ${shown(answer)}`);
}

async function pop3(plain: PlainText): Promise<void> {
  await plain.reply(/^\+OK/m);
  plain.send('STLS\r\n');
  await plain.reply(/^\+OK/m);
}

/** SSLRequest: length 8, code 80877103; the answer is one byte. */
async function postgres(plain: PlainText): Promise<void> {
  plain.send(Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f));
  const [answer] = await plain.bytes(1);
  if (answer !== 0x53) throw refused('the server does not speak TLS');
}

/** Protocol::Handshake, then a Protocol::SSLRequest with CLIENT_PROTOCOL_41, CLIENT_SSL and CLIENT_SECURE_CONNECTION. */
async function mysql(plain: PlainText): Promise<void> {
  const header = await plain.bytes(4);
  const greeting = await plain.bytes(header[0] | (header[1] << 8) | (header[2] << 16));
  const versionEnd = greeting.indexOf(0, 1);
  // Connection id (4), first part of the scramble (8), a filler; then the lower two bytes of the capabilities.
  const capabilities = greeting[versionEnd + 14] | (greeting[versionEnd + 15] << 8);
  if (greeting[0] !== 10 || versionEnd < 0 || (capabilities & 0x0800) === 0) {
    throw refused('the server does not speak TLS');
  }
  const request = new Uint8Array(36);
  request.set([32, 0, 0, header[3] + 1]);
  new DataView(request.buffer).setUint32(4, 0x8a00, true);
  new DataView(request.buffer).setUint32(8, 0x0100_0000, true);
  request[12] = 33; // utf8_general_ci
  plain.send(request);
}

/** ExtendedRequest 1.3.6.1.4.1.1466.20037; the answer's resultCode is 0. */
async function ldap(plain: PlainText): Promise<void> {
  const oid = Buffer.from('1.3.6.1.4.1.1466.20037');
  plain.send(Buffer.concat([Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, oid.length]), oid]));
  const [, length] = await plain.bytes(2);
  const answer = await plain.bytes(length < 0x80 ? length : lengthOf(await plain.bytes(length & 0x7f)));
  // messageID, [APPLICATION 24] with the resultCode as its first element.
  const response = answer[2 + answer[1]];
  const code = answer.indexOf(Buffer.from([0x0a, 0x01]));
  if (response !== 0x78 || code < 0 || answer[code + 2] !== 0) throw refused('the server refuses StartTLS');
}

function lengthOf(octets: Uint8Array): number {
  return octets.reduce((length, octet) => length * 256 + octet, 0);
}

async function xmpp(plain: PlainText, host: string): Promise<void> {
  const to = host.replace(/[<>&'"]/g, '');
  plain.send(
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${to}' version='1.0'>`,
  );
  const features = await plain.until(/<\/stream:features>/);
  if (!features.includes('urn:ietf:params:xml:ns:xmpp-tls')) throw refused('the server does not offer STARTTLS');
  plain.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  await plain.until(/<proceed[^>]*\/>|<proceed[^>]*>\s*<\/proceed>/);
}

/** The last line of a reply, for people. */
function shown(reply: string): string {
  return JSON.stringify(reply.trim().split(/\r?\n/).pop());
}

function refused(why: string): TlsError {
  return new TlsError('ERR_UNEXPECTED_MESSAGE', why);
}

/** What was received in the clear, and waiting for more of it. */
class PlainText {
  readonly #socket: Duplex;
  readonly #timer: NodeJS.Timeout;
  #held: Buffer = Buffer.alloc(0);
  #failure: Error | null = null;
  #wake: () => void = () => {};
  readonly #onData = (chunk: Buffer): void => {
    this.#held = Buffer.concat([this.#held, chunk]);
    if (this.#held.length > MAX_PLAIN) this.#failure ??= refused('the server says too much before TLS');
    this.#wake();
  };
  readonly #onEnd = (): void => {
    this.#fail(new TlsError('ERR_CONNECTION_CLOSED', 'the server closed before TLS'));
  };
  readonly #onError = (error: Error): void => this.#fail(error);
  readonly #onGone = (): void => this.#fail(new TlsError('ERR_CONNECTION_CLOSED', 'the socket was closed before TLS'));

  constructor(socket: Duplex, signal: AbortSignal) {
    this.#socket = socket;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onGone);
    signal.addEventListener('abort', this.#onGone, { once: true });
    const late = () => this.#fail(new TlsError('ERR_HANDSHAKE_TIMEOUT', 'the server did not get ready for TLS'));
    this.#timer = setTimeout(late, DEADLINE);
  }

  send(data: string | Uint8Array): void {
    this.#socket.write(data);
  }

  /** A whole reply, whose last line matches; another code is a refusal. */
  async reply(last: RegExp): Promise<string> {
    const text = await this.until(/^(?:\d{3} |\* |\+|-).*\r?\n/m);
    if (!last.test(text)) throw refused(`the server answers ${shown(text)}`);
    return text;
  }

  /** Everything up to the end of the match. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = this.#held.toString('latin1');
      const match = pattern.exec(text);
      if (match !== null) {
        const end = match.index + match[0].length;
        this.#held = this.#held.subarray(end);
        return text.slice(0, end);
      }
      await this.#more();
    }
  }

  async bytes(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more();
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  requireNothingLeft(): void {
    if (this.#held.length > 0) throw refused('there is plain text where TLS has to begin');
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#socket.pause();
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onGone);
    // Its failures are known already, or are of a socket that nobody waits for.
    this.#socket.off('error', this.#onError).on('error', () => {});
  }

  async #more(): Promise<void> {
    if (this.#failure === null) await new Promise<void>(resolve => (this.#wake = resolve));
    if (this.#failure !== null) throw this.#failure;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
