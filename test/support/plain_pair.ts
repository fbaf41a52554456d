// A handshake over a carrier without records, as QUIC will have one: messages in arrays, keys as events. What a message
// says can be changed on its way, which is how the tests play a peer that breaks the rules.

import { TlsError } from '../../src/base/errors.ts';
import {
  type ClientOptions,
  type ClientTarget,
  clientConfig,
  type ServerOptions,
  serverConfig,
} from '../../src/connection/config.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { clientHandshake } from '../../src/handshake/client.ts';
import type { Carrier, CarrierTraits, Direction, Epoch } from '../../src/handshake/flow/carrier.ts';
import { Flow } from '../../src/handshake/flow/flow.ts';
import { Handshake } from '../../src/handshake/flow/handshake.ts';
import { Negotiated } from '../../src/handshake/flow/negotiated.ts';
import type { ClientSettings, ServerSettings } from '../../src/handshake/flow/roles.ts';
import { connectionBudget } from '../../src/handshake/flow/work.ts';
import { serverHandshake } from '../../src/handshake/server.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { type HandshakeMessage, handshakeMessage } from '../../src/wire/handshake_message.ts';
import { type NodeProvider, nodeProvider } from './node_provider.ts';
import { everyPair } from './pace.ts';
import { credential, testVerifier } from './pki.ts';

/** A message with the epoch it was sent in. */
export interface PlainMessage {
  readonly epoch: Epoch;
  readonly bytes: Uint8Array;
}

export class PlainCarrier implements Carrier {
  readonly traits: CarrierTraits;
  readonly records = null;
  readonly sent: PlainMessage[] = [];
  readonly inbox: PlainMessage[] = [];
  /** What happened to the keys: "read handshake", "write application", ... */
  readonly keyEvents: string[] = [];
  readonly secrets = new Map<string, string>();
  epoch: Record<Direction, Epoch> = { read: 'initial', write: 'initial' };
  readonly #provider: NodeProvider;

  constructor(provider: NodeProvider, traits: Partial<CarrierTraits> = {}) {
    this.#provider = provider;
    this.traits = { middleboxCompatibility: false, endOfEarlyData: false, keyUpdate: false, ...traits };
  }

  nextMessage(): HandshakeMessage | null {
    const message = this.inbox[0];
    if (message === undefined) return null;
    if (message.epoch !== this.epoch.read) throw new TlsError('ERR_UNEXPECTED_MESSAGE', `message of ${message.epoch}`);
    this.inbox.shift();
    return handshakeMessage(message.bytes);
  }

  transcriptEntry(message: Uint8Array): Uint8Array {
    return message;
  }

  send(message: Uint8Array): void {
    this.sent.push({ epoch: this.epoch.write, bytes: message });
  }

  changeKeys(direction: Direction, epoch: Epoch, _suite: unknown, secret: Secret): void {
    this.epoch = { ...this.epoch, [direction]: epoch };
    this.keyEvents.push(`${direction} ${epoch}`);
    this.secrets.set(`${direction} ${epoch}`, Buffer.from(this.#provider.dangerousReveal(secret)).toString('hex'));
  }
}

/** One end of a handshake without records. */
export class PlainEnd {
  readonly carrier: PlainCarrier;
  readonly negotiated: Negotiated;
  readonly sessions: Session[] = [];
  readonly flow: Flow;
  error: TlsError | null = null;
  established = false;

  constructor(settings: ClientSettings | ServerSettings, provider: NodeProvider) {
    this.carrier = new PlainCarrier(provider);
    this.flow = new Flow(this.carrier, this, (end: PlainEnd) => end.run(), everyPair.pace);
    this.negotiated = new Negotiated(settings.role, connectionBudget(settings));
    const events = {
      onEstablished: () => {
        this.established = true;
      },
      onSession: (session: Session) => {
        this.sessions.push(session);
      },
      onSettings: () => {},
      onEarlyDataOffered: () => {},
      onPostHandshakeAuth: () => {},
    };
    const make = <S extends ClientSettings | ServerSettings>(own: S) =>
      new Handshake<S>(this.flow, this.carrier, own, this.negotiated, events);
    this.flow.start(settings.role === 'client' ? clientHandshake(make(settings)) : serverHandshake(make(settings)));
  }

  run(): void {
    try {
      this.flow.resume();
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.error = error;
    }
  }
}

export interface PlainOptions {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly target?: ClientTarget;
  readonly clientProvider?: NodeProvider;
  readonly serverProvider?: NodeProvider;
  /** Changes a message on its way: gives what arrives in its place. */
  readonly toServer?: Change;
  readonly toClient?: Change;
}

/** @param index how many messages of this direction came before */
export type Change = (bytes: Uint8Array, index: number) => Uint8Array | Uint8Array[];

export interface PlainPair {
  readonly client: PlainEnd;
  readonly server: PlainEnd;
  readonly clientProvider: NodeProvider;
  readonly serverProvider: NodeProvider;
}

/** Runs a handshake without records to its end, or to the first error. */
export function plainHandshake(options: PlainOptions = {}): PlainPair {
  const clientProvider = options.clientProvider ?? nodeProvider();
  const serverProvider = options.serverProvider ?? nodeProvider();
  const client = clientConfig({
    provider: clientProvider,
    verifier: testVerifier(),
    minVersion: 'TLSv1.3',
    ...options.client,
  });
  const server = serverConfig({
    provider: serverProvider,
    credentials: [credential('server_p256')],
    minVersion: 'TLSv1.3',
    ...options.server,
  });
  const pair: PlainPair = {
    client: new PlainEnd(client.settings(options.target ?? { serverName: 'example.test' }), clientProvider),
    server: new PlainEnd(server.settings(), serverProvider),
    clientProvider,
    serverProvider,
  };
  const counts = { toServer: 0, toClient: 0 };
  const pass = (from: PlainEnd, to: PlainEnd, direction: 'toServer' | 'toClient') => {
    for (const { epoch, bytes } of from.carrier.sent.splice(0)) {
      const changed = options[direction]?.(bytes, counts[direction]) ?? bytes;
      counts[direction]++;
      for (const one of Array.isArray(changed) ? changed : [changed]) to.carrier.inbox.push({ epoch, bytes: one });
    }
  };
  for (let round = 0; round < 6; round++) {
    pair.client.run();
    everyPair.pace?.run();
    pass(pair.client, pair.server, 'toServer');
    if (pair.client.error) break;
    pair.server.run();
    everyPair.pace?.run();
    pass(pair.server, pair.client, 'toClient');
    if (pair.server.error) break;
  }
  return pair;
}
