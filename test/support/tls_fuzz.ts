// Fuzzes connections of both roles: a peer, or somebody on the way, that does what no rule foresees, at the level of
// bytes, of records, and of messages under the right keys. Whatever comes, a connection ends with a typed error and an
// alert, or goes on; it never hangs, never grows, and leaves no secret.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { alertOfError } from '../../src/base/alert_of_error.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { ClientOptions, ServerOptions } from '../../src/connection/config.ts';
import type { Connection } from '../../src/connection/connection.ts';
import type { ConnectionEvent } from '../../src/connection/events.ts';
import type { PeerVerifier } from '../../src/crypto/peer_verifier.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { createPeerVerifier } from '../../src/x509/verify.ts';
import { testCore } from './core.ts';
import { liars, lie, patchHandshake } from './fuzz_lies.ts';
import { changed, mischief, plaintextChanged, recordsOf, type Seal, tapped } from './fuzz_mischief.ts';
import { nodeDecrypter } from './node/key_exchange12.ts';
import { type NodeProvider, nodeProvider } from './node_provider.ts';
import { concatAll, drain, makePair, type Pair, pump } from './pair.ts';
import { certificateDer, credential } from './pki.ts';
import { type RepeatableRandom, randomFrom } from './random.ts';
import { fullWasmProvider } from './wasm_provider.ts';

interface Scenario {
  readonly name: string;
  readonly provider: 'wasm' | 'node';
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly resumes?: boolean;
  readonly later?: boolean;
}

/** The product's own verification, trusting the test CA. */
function verifierOf(provider: CryptoProvider, later = false): PeerVerifier {
  const anchors = [trustAnchor(certificateDer('ca'))];
  const verifier = createPeerVerifier({ anchors, verifiers: provider.signatureVerifiers });
  if (!later) return verifier;
  return { verify: async (peer, signal) => await verifier.verify(peer, signal) };
}

const mutual: Partial<ClientOptions> = { credential: credential('client_p256'), postHandshakeAuth: true };
const asking: Partial<ServerOptions> = { clientAuth: 'request' };
const tls12 = { maxVersion: 'TLSv1.2' } as const;

/** Errors that would be ours: a peer must not bring them about. */
const ourFaults: ReadonlySet<string> = new Set([
  'ERR_INTERNAL',
  'ERR_INVALID_STATE',
  'ERR_INVALID_ARGUMENT',
  'ERR_BAD_LENGTH',
  'ERR_STALE_HANDLE',
  'ERR_FOREIGN_HANDLE',
  'ERR_OUT_OF_MEMORY',
  'ERR_OVERLAPPING_BUFFERS',
  'ERR_FAULT_DETECTED',
  'ERR_TOO_MUCH_INPUT',
  'ERR_HOOK_FAILED',
]);

/** More than any queue of a connection may hold: what `write` takes, and a flight. */
const MAX_OUTPUT = 256 * 1024 + 64 * 1024;

export interface FuzzReport {
  readonly executions: number;
  /** Connections of either role that came to an established handshake. */
  readonly established: number;
  /** Error codes and how often they came. */
  readonly codes: ReadonlyMap<string, number>;
  readonly slowestMs: number;
}

/** Runs executions with consecutive seeds. @throws Error that names the seed of the first one that misbehaves */
export async function fuzzTls(seed: number, more: (executions: number) => boolean): Promise<FuzzReport> {
  patchHandshake();
  const lab = new Laboratory();
  const codes = new Map<string, number>();
  let executions = 0;
  let established = 0;
  let slowestMs = 0;
  for (; more(executions); executions++) {
    const started = performance.now();
    try {
      for (const end of await lab.execute(seed + executions)) {
        if (end.established) established++;
        if (end.code !== null) codes.set(end.code, (codes.get(end.code) ?? 0) + 1);
      }
    } catch (cause) {
      throw new Error(`seed ${seed + executions} (--seed ${seed + executions} --executions 1)`, { cause });
    }
    slowestMs = Math.max(slowestMs, performance.now() - started);
  }
  lab.dispose();
  return { executions, established, codes, slowestMs };
}

interface Outcome {
  readonly established: boolean;
  readonly code: string | null;
}

/** One end of a pair and what was seen of it. */
interface End {
  readonly name: string;
  readonly connection: Connection;
  readonly events: ConnectionEvent[];
  alerts: number;
}

class Laboratory {
  readonly #wasm: CryptoProvider = fullWasmProvider();
  readonly #node: NodeProvider = nodeProvider();
  readonly #tickets: TicketKeys;
  readonly #scenarios: Scenario[];
  readonly #sessions = new Map<Scenario, Session | null>();

