// What the shim does on one connection: handshake, checks, its own words first, then an echo of all that comes with every
// bit turned over, and an end.

import type { Session } from '../../../src/index.ts';
import { TlsError } from '../../../src/index.ts';
import { HandshakeType } from '../../../src/registry/handshake_types.ts';
import { ProtocolVersion } from '../../../src/registry/protocol_versions.ts';
import { CheckFailed, checkEarlyData, checkHandshake, versionOf } from './checks.ts';
import type { Line } from './connection.ts';
import type { Flags } from './flags.ts';
import type { Seen } from './setup.ts';

const READ_SIZE = 512;

export class Exchange {
  #flags: Flags;
  readonly #retry: Flags;
  readonly #line: Line;
  readonly #seen: Seen;
  readonly #resumes: boolean;
  /** What did not fit into early data, and follows the handshake; null if nothing was said early. */
  #unsaid: Uint8Array | null = null;
  /** Sessions that came, the newest last; the caller's once `run` is over. */
  readonly sessions: Session[] = [];

  constructor(flags: Flags, retry: Flags, line: Line, seen: Seen, resumes: boolean) {
    this.#flags = flags;
    this.#retry = retry;
    this.#line = line;
    this.#seen = seen;
    this.#resumes = resumes;
  }

  /** @throws TlsError, CheckFailed */
  async run(): Promise<void> {
    const { tls } = this.#line;
    await this.#untilEstablished();
    // The jobs that make tickets answer before what follows is read, as they would between two packets.
    if (this.#flags.async) for (let i = 0; i < 6; i++) await new Promise<void>(resolve => setImmediate(resolve));
    // What the server did not take has to be said again, as by an application that may; the checks are others then.
    const lost = !this.#flags.server && tls.info.earlyData === 'rejected';
    if (!lost && this.#flags['expect-reject-early-data'] && !this.#flags.server) {
      throw new CheckFailed('early data was not rejected');
    }
    if (lost) this.#flags = this.#retry;
    const flags = this.#flags;
    checkEarlyData(flags, tls, this.#resumes);
    if (flags['handshake-never-done']) throw new CheckFailed('the handshake was done');
    checkHandshake(flags, tls, this.#seen, this.#resumes, this.sessions.length);
    if (this.#unsaid === null || lost) this.#speakFirst();
    else this.#line.write(this.#unsaid);
    const only = flags['shim-shuts-down'] || flags['write-different-record-sizes'];
    const closed = only ? false : await this.#echo();
    this.#checkTickets();
    await this.#shutDown(closed);
  }

  async #untilEstablished(): Promise<void> {
    for (;;) {
      const event = await this.#line.next();
      if (event.kind === 'established') {
        this.#takeSessions();
        return;
      }
      if (event.kind === 'session') this.sessions.push(event.session);
      if (event.kind === 'earlyData') this.#answer(event.data);
      if (event.kind === 'earlyDataOffered') this.#speakInTime();
      if (event.kind === 'closed') throw event.error ?? new TlsError('ERR_CONNECTION_CLOSED', 'closed too early');
    }
  }

  /** In TLS 1.2 the session comes with the handshake. */
  #takeSessions(): void {
    for (let event = this.#line.queued(); event !== null; event = this.#line.queued()) {
      if (event.kind !== 'session') {
        this.#line.putBack(event);
        return;
      }
      this.sessions.push(event.session);
    }
  }

  #speakFirst(): void {
    const flags = this.#flags;
    const line = this.#line;
    const length = flags['export-keying-material'] ?? 0;
    if (length > 0) line.write(this.#exported(length));
    if (flags['export-traffic-secrets']) line.write(this.#trafficSecrets());
    if (flags['tls-unique']) line.write(this.#tlsUnique());
    const words = latin1Bytes(flags['shim-initial-write'] ?? 'hello');
    if (flags['write-different-record-sizes']) {
      for (const size of [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769]) {
        line.write(new Uint8Array(size).fill(0x42));
      }
    } else if (flags['read-with-unfinished-write']) {
      line.hold();
      line.write(words);
      line.letOneByteOut();
    } else if (flags['shim-writes-first']) {
      for (let i = 0; i < (flags['repeat-shim-initial-write'] ?? 1); i++) line.write(words);
    }
  }

  /** At once, or when a message of the server's has come (-early-write-after-message). */
  #speakInTime(): void {
    const message = this.#flags['early-write-after-message'];
    if (!message) {
      this.#speakEarly();
      return;
    }
    this.#line.onPiece = () => {
      const { cipherSuite, earlyData } = this.#line.tls.info;
      const came = message === HandshakeType.server_hello ? cipherSuite !== null : earlyData === 'accepted';
      if (!came) return;
      this.#line.onPiece = () => {};
      this.#speakEarly();
    };
  }

  #speakEarly(): void {
    const flags = this.#flags;
    if (flags['expect-no-offer-early-data']) throw new CheckFailed('early data was offered');
    const length = flags['export-keying-material'] ?? 0;
    if (length > 0) this.#line.write(this.#exported(length));
    this.#unsaid = new Uint8Array(0);
    if (!flags['shim-writes-first']) return;
    const times = flags['repeat-shim-initial-write'] ?? 1;
    const words = latin1Bytes(flags['shim-initial-write'] ?? 'hello');
    for (let i = 0; i < times; i++) {
      const said = this.#line.tls.writeEarlyData(words);
      if (said === words.length) continue;
      this.#unsaid = Buffer.concat([words.subarray(said), ...new Array(times - i - 1).fill(words)]);
      return;
    }
  }

  #exported(length: number): Uint8Array {
    const flags = this.#flags;
    const context = flags['use-export-context'] ? latin1Bytes(flags['export-context'] ?? '') : null;
    try {
      return this.#line.tls.exportKeyingMaterial(length, flags['export-label'] ?? '', context);
    } catch (error) {
      throw new CheckFailed(`failed to export keying material: ${(error as TlsError).code}`);
    }
  }

