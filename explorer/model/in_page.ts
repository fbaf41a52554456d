// Client and server in the page, over a pipe in memory: the same Connection as everywhere, with all that a user chose.

import {
  type ClientConfig,
  type ClientTarget,
  Connection,
  clientConfig,
  credential,
  disposeSession,
  MemorySingleUseRegister,
  peerVerifier,
  type ServerConfig,
  type Session,
  type SessionIdStore,
  serverConfig,
  TicketKeys,
} from 'castls';
import type { Sender, Trace } from 'castls/inspect';
import {
  aesCbc,
  type LegacyVersion,
  legacyClientConfig,
  legacyServerConfig,
  rc4,
  ssl30,
  tls10,
  tls11,
  tripleDes,
} from 'castls/legacy';
import { SERVER_NAME, type World, world } from './authority.ts';
import type { Choices } from './choices.ts';
import { Recorder } from './recorder.ts';

/** What came of the choices: the connections that were made, the one that they are about last. */
export interface Run {
  readonly connections: readonly { readonly title: string; readonly trace: Trace }[];
  /** PEM of whom the client trusts. */
  readonly trusted: string;
  readonly serverName: string;
}

const encoder = new TextEncoder();
const REQUEST = encoder.encode(`GET / HTTP/1.1\r\nhost: ${SERVER_NAME}\r\n\r\n`);

/** Makes the connections. @throws TlsError for choices that no config takes */
export async function runInPage(choices: Choices): Promise<Run> {
  const made = await world(choices.certificate, choices.fault);
  const setting = new Setting(choices, made);
  const connections: Run['connections'][number][] = [];
  let session: Session | undefined;
  if (choices.resumption !== 'full') {
    const first = await new Exchange(setting, { title: 'First, a full handshake' }).run();
    connections.push(first);
    session = first.session;
  }
  const early = choices.resumption === 'early' && session !== undefined;
  const title = session === undefined ? 'Full handshake' : early ? 'Resumed, with early data' : 'Resumed';
  const main = new Exchange(setting, { title, session, early, fault: choices.fault });
  const outcome = await main.run();
  connections.push(outcome);
  if (choices.fault === 'replay' && early) {
    const replayed = new Exchange(setting, { title: 'The first flight, sent again', replay: main.firstFlight });
    connections.push(await replayed.run());
  }
  if (session !== undefined) disposeSession(session);
  if (outcome.session !== undefined) disposeSession(outcome.session);
  return { connections, trusted: made.trusted, serverName: SERVER_NAME };
}

const olderVersions: Partial<Record<Choices['version'], LegacyVersion>> = {
  '1.1': tls11,
  '1.0': tls10,
  'ssl3.0': ssl30,
};

/** Both configs; they outlive a connection, as tickets do. */
class Setting {
  readonly client: ClientConfig;
  readonly server: ServerConfig;
  readonly choices: Choices;
  /** Whoever is connected at the moment hears the secrets. */
  recorder: Recorder | undefined;

  constructor(choices: Choices, made: World) {
    this.choices = choices;
    const keyLog = (line: string): void => this.recorder?.secret(line);
    const asks = choices.clientCertificate !== 'none';
    const common = { keyLog, alpn: choices.alpn === 'none' ? [] : ['http/1.1'] };
    const tickets = new TicketKeys();
    const client = {
      ...common,
      verifier: peerVerifier({ ca: made.trusted }),
      credential: choices.clientCertificate === 'shown' ? credential(made.client) : undefined,
    };
    const server = {
      ...common,
      alpn: choices.alpn === 'refused' ? ['coffee'] : common.alpn,
      credentials: [credential(made.server)],
      clientAuth: asks ? 'require' : 'none',
      verifier: asks ? peerVerifier({ ca: made.root }) : undefined,
      tickets,
    } as const;
    const older = olderVersions[choices.version];
    if (older === undefined) {
      this.client = clientConfig({ ...client, ...negotiated(choices, 'client') });
      this.server = serverConfig({
        ...server,
        ...negotiated(choices, 'server'),
        ...(choices.resumption === 'early' ? { earlyData: { register: new MemorySingleUseRegister() } } : {}),
      });
      return;
    }
    const cipher = choices.suite === 'default' ? aesCbc : choices.suite === 'RC4' ? rc4 : tripleDes;
    const beside = { versions: [older], ciphers: [cipher], dangerouslySilent: true, ...groupsOf(choices, 'client') };
    this.client = legacyClientConfig({ ...client, ...beside });
    this.server = legacyServerConfig({ ...server, ...beside, sessionIds: new SessionIds() });
  }
}

function negotiated(choices: Choices, role: 'client' | 'server') {
  const { version, suite, fault } = choices;
  // Who is to be downgraded can speak both.
  const minVersion = fault === 'downgrade' ? 'TLSv1.2' : (`TLSv${version}` as 'TLSv1.2' | 'TLSv1.3');
  return {
    minVersion,
    maxVersion: `TLSv${version}` as 'TLSv1.2' | 'TLSv1.3',
    ...(suite === 'default' ? {} : { cipherSuites: suitesWith(suite, fault) }),
    ...groupsOf(choices, role),
    ...(version === '1.3' ? sharesOf(choices, role) : {}),
  };
}

