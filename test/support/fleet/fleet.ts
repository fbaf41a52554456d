// A fleet under load: server processes on one Redis, tickets, copies of early data, and the books on what was taken.

import { randomBytes } from 'node:crypto';
import type { Session } from '../../../src/index.ts';
import { clientConfigs, firstFlight, inParallel, sendCopy, type Version, visit } from './clients.ts';
import type { ServerProgram } from './server.ts';
import { bundledServer, certified, deadline, FleetServer } from './servers.ts';

export interface FleetOptions extends Partial<Omit<ServerProgram, 'cert' | 'key' | 'wrappingKey' | 'port' | 'skew'>> {
  readonly redis: string;
  readonly size: number;
  /** Milliseconds by which the clocks of the servers are wrong, in turn. */
  readonly skews?: readonly number[];
}

export interface Resumption {
  offers: number;
  resumed: number;
  failed: number;
  readonly errors: Set<string>;
  readonly milliseconds: number[];
}

/** Early data that was sent, and when first. */
export interface Storming {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export class FleetUnderTest {
  readonly servers: FleetServer[] = [];
  readonly configs: ReturnType<typeof clientConfigs>;
  /** Milliseconds for which a server takes no early data after its start, and after it saw another primary. */
  readonly window: number;
  /** Text of early data -> how often a server took it. */
  readonly taken = new Map<string, number>();
  readonly #freshness: number;
  #tickets = 0;
  #next = 0;

  private constructor(root: string, freshness: number) {
    this.#freshness = freshness;
    this.configs = clientConfigs(root);
    this.window = 2 * freshness + 4000;
  }

  /** Starts the servers and waits until they have ticket keys. */
  static async start(root: string, { size, skews = [0], ...options }: FleetOptions): Promise<FleetUnderTest> {
    const file = await bundledServer(root);
    const program = {
      storeSessions: false,
      freshness: 10_000,
      rotation: 3600,
      lifetime: 7200,
      ...certified(root),
      wrappingKey: randomBytes(32).toString('base64'),
      port: 0,
      ...options,
    };
    const fleet = new FleetUnderTest(root, program.freshness);
    const onEarly = (text: string): void => {
      fleet.taken.set(text, (fleet.taken.get(text) ?? 0) + 1);
    };
    for (let i = 0; i < size; i++) {
      const skew = skews[i % skews.length];
      fleet.servers.push(new FleetServer(file, { ...program, skew }, onEarly));
    }
    await Promise.all(fleet.servers.map(server => server.start()));
    return fleet;
  }

  async ready(): Promise<void> {
    await Promise.all(this.servers.map(server => server.ready()));
  }

  /** The next server in turn. */
  port(): number {
    return this.servers[this.#next++ % this.servers.length].port;
  }

  /** Some clients that resume at another server each time, until `end` says so. */
  async resume(version: Version, clients: number, end: () => boolean): Promise<Resumption> {
    const result: Resumption = { offers: 0, resumed: 0, failed: 0, errors: new Set(), milliseconds: [] };
    const client = async (): Promise<void> => {
      let session: Session | undefined;
      while (!end()) {
        try {
          const { resumed, sessions, milliseconds } = await visit(this.configs[version], this.port(), session);
          result.milliseconds.push(milliseconds);
          if (session !== undefined) {
            result.offers++;
            if (resumed) result.resumed++;
          }
          const next = sessions.at(-1);
          for (const each of sessions.slice(0, -1)) each.secret.dispose();
          if (next !== undefined) session?.secret.dispose();
          session = next ?? session;
        } catch (error) {
          result.failed++;
          result.errors.add(String(error));
        }
      }
      session?.secret.dispose();
    };
    await Promise.all(Array.from({ length: clients }, client));
    return result;
  }

  /** TLS 1.3 sessions that allow early data. */
  async tickets(count: number, clients = 8): Promise<Session[]> {
    const tickets: Session[] = [];
    const rounds = Math.ceil(count / 2);
    await inParallel(clients, Array.from({ length: rounds }), async () => {
      if (tickets.length >= count) return;
      const { sessions } = await visit(this.configs['TLSv1.3'], this.port());
      tickets.push(...sessions);
    });
    for (const spare of tickets.splice(count)) spare.secret.dispose();
    return tickets;
  }

  /** A first flight with early data of its own. The session is used up. */
  flight(session: Session): { readonly text: string; readonly bytes: Uint8Array } {
    const text = `ticket ${this.#tickets++}`;
    const bytes = firstFlight(this.configs['TLSv1.3'], session, text);
    session.secret.dispose();
    return { text, bytes };
  }

  /** Sends copies of a flight to the servers in turn, at once. @returns how many were answered */
  async copies(bytes: Uint8Array, count: number): Promise<number> {
    const reached = await Promise.all(Array.from({ length: count }, () => sendCopy(this.port(), bytes)));
    return reached.filter(Boolean).length;
  }

  /**
   * An attacker who sees all: each flight goes out in copies at once, and again at moments after that for as long as it could
   * be fresh anywhere. Ends when the tickets are used up, or `end` says so.
   * @param pace milliseconds between two tickets
   * @param sent gets the texts, in the order of their first copies
   */
  async storm(tickets: Session[], pace: number, end: () => boolean, sent: Storming[]): Promise<void> {
    const later: Promise<unknown>[] = [];
    while (tickets.length > 0 && !end()) {
      const { text, bytes } = this.flight(tickets.pop() as Session);
      sent.push({ text, at: Date.now() });
      for (const after of [0, 0, 0, 0.3, 1, 1.7, 2, 2.1].map(times => times * this.#freshness)) {
        later.push(new Promise(resolve => setTimeout(resolve, after)).then(() => this.copies(bytes, 1)));
      }
      await new Promise(resolve => setTimeout(resolve, pace));
    }
    await Promise.all(later);
    await this.settled();
  }

  /** How many of these texts were taken once, and which more often. */
  audit(texts: readonly string[]): { readonly once: number; readonly twice: readonly string[] } {
    const times = (text: string) => this.taken.get(text) ?? 0;
    return {
      once: texts.filter(text => times(text) === 1).length,
      twice: texts.filter(text => times(text) > 1),
    };
  }

  /** How often something happened, at all servers together. */
  count(name: string): number {
    return this.servers.reduce((sum, server) => sum + server.count(name), 0);
  }

  counts(): Record<string, number> {
    const names = new Set(this.servers.flatMap(server => [...server.counts.keys()]));
    return Object.fromEntries([...names].sort().map(name => [name, this.count(name)]));
  }

  /** Waits until what servers have to say is said. */
  async settled(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, 200));
  }

  async end(): Promise<void> {
    await deadline('the servers end', Promise.all(this.servers.map(server => server.kill())), 10_000);
  }
}
