// A fleet of the processes of node:cluster and of worker threads, without anything beside them. The same call everywhere: in
// the main thread of the primary it keeps what all share; elsewhere it asks there, threads by way of their main thread.

import cluster, { type Worker } from 'node:cluster';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { callable, flag, integer, objectWith, readOptions, required, withDefault } from '../../base/options.ts';
import type { CryptoProvider } from '../../crypto/provider.ts';
import { MAX_TICKET_LIFETIME } from '../../handshake/sessions/session.ts';
import { type FleetListener, quietly } from '../events.ts';
import { assembleFleet, type SharedFleet } from '../fleet.ts';
import { DEFAULT_DEADLINE, Guard } from '../guard.ts';
import { fleetName } from '../name.ts';
import { Hub, hubRegister } from './hub.ts';
import { Member } from './member.ts';
import { answerTo, type Message, messageOf, news, type Question } from './messages.ts';

export interface ProcessFleetOptions {
  /** Where a program has several. Default "castls". */
  readonly name?: string;
  /** Seconds that a ticket is good for, 1-604,800. Default 7,200. What the primary says holds for the keys. */
  readonly lifetime?: number;
  /** Seconds that a ticket key seals, 1-604,800. Default 3,600. What the primary says holds. */
  readonly rotation?: number;
  /** Keep sessions in the primary, and give tickets that name them: TLS 1.3 tickets are then good for one use. Default false. */
  readonly storeSessions?: boolean;
  /** Milliseconds by which a client's idea of its ticket's age may be off in early data, 100-600,000. Default 10,000. The same everywhere. */
  readonly freshness?: number;
  /** Milliseconds that a handshake waits for the primary at most, 1-10,000. Default 40. */
  readonly deadline?: number;
  /** Metrics. Whatever it throws is ignored. */
  readonly onEvent?: FleetListener;
  readonly provider: CryptoProvider;
}

const table = {
  name: fleetName,
  lifetime: withDefault(integer(1, MAX_TICKET_LIFETIME), 7200),
  rotation: withDefault(integer(1, MAX_TICKET_LIFETIME), 3600),
  storeSessions: withDefault(flag, false),
  freshness: withDefault(integer(100, 600_000), 10_000),
  deadline: withDefault(integer(1, 10_000), DEFAULT_DEADLINE),
  onEvent: callable<FleetListener>(),
  provider: required(objectWith<CryptoProvider>('a CryptoProvider', 'keyDerivation', 'cipherSuites13')),
} as const;

/** Milliseconds between two looks at the keys: news of them comes at once. */
const LONGEST_POLL = 30_000;

/** @throws ERR_INVALID_ARGUMENT */
export function openProcessFleet(options: ProcessFleetOptions): SharedFleet {
  const given = readOptions('processFleet', table, options);
  const { name, provider, lifetime, rotation, storeSessions, freshness, deadline } = given;
  const onEvent = quietly(given.onEvent);
  const common = {
    provider,
    now: Date.now,
    lifetime,
    poll: Math.min(LONGEST_POLL, rotation * 500),
    storeSessions,
    onEvent,
  };
  const threads = new BroadcastChannel(`castls fleet ${name}`);
  threads.unref();
  if (isMainThread && !cluster.isWorker) {
    const hub = new Hub({ random: provider.random, rotation, lifetime, freshness });
    const stop = answerFor(name, threads, hub);
    return assembleFleet({
      ...common,
      keys: hub.keys,
      sessions: hub.sessions,
      register: hubRegister(hub, freshness, onEvent),
      close: stop,
    });
  }
  const { member, stop } = isMainThread ? ofPrimary(name, threads) : ofMainThread(name, threads);
  const guard = new Guard({ deadline, probe: () => member.ask('ping'), isAnswer: () => false, onEvent });
  return assembleFleet({
    ...common,
    keys: member.keys(),
    sessions: member.sessions(guard),
    register: member.register(guard, freshness, onEvent),
    close: () => {
      guard.close();
      stop();
    },
  });
}

/** The hub answers the processes of the cluster and the threads of its own process. @returns ends it */
function answerFor(name: string, threads: BroadcastChannel, hub: Hub): () => void {
  const onMessage = (worker: Worker, given: unknown): void => {
    const message = messageOf(given, name);
    if (message !== null && 'operation' in message) reply(message, hub, answer => tellWorker(worker, answer));
  };
  cluster.on('message', onMessage);
  serveThreads(name, threads, asked => hub.answer(asked));
  const unwatch = hub.keys.watch(() => {
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) tellWorker(worker, news(name));
    threads.postMessage(news(name));
  });
  return () => {
    cluster.off('message', onMessage);
    unwatch();
    threads.close();
  };
}

function reply(asked: Question, hub: Hub, send: (answer: Message) => void): void {
  try {
    send(answerTo(asked, hub.answer(asked), false));
  } catch {
    send(answerTo(asked, undefined, true));
  }
}

/** A worker may go at any moment: nobody is there to hear then. */
function tellWorker(worker: Worker, message: Message): void {
  if (!worker.isConnected()) return;
  worker.send(message as object, () => {});
}

/** Main thread of a worker of the cluster: asks the primary, and passes on what its threads ask. */
function ofPrimary(name: string, threads: BroadcastChannel): { member: Member; stop(): void } {
  const member = new Member(name, message => {
    if (process.connected) process.send?.(message, undefined, {}, () => {});
  });
  const onMessage = (given: unknown): void => {
    const message = messageOf(given, name);
    if (message === null || 'operation' in message) return;
    member.receive(message);
    if ('news' in message) threads.postMessage(message);
  };
  process.on('message', onMessage);
  serveThreads(name, threads, asked => member.relay(asked));
  return {
    member,
    stop: () => {
      process.off('message', onMessage);
      threads.close();
    },
  };
}

function serveThreads(name: string, threads: BroadcastChannel, answer: (asked: Question) => unknown): void {
  listen(threads, name, message => {
    if (!('operation' in message)) return;
    const send = (value: unknown, failed: boolean) => threads.postMessage(answerTo(message, value, failed));
    void (async () => {
      try {
        send(await answer(message), false);
      } catch {
        send(undefined, true);
      }
    })().catch(() => {
      // The channel was closed meanwhile.
    });
  });
}

/** A worker thread: asks the main thread of its process. */
function ofMainThread(name: string, threads: BroadcastChannel): { member: Member; stop(): void } {
  const member = new Member(name, message => threads.postMessage(message));
  listen(threads, name, message => {
    if (!('operation' in message)) member.receive(message);
  });
  return { member, stop: () => threads.close() };
}

function listen(threads: BroadcastChannel, name: string, receive: (message: Message) => void): void {
  threads.onmessage = event => {
    const message = messageOf((event as { data?: unknown }).data, name);
    if (message !== null) receive(message);
  };
}