function suitesWith(suite: string, fault: Choices['fault']): string[] {
  return fault === 'downgrade'
    ? [suite, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']
    : [suite];
}

function groupsOf({ group, suite, version }: Choices, _role: 'client' | 'server'): { groups?: string[] } {
  // Finite-field groups take part by name only.
  const dhe = suite.startsWith('TLS_DHE_') ? ['ffdhe2048'] : [];
  if (group === 'default') return dhe.length === 0 ? {} : { groups: ['x25519', 'secp256r1', ...dhe] };
  // The certificate's own curve has to be among the groups before TLS 1.3 (RFC 8422 §5.1.1).
  const more = version === '1.3' ? [] : ['secp256r1', 'secp384r1'];
  return { groups: [...new Set([group, ...more, ...dhe])] };
}

/** A HelloRetryRequest comes where the server does not take the group of the only share. */
function sharesOf({ retry, group }: Choices, role: 'client' | 'server'): { groups?: string[]; keyShares?: string[] } {
  if (!retry) return {};
  const wanted = group === 'default' ? 'secp384r1' : group;
  const first = wanted === 'x25519' ? 'secp256r1' : 'x25519';
  return role === 'server' ? { groups: [wanted] } : { groups: [first, wanted], keyShares: [first] };
}

/** TLS 1.2 and older sessions by ID: SSL 3.0 has no tickets. */
class SessionIds implements SessionIdStore {
  readonly lifetime = 3600;
  readonly #states = new Map<string, Uint8Array>();

  store(id: Uint8Array, state: Uint8Array): void {
    this.#states.set(id.join(), state.slice());
  }

  load(id: Uint8Array): Uint8Array | null {
    return this.#states.get(id.join())?.slice() ?? null;
  }
}

interface ExchangeOptions {
  readonly title: string;
  readonly session?: Session;
  readonly early?: boolean;
  readonly fault?: Choices['fault'];
  /** Bytes of a client of before, which somebody sends instead of one. */
  readonly replay?: Uint8Array;
}

/** How long the two may be silent before it is over: hooks answer within a task or two. */
const SILENT_TURNS = 6;

/** One connection. Its clock is made of the time both sides took and of the latency that was chosen. */
class Exchange {
  readonly #setting: Setting;
  readonly #options: ExchangeOptions;
  readonly #recorder: Recorder;
  readonly #client: Connection | null;
  readonly #server: Connection;
  #clock = 0;
  #session: Session | undefined;
  #asked = false;
  #faulty: boolean;
  /** All that the client said before it heard anything. */
  firstFlight = new Uint8Array(0);

  constructor(setting: Setting, options: ExchangeOptions) {
    this.#setting = setting;
    this.#options = options;
    this.#faulty = options.fault !== undefined && options.fault !== 'none';
    this.#recorder = new Recorder('both', SERVER_NAME, () => this.#clock);
    setting.recorder = this.#recorder;
    const target: ClientTarget = { serverName: SERVER_NAME, session: options.session, earlyData: options.early };
    const { client, server } = setting;
    this.#client = options.replay === undefined ? this.#measured(() => connect(client.settings(target))) : null;
    this.#server = connect(server.settings());
  }

  async run(): Promise<{ title: string; trace: Trace; session: Session | undefined }> {
    const { replay } = this.#options;
    if (replay !== undefined) {
      this.#recorder.note('Somebody who recorded the first flight of before sends it once more.', 'client');
      this.#deliver('client', replay);
    }
    for (let silent = 0; silent < SILENT_TURNS; ) {
      const moved = this.#move('client') || this.#move('server');
      if (moved) {
        silent = 0;
        continue;
      }
      silent++;
      await new Promise<void>(resolve => setTimeout(resolve, 0));
    }
    const { earlyDataRefusal } = this.#server.info;
    if (replay !== undefined && earlyDataRefusal !== null)
      this.#recorder.note(
        `The server takes no early data of it: ${earlyDataRefusal}. Nobody can finish this handshake.`,
        'server',
      );
    this.#client?.dispose();
    this.#server.dispose();
    return { title: this.#options.title, trace: this.#recorder.trace(true), session: this.#session };
  }

  /** Output and events of one side. @returns whether there were any */
  #move(from: Sender): boolean {
    const connection = from === 'client' ? this.#client : this.#server;
    if (connection === null) return false;
    const happened = this.#events(from, connection);
    const output = joined(this.#measured(() => connection.takeOutput()));
    if (output.length === 0) return happened;
    if (from === 'client' && this.firstFlight.length === 0) this.firstFlight = output;
    for (const bytes of this.#onTheWay(from, output)) this.#deliver(from, bytes);
    return true;
  }

  #deliver(from: Sender, bytes: Uint8Array): void {
    this.#recorder.bytes(from, bytes);
    this.#clock += this.#setting.choices.latency;
    const to = from === 'client' ? this.#server : this.#client;
    if (to !== null) this.#measured(() => to.receive(bytes));
  }

  #events(side: Sender, connection: Connection): boolean {
    let any = false;
    for (let event = connection.nextEvent(); event !== null; event = connection.nextEvent()) {
      any = true;
      if (event.kind === 'established') this.#established(side, connection);
      else if (event.kind === 'session') this.#keep(event.session);
      else if (event.kind === 'earlyDataOffered') connection.writeEarlyData(REQUEST);
      else if (event.kind === 'earlyData')
        this.#recorder.note(`${event.data.length} bytes of early data are taken.`, side);
      else if (event.kind === 'data') this.#data(side, connection);
      else if (event.kind === 'end') connection.close();
      else if (event.kind === 'closed') this.#recorder.closed(side, event.error);
    }
    return any;
  }

  #established(side: Sender, connection: Connection): void {
    if (side === 'server') {
      const { earlyData, earlyDataRefusal } = connection.info;
      if (earlyData === 'rejected') this.#recorder.note(`Early data is refused: ${earlyDataRefusal}.`, 'server');
      if (earlyData === 'accepted') this.#answer(connection);
      return;
    }
    this.#recorder.established(connection.info);
    // Early data that was taken is not said again.
    if (connection.info.earlyData !== 'accepted') connection.write(REQUEST);
  }

  #keep(session: Session): void {
    if (this.#session !== undefined) disposeSession(this.#session);
    this.#session = session;
  }

  #data(side: Sender, connection: Connection): void {
    if (side === 'server') this.#answer(connection);
    else if (!this.#asked) {
      this.#asked = true;
      connection.close();
    }
  }

  #answer(connection: Connection): void {
    const { data, keyUpdate } = this.#setting.choices;
    const head = encoder.encode(`HTTP/1.1 200 OK\r\ncontent-length: ${data}\r\n\r\n`);
    const answer = new Uint8Array(head.length + data).fill(0x2e);
    answer.set(head);
    if (keyUpdate && connection.info.protocolVersion === 'TLSv1.3') connection.updateKeys(true);
    for (let at = 0; at < answer.length; ) {
      const accepted = connection.write(answer.subarray(at));
      if (accepted === 0) break;
      at += accepted;
      if (connection.pendingOutput > 128 * 1024) this.#flushServer(connection);
    }
  }

  #flushServer(connection: Connection): void {
    this.#deliver('server', joined(connection.takeOutput()));
  }

  /** What somebody in the middle makes of the bytes. */
  #onTheWay(from: Sender, bytes: Uint8Array): Uint8Array[] {
    const { fault } = this.#options;
    if (!this.#faulty || from !== 'client') return [bytes];
    if (fault === 'downgrade') {
      this.#faulty = false;
      this.#recorder.note('Somebody in between makes supported_versions unreadable: the server sees a TLS 1.2 client.');
      return [withoutSupportedVersions(bytes)];
    }
    const at = this.#client?.state === 'established' ? lastRecord(bytes) : -1;
    if (at < 0 || (fault !== 'tampered' && fault !== 'replay')) return [bytes];
    if (fault === 'replay' && this.#options.early) return [bytes];
    this.#faulty = false;
    if (fault === 'replay') {
      this.#recorder.note('Somebody in between sends the last record once more.');
      return [bytes, bytes.slice(at)];
    }
    this.#recorder.note('Somebody in between changes one bit of the last record.');
    const changed = bytes.slice();
    changed[changed.length - 1] ^= 1;
    return [changed];
  }

  #measured<T>(work: () => T): T {
    const started = performance.now();
    const result = work();
    this.#clock += performance.now() - started;
    return result;
  }
}

function connect(settings: ReturnType<ClientConfig['settings']> | ReturnType<ServerConfig['settings']>): Connection {
  return new Connection(settings, { handshakeTimeout: 60_000 });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Offset of the last record if it may hold data; -1 otherwise. */
function lastRecord(bytes: Uint8Array): number {
  let last = -1;
  for (let at = 0; at + 5 <= bytes.length; at += 5 + ((bytes[at + 3] << 8) | bytes[at + 4])) last = at;
  return last >= 0 && bytes[last] === 23 ? last : -1;
}

/** The extension's type becomes one that nobody knows: lengths stay. */
function withoutSupportedVersions(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  // record header 5, message header 4, version 2, random 32
  let at = 43;
  at += 1 + changed[at];
  at += 2 + ((changed[at] << 8) | changed[at + 1]);
  at += 1 + changed[at];
  for (at += 2; at + 4 <= changed.length; at += 4 + ((changed[at + 2] << 8) | changed[at + 3])) {
    if (changed[at] === 0 && changed[at + 1] === 43) changed.set([0x6a, 0x6a], at);
  }
  return changed;
}