  constructor() {
    this.#tickets = new TicketKeys({ provider: this.#wasm, rotation: 1e9 });
    this.#tickets.seal(new Uint8Array(1)); // makes its key now, before anything is counted
    const tickets = { tickets: this.#tickets };
    const rsaKey = createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8'));
    const rsa = credential('server_rsa', { decrypter: nodeDecrypter(this.#node.ledger, rsaKey) });
    const cbc = { ...tls12, cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256'] };
    const rsaSuites = { ...tls12, cipherSuites: ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_128_CBC_SHA'] };
    const dhe = { ...tls12, cipherSuites: ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256'], groups: ['ffdhe2048'] };
    const light = { groups: ['x25519', 'secp256r1'] };
    this.#scenarios = [
      { name: '1.3', provider: 'wasm', client: light, server: { ...tickets, alpn: ['h2'] } },
      { name: '1.3 by default', provider: 'wasm' },
      {
        name: '1.3 with a retry',
        provider: 'wasm',
        client: light,
        server: { groups: ['secp256r1'], sendCookie: true },
      },
      { name: '1.3 with client certificates', provider: 'wasm', client: { ...light, ...mutual }, server: asking },
      { name: '1.3 resumed', provider: 'wasm', client: light, server: tickets, resumes: true },
      { name: '1.3 with late hooks', provider: 'wasm', client: { ...light, ...mutual }, server: asking, later: true },
      { name: '1.2', provider: 'wasm', client: { ...tls12, alpn: ['h2'] }, server: { ...tickets, alpn: ['h2'] } },
      { name: '1.2 with CBC', provider: 'wasm', client: cbc, server: cbc },
      { name: '1.2 with client certificates', provider: 'wasm', client: { ...tls12, ...mutual }, server: asking },
      { name: '1.2 resumed', provider: 'wasm', client: tls12, server: tickets, resumes: true },
      { name: '1.2 with RSA', provider: 'node', client: rsaSuites, server: { ...rsaSuites, credentials: [rsa] } },
      { name: '1.2 with DHE', provider: 'node', client: dhe, server: { ...dhe, credentials: [rsa] } },
      { name: '1.2 server, 1.3 client', provider: 'wasm', server: tls12 },
    ];
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session?.secret.dispose();
    this.#tickets.dispose();
  }

  async execute(seed: number): Promise<Outcome[]> {
    const random = randomFrom(seed);
    const scenario = this.#scenarios[random.below(this.#scenarios.length)];
    const session = scenario.resumes ? this.#session(scenario) : null;
    const before = this.#alive();
    const ends = await this.#run(scenario, random, session);
    for (const end of ends) {
      const { connection, events } = end;
      connection.destroy();
      drain(connection, events);
      for (const event of events) if (event.kind === 'session') event.session.secret.dispose();
    }
    const left = this.#alive() - before;
    if (left !== 0) throw new Error(`${left} secrets are left behind by "${scenario.name}"`);
    return ends.map(({ connection, events }) => ({
      established: events.some(event => event.kind === 'established'),
      code: connection.error?.code ?? null,
    }));
  }

  #alive(): number {
    return testCore().liveSlots + this.#node.ledger.alive.size;
  }

  /** A session to resume, which stays here. */
  #session(scenario: Scenario): Session | null {
    const known = this.#sessions.get(scenario);
    if (known !== undefined) return known;
    liars.client = liars.server = undefined;
    const pair = makePair({
      client: { ...scenario.client, provider: this.#wasm, verifier: verifierOf(this.#wasm) },
      server: { ...scenario.server, provider: this.#wasm },
    });
    pump(pair);
    let first: Session | null = null;
    for (const event of pair.clientEvents) {
      if (event.kind !== 'session') continue;
      if (first === null) first = event.session;
      else event.session.secret.dispose();
    }
    pair.client.destroy();
    pair.server.destroy();
    this.#sessions.set(scenario, first);
    return first;
  }

  async #run(scenario: Scenario, random: RepeatableRandom, session: Session | null): Promise<End[]> {
    const base = scenario.provider === 'wasm' ? this.#wasm : this.#node;
    const hostile = random.below(6); // 0, 1: that end; 2: the way; 3: all; 4, 5: that end lies
    liars.client = hostile === 4 ? lie(random, 1 + random.below(3)) : undefined;
    liars.server = hostile === 5 ? lie(random, 1 + random.below(5)) : undefined;
    const onTheWay = hostile === 2 || hostile === 3;
    const way = onTheWay ? 2 + random.below(8) : Number.POSITIVE_INFINITY;
    const seals = [0, 1].map(i => (hostile === i || hostile === 3 ? mischief(random, 2 + random.below(8)) : honest));
    const ends: End[] = [];
    const watch =
      (i: number): Seal =>
      fragment => {
        if (fragment.type === 21 && ends[i] !== undefined) ends[i].alerts++;
        return seals[i](fragment);
      };
    const pair = makePair({
      target: { serverName: 'example.test', session: session ?? undefined },
      client: {
        ...scenario.client,
        provider: tapped(base, watch(0)),
        verifier: verifierOf(base, scenario.later),
      },
      server: {
        credentials: [credential('server_p256', { later: scenario.later })],
        ...scenario.server,
        provider: tapped(base, watch(1)),
        verifier: verifierOf(base, scenario.later),
      },
    });
    ends.push(
      { name: 'client', connection: pair.client, events: pair.clientEvents, alerts: 0 },
      { name: 'server', connection: pair.server, events: pair.serverEvents, alerts: 0 },
    );
    const wires = [
      new Wire(ends[0], ends[1], random, way, seals[0]),
      new Wire(ends[1], ends[0], random, way, seals[1]),
    ];
    for (let round = 0; round < 24; round++) {
      if (scenario.later) await new Promise(done => setImmediate(done));
      if (round > 4) traffic(pair, random, round);
      if (wires[0].move() + wires[1].move() === 0 && round > 12) break;
      for (const end of ends) check(end);
    }
    for (const end of ends) checkEnd(end, random);
    if (scenario.later) await new Promise(done => setImmediate(done));
    return ends;
  }
}

const honest: Seal = fragment => [fragment];

/** Moves what one end sends to the other one, in pieces, with mischief on the way. */
class Wire {
  readonly #from: End;
  readonly #to: End;
  readonly #random: RepeatableRandom;
  readonly #rarity: number;
  readonly #seal: Seal;

  constructor(from: End, to: End, random: RepeatableRandom, rarity: number, seal: Seal) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
    this.#rarity = rarity;
    this.#seal = seal;
  }

  move(): number {
    const random = this.#random;
    let output = concatAll(this.#from.connection.takeOutput());
    const { length } = output;
    if (length === 0) return 0;
    this.#from.alerts += recordsOf(output).filter(record => record[0] === 21).length;
    if (this.#seal !== honest) output = plaintextChanged(output, this.#seal);
    if (output.length > 0 && this.#rarity < 100 && random.below(this.#rarity) === 0) output = this.#onTheWay(output);
    const largest = random.below(3) === 0 ? 1 + random.below(40) : 20_000;
    for (let at = 0; at < output.length; ) {
      const size = 1 + random.below(largest);
      this.#to.connection.receive(output.subarray(at, at + size));
      at += size;
    }
    drain(this.#to.connection, this.#to.events);
    return length;
  }

  #onTheWay(output: Uint8Array): Uint8Array {
    const random = this.#random;
    const records = recordsOf(output);
    const i = random.below(records.length);
    switch (random.below(6)) {
      case 0:
        return concatAll([...records.slice(0, i), ...records.slice(i + 1)]);
      case 1:
        return concatAll([...records.slice(0, i), records[i], ...records.slice(i)]);
      case 2:
        return concatAll([...records.slice(i), ...records.slice(0, i)]);
      case 3:
        return plaintextChanged(output, mischief(random, 2));
      default:
        return changed(output, random);
    }
  }
}

/** What applications do: write, change keys, ask for certificates, export, close. */
function traffic(pair: Pair, random: RepeatableRandom, round: number): void {
  for (const connection of [pair.client, pair.server]) {
    if (connection.state !== 'established') continue;
    connection.write(random.bytes(random.below(4) === 0 ? 40_000 : random.below(200)));
    if (connection.info.protocolVersion === 'TLSv1.3' && random.below(4) === 0) {
      ignoringState(() => connection.updateKeys(random.below(2) === 0));
    }
    if (connection === pair.server && random.below(4) === 0) {
      ignoringState(() => pair.server.requestClientCertificate());
    }
    if (random.below(8) === 0) connection.exportKeyingMaterial(20, 'EXPORTER-fuzz');
    if (round > 8 && random.below(6) === 0) connection.close();
  }
}

/** Calls that are refused in some states, by the contract. */
function ignoringState(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof TlsError) || error.code !== 'ERR_INVALID_STATE') throw error;
  }
}

function check({ connection, name }: End): void {
  if (connection.pendingOutput > MAX_OUTPUT) throw new Error(`${name}: ${connection.pendingOutput} bytes wait`);
}

/** An end that failed said why, in a typed error and an alert, and stays failed. */
function checkEnd(end: End, random: RepeatableRandom): void {
  const { connection, events, name } = end;
  const { error } = connection;
  if (error === null) return;
  if (!(error instanceof TlsError)) throw new Error(`${name}: an error without a type`, { cause: error });
  if (ourFaults.has(error.code)) throw new Error(`${name}: ${error.code}`, { cause: error });
  if (connection.state !== 'closed') throw new Error(`${name}: ${connection.state} after ${error.code}`);
  const pending = recordsOf(concatAll(connection.takeOutput())).filter(record => record[0] === 21).length;
  const { protocolVersion } = connection.info;
  const alert = alertOfError(error.code, protocolVersion === 'TLSv1.2' ? '1.2' : '1.3');
  if (alert !== null && end.alerts + pending === 0) throw new Error(`${name}: no alert for ${error.code}`);
  drain(connection, events);
  const count = events.length;
  connection.receive(random.bytes(100));
  drain(connection, events);
  if (connection.write(random.bytes(10)) !== 0 || connection.takeOutput().length > 0 || events.length !== count) {
    throw new Error(`${name}: goes on after ${error.code}`);
  }
  if (events.filter(event => event.kind === 'closed').length !== 1) throw new Error(`${name}: not closed once`);
}
