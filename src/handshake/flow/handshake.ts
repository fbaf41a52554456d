// What the parts of one handshake share: the flow, the carrier, the settings, the transcript, what is found out, and
// the scope that owns its secrets.

import { textOf } from '../../base/arguments.ts';
import { toHex } from '../../base/bytes.ts';
import { type CostBudget, workUnits } from '../../base/cost.ts';
import { TlsError } from '../../base/errors.ts';
import type { Pace } from '../../base/pace.ts';
import { randomBytes } from '../../crypto/random.ts';
import type { Awaitable, Secret } from '../../crypto/secret.ts';
import { HandshakeType } from '../../registry/handshake_types.ts';
import type { HandshakeMessage } from '../../wire/handshake_message.ts';
import type { Session } from '../sessions/session.ts';
import type { Carrier, RecordControl } from './carrier.ts';
import { type Flow, isOver, type Steps } from './flow.ts';
import type { Negotiated } from './negotiated.ts';
import { Owned } from './owned.ts';
import type { HandshakeSettings } from './settings.ts';
import { Transcript } from './transcript.ts';

/** What a handshake reports while it runs. */
export interface HandshakeEvents {
  /** Both Finished messages are verified: application data may flow both ways. */
  onEstablished(): void;
  /** A ClientHello that offers early data is out: it can follow. */
  onEarlyDataOffered(): void;
  /** The server gave a session to resume later; whoever takes it owns its secret. */
  onSession(session: Session): void;
  /** Other settings than the connection began with hold from now on. */
  onSettings(settings: HandshakeSettings): void;
  /** A client proved who it is after the handshake, or declined: see Negotiated.peer. */
  onPostHandshakeAuth(): void;
}

export class Handshake<Settings extends HandshakeSettings = HandshakeSettings> {
  readonly flow: Flow;
  readonly carrier: Carrier;
  /** A server's may give way to others when the client is known: see ServerSettings.forClient. */
  settings: Settings;
  readonly negotiated: Negotiated;
  readonly events: HandshakeEvents;
  readonly transcript: Transcript = new Transcript();
  /** Wiped when the handshake ends, however it ends. */
  readonly owned: Owned = new Owned();
  /** Random of the ClientHello, which names the connection in key logs. */
  clientRandom: Uint8Array = new Uint8Array(32);

  constructor(flow: Flow, carrier: Carrier, settings: Settings, negotiated: Negotiated, events: HandshakeEvents) {
    this.flow = flow;
    this.carrier = carrier;
    this.settings = settings;
    this.negotiated = negotiated;
    this.events = events;
  }

  /** What the peer may cause: charged before it is done. */
  get work(): CostBudget {
    return this.negotiated.work;
  }

  /** Enters a message of ours into the transcript and sends it. */
  send(message: Uint8Array): void {
    if (message[0] === HandshakeType.finished) this.negotiated.localFinished = message.subarray(4);
    this.transcript.add(this.carrier.transcriptEntry(message));
    this.carrier.send(message);
  }

  /** The records TLS 1.2 cannot do without. @throws ERR_INVALID_STATE over a carrier that has none */
  get records(): RecordControl {
    const { records } = this.carrier;
    if (records === null) throw new TlsError('ERR_INVALID_STATE', 'this carrier has no records');
    return records;
  }

  /** The next message of the peer. It enters the transcript with `accept`, after what has to be checked before. */
  read(...types: number[]): Steps<HandshakeMessage> {
    return this.flow.read(...types);
  }

  /** Enters a message of the peer into the transcript. */
  accept(message: HandshakeMessage): void {
    if (message.type === HandshakeType.finished) this.negotiated.peerFinished = message.body;
    this.transcript.add(this.carrier.transcriptEntry(message.raw));
  }

  /** `length` fresh random bytes. */
  random(length: number): Uint8Array {
    return randomBytes(this.settings.random, length);
  }

  /**
   * The answer of a hook of the user's, whose errors are checked.
   * @param discard wipes an answer that comes too late; by default it is the user's, and left alone
   */
  ask<T>(name: string, hook: Hook<T>, discard?: (late: T) => void): Steps<T> {
    this.work.charge(workUnits.hook, name);
    return ask(this.flow, name, hook, discard);
  }

  /** Writes a key log line (RFC 9850) if the config wants one. @param label such as CLIENT_TRAFFIC_SECRET_0 */
  logSecret(label: string, secret: Secret): void {
    const { keyLog, provider } = this.settings;
    if (keyLog === null) return;
    const bytes = provider.dangerousReveal(secret);
    try {
      keyLog(`${label} ${toHex(this.clientRandom)} ${toHex(bytes)}`);
    } catch (cause) {
      throw new TlsError('ERR_HOOK_FAILED', 'the key log hook failed', { cause });
    } finally {
      bytes.fill(0);
    }
  }

  dispose(): void {
    this.owned.dispose();
    this.transcript.dispose();
  }
}

/** Wipes the state of a session that a store gave out too late. */
export function wipeState(state: Uint8Array | null): void {
  state?.fill(0);
}

/** Codes, beside all ERR_CERT_*, that hooks may throw to choose the alert. Everything else becomes internal_error. */
export const hookErrorCodes: ReadonlySet<string> = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_BAD_CERTIFICATE',
  'ERR_BAD_CERTIFICATE_STATUS',
  'ERR_CERTIFICATE_REQUIRED',
  'ERR_INSUFFICIENT_SECURITY',
  'ERR_NO_APPLICATION_PROTOCOL',
  'ERR_UNKNOWN_PSK_IDENTITY',
  'ERR_UNRECOGNIZED_NAME',
  'ERR_UNSUPPORTED_CERTIFICATE',
]);

/** Asks a hook: with a signal that aborts when nobody waits any more, and the pace where there is one. */
export type Hook<T> = (signal: AbortSignal, pace?: Pace) => Awaitable<T>;

/** The answer of a hook. @throws what the hook threw if it may, else ERR_HOOK_FAILED with it as the cause */
export function ask<T>(flow: Flow, name: string, hook: Hook<T>, discard: (late: T) => void = () => {}): Steps<T> {
  let answer: Steps<T>;
  try {
    answer = flow.settle(hook, discard);
  } catch (error) {
    throw hookError(name, error);
  }
  return isOver(answer) ? answer : awaited(name, answer);
}

function* awaited<T>(name: string, answer: Steps<T>): Steps<T> {
  try {
    return yield* answer;
  } catch (error) {
    throw hookError(name, error);
  }
}

function hookError(name: string, error: unknown): TlsError {
  if (error instanceof TlsError && (error.code.startsWith('ERR_CERT_') || hookErrorCodes.has(error.code))) return error;
  const words = error instanceof Error ? error.message : textOf(error);
  return new TlsError('ERR_HOOK_FAILED', `the ${name} hook failed: ${words}`, { cause: error });
}