  #tlsUnique(): Uint8Array {
    try {
      return this.#line.tls.channelBinding('tls-unique');
    } catch (error) {
      throw new CheckFailed(`failed to get tls-unique: ${(error as Error).message}`);
    }
  }

  /** Length in two bytes as the shim's machine has them, then the secrets that read and write. */
  #trafficSecrets(): Uint8Array {
    const named = (role: string) => Buffer.from(this.#seen.secrets.get(`${role}_TRAFFIC_SECRET_0`) ?? '', 'hex');
    const [read, write] = this.#flags.server ? [named('CLIENT'), named('SERVER')] : [named('SERVER'), named('CLIENT')];
    return Buffer.concat([Uint8Array.of(read.length & 0xff, read.length >> 8), read, write]);
  }

  /** @returns true if the peer said close_notify, false if it just went */
  async #echo(): Promise<boolean> {
    const flags = this.#flags;
    const line = this.#line;
    for (;;) {
      if (flags['key-update-before-read']) this.#updateKeys();
      let event = await line.next();
      if (flags['peek-then-read']) {
        // What was looked at is still there.
        line.putBack(event);
        const again = await line.next();
        if (again !== event) throw new CheckFailed('another event than was seen');
        event = again;
      }
      if (event.kind === 'session') this.sessions.push(event.session);
      if (event.kind === 'end') return event.closeNotify;
      if (event.kind === 'closed') {
        if (event.error === null || event.error.code === 'ERR_TRUNCATED') return false;
        throw event.error;
      }
      if (event.kind !== 'data') continue;
      if (flags['read-with-unfinished-write']) line.release();
      this.#answer(event.data);
    }
  }

  #answer(data: Uint8Array): void {
    const flags = this.#flags;
    const line = this.#line;
    const size = flags['read-size'] || READ_SIZE;
    for (let at = 0; at < data.length; at += size) {
      if (flags['use-exporter-between-reads']) line.tls.exportKeyingMaterial(1, '');
      if (flags['key-update']) this.#updateKeys();
      line.write(data.slice(at, at + size).map(byte => byte ^ 0xff));
    }
  }

  #updateKeys(): void {
    this.#line.tls.updateKeys();
    this.#line.flush();
  }

  /** A TLS 1.3 server's tickets come behind the handshake. */
  #checkTickets(): void {
    const flags = this.#flags;
    if (flags.server || versionOf(this.#line.tls) < ProtocolVersion['TLSv1.3']) return;
    const wanted = !flags['expect-no-session'] && !flags['shim-shuts-down'];
    if (wanted !== this.sessions.length > 0) throw new CheckFailed(`${this.sessions.length} sessions to resume`);
    const early = (this.sessions.at(-1)?.maxEarlyData ?? 0) > 0;
    if (wanted && early !== (flags['expect-ticket-supports-early-data'] ?? false)) {
      throw new CheckFailed(`the ticket allows ${early ? '' : 'no '}early data`);
    }
  }

  /** Without -check-close-notify the connection just ends, as with OpenSSL's quiet shutdown. */
  async #shutDown(closed: boolean): Promise<void> {
    const flags = this.#flags;
    const { tls } = this.#line;
    if (!flags['check-close-notify']) return;
    tls.close();
    if (!closed && !flags['shim-shuts-down']) throw new CheckFailed('Unexpected SSL_shutdown result: -1 != 1');
    for (let over = closed; !over; ) {
      const event = await this.#line.next();
      if (event.kind === 'data') throw new CheckFailed('application data where only close_notify may come');
      if (event.kind === 'session') this.sessions.push(event.session);
      over = event.kind === 'end' && event.closeNotify;
      if (event.kind !== 'closed' || over) continue;
      if (event.error === null && event.closeNotify) return;
      throw new CheckFailed(`Unexpected SSL_shutdown result: -1 != 1: ${event.error?.code ?? 'no close_notify'}`);
    }
  }
}

export function latin1Bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}
