// Honest peers with configs that nobody would write: random versions, suites, groups, schemes, certificates, limits,
// sessions. Either both agree and data passes, or both fail, one of them for a reason of negotiation and with an alert.

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TlsError } from '../../src/base/errors.ts';
import {
  type ClientOptions,
  type CommonOptions,
  clientConfig,
  type ServerOptions,
  serverConfig,
} from '../../src/connection/config.ts';
import { defaultSignatureSchemes } from '../../src/handshake/authentication/signature_schemes.ts';
import type { Credential, ExternalPsk } from '../../src/handshake/flow/settings.ts';
import type { Session } from '../../src/handshake/sessions/session.ts';
import { TicketKeys } from '../../src/handshake/sessions/ticket_keys.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import { createPeerVerifier } from '../../src/x509/verify.ts';
import { testCore } from './core.ts';
import { dataOf, makePair, type Pair, pump } from './pair.ts';
import { certificateDer, credential } from './pki.ts';
import { type RepeatableRandom, randomFrom } from './random.ts';
import { importRsaJwk } from './rsa_jwk.ts';
import { fullWasmProvider } from './wasm_provider.ts';

/** Why honest peers may part. */
const reasons: ReadonlySet<string> = new Set([
  'ERR_NO_SHARED_VERSION',
  'ERR_NO_SHARED_CIPHER_SUITE',
  'ERR_NO_SHARED_GROUP',
  'ERR_NO_SHARED_SIGNATURE_SCHEME',
  'ERR_NO_APPLICATION_PROTOCOL',
  'ERR_INSUFFICIENT_SECURITY',
  'ERR_CERTIFICATE_REQUIRED',
]);

/** Slots that groups and verifiers keep from their first use on: tables of primes and curves, no secrets. */
const ONCE = 12;

const configErrors: ReadonlySet<string> = new Set(['ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED_ALGORITHM']);

export interface NegotiationReport {
  readonly agreed: number;
  readonly resumed: number;
  readonly codes: ReadonlyMap<string, number>;
}

/** Runs `count` pairs with consecutive seeds. @throws Error that names the seed and the configs of the first bad one */
export function fuzzNegotiation(seed: number, count: number): NegotiationReport {
  const maker = new Maker();
  const codes = new Map<string, number>();
  let agreed = 0;
  let resumed = 0;
  let allowance = ONCE;
  for (let i = 0; i < count; i++) {
    const random = randomFrom(seed + i);
    const configs = maker.next(random);
    if (!makesSense(configs)) continue;
    const before = testCore().liveSlots;
    try {
      const pair = makePair(configs);
      const outcome = judge(pair, random);
      if (outcome === null) agreed++;
      else codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
      if (pair.client.info.resumed) resumed++;
      pair.client.destroy();
      pair.server.destroy();
      const kept = maker.keepSessions(pair, random);
      const left = testCore().liveSlots - before - kept;
      allowance -= left;
      if (left < 0 || allowance < 0) throw new Error(`${left} secrets are left behind`);
    } catch (cause) {
      throw new Error(`seed ${seed + i}: ${cause} ${describe(configs)}`, { cause });
    }
  }
  maker.dispose();
  return { agreed, resumed, codes };
}

/** False for configs that are refused before there is a connection. */
function makesSense({ client, server }: Configs): boolean {
  try {
    clientConfig(client as ClientOptions);
    serverConfig(server as ServerOptions);
    return true;
  } catch (error) {
    if (error instanceof TlsError && configErrors.has(error.code)) return false;
    throw error;
  }
}

/** Null if both agreed and data passed; else the reason. */
function judge(pair: Pair, random: RepeatableRandom): string | null {
  pump(pair);
  const { client, server } = pair;
  if (client.state === 'established' && server.state === 'established') {
    for (const [from, events] of [
      [client, pair.serverEvents],
      [server, pair.clientEvents],
    ] as const) {
      const data = random.bytes(1 + random.below(3000));
      const already = dataOf(events).length;
      if (from.write(data) !== data.length) throw new Error('write takes nothing');
      pump(pair);
      if (dataOf(events).length - already !== data.length) throw new Error('data is lost');
    }
    return null;
  }
  const [own, other] = client.error?.code === 'ERR_ALERT_RECEIVED' ? [server, client] : [client, server];
  if (own.error === null || !reasons.has(own.error.code)) throw own.error ?? other.error ?? new Error('both wait');
  // A client that has all it needs may be established when the server refuses its certificate.
  if (other.error?.code !== 'ERR_ALERT_RECEIVED')
    throw new Error(`no alert for ${own.error.code}`, { cause: other.error });
  return own.error.code;
}

interface Configs {
  readonly client: Partial<ClientOptions>;
  readonly server: Partial<ServerOptions>;
  readonly target: { readonly serverName: string; readonly session?: Session };
}

class Maker {
  readonly #provider = fullWasmProvider();
  readonly #tickets = new TicketKeys({ provider: this.#provider, rotation: 1e9 });
  readonly #sessions: Session[] = [];
  #last: Configs | null = null;
  readonly #credentials: Credential[];
  readonly #psk: ExternalPsk;
  readonly #rsa = importRsaJwk(
    testCore(),
    createPrivateKey(readFileSync('test/fixtures/server_rsa.key', 'utf8')).export({ format: 'jwk' }) as Record<
      string,
      string
    >,
  );

  constructor() {
    this.#tickets.seal(new Uint8Array(1)); // makes its key now, before anything is counted
    const key = this.#provider.importSecret(new Uint8Array(32).fill(3));
    this.#psk = { identity: Uint8Array.of(7, 7), key, hash: 'sha256' };
    const rsa = credential('server_rsa', { decrypter: this.#rsa });
    const names = ['server_p256', 'server_p384', 'server_ed25519'] as const;
    this.#credentials = [rsa, ...names.map(name => credential(name))];
  }

  /** Random configs, or those of the pair before with its last session, which most other configs must not resume. */
  next(random: RepeatableRandom): Configs {
    const session = this.#sessions.at(-1);
    if (this.#last !== null && session !== undefined && random.below(5) === 0) {
      return { ...this.#last, target: { ...this.#last.target, session } };
    }
    this.#last = this.#configs(random);
    return this.#last;
  }

  #configs(random: RepeatableRandom): Configs {
    const maybe = (one: number) => random.below(one) === 0;
    const some = <T>(values: readonly T[]): T[] => {
      const taken = values.filter(() => !maybe(3));
      for (let i = taken.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [taken[i], taken[j]] = [taken[j], taken[i]];
      }
      return taken.length > 0 ? taken : [values[random.below(values.length)]];
    };
    const groups = this.#provider.groups.map(({ name }) => name);
    const suites = [...this.#provider.cipherSuites13, ...this.#provider.cipherSuites12].map(({ name }) => name);
    const anchors = [trustAnchor(certificateDer('ca'))];
    const verifier = createPeerVerifier({ anchors, verifiers: this.#provider.signatureVerifiers });
    const common = (): CommonOptions => ({
      provider: this.#provider,
      verifier,
      minVersion: maybe(4) ? 'TLSv1.3' : 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      cipherSuites: maybe(2) ? undefined : maybe(2) ? some(suites) : some(suites).slice(0, 1 + random.below(4)),
      dangerousLargeFiniteFields: true,
      groups: maybe(3) ? undefined : some(groups).slice(0, 1 + random.below(5)),
      signatureSchemes: maybe(2) ? undefined : some(defaultSignatureSchemes),
      alpn: maybe(2) ? undefined : some(['h2', 'http/1.1', 'x', 'y']),
      recordSizeLimit: maybe(2) ? undefined : [64, 65, 300, 16384, 16385][random.below(5)],
    });
    const shared = common();
    const client = { ...shared, ...(maybe(2) ? common() : {}) };
    const limited = (options: CommonOptions): CommonOptions =>
      options.minVersion === 'TLSv1.2' && maybe(2) ? { ...options, maxVersion: 'TLSv1.2' } : options;
    const auth = (['none', 'request', 'require'] as const)[random.below(3)];
    return {
      client: {
        ...limited(client),
        keyShares: client.groups === undefined || maybe(2) ? undefined : some(client.groups),
        credential: maybe(2) ? undefined : credential(maybe(2) ? 'client_p256' : 'client_rsa'),
        externalPsk: maybe(6) ? this.#psk : undefined,
        postHandshakeAuth: maybe(3),
        requestOcspStaple: maybe(2),
      },
      server: {
        ...limited(shared),
        credentials: some(this.#credentials),
        clientAuth: auth,
        tickets: maybe(3) ? undefined : this.#tickets,
        ticketCount: random.below(4),
        findExternalPsk: maybe(3) ? identity => (identity.length === 2 ? this.#psk : null) : undefined,
        preferServerOrder: maybe(2),
        sendCookie: maybe(2),
        requireAlpnMatch: maybe(2),
      },
      target: {
        serverName: 'example.test',
        session: maybe(2) ? this.#sessions[random.below(this.#sessions.length + 1)] : undefined,
      },
    };
  }

  /** Keeps a few of the sessions a client was given. @returns how many more are alive than before */
  keepSessions({ clientEvents }: Pair, random: RepeatableRandom): number {
    let kept = 0;
    for (const event of clientEvents) {
      if (event.kind !== 'session') continue;
      this.#sessions.push(event.session);
      kept++;
    }
    while (this.#sessions.length > 6) {
      this.#sessions.splice(random.below(this.#sessions.length), 1)[0].secret.dispose();
      kept--;
    }
    return kept;
  }

  dispose(): void {
    for (const session of this.#sessions) session.secret.dispose();
    this.#psk.key.dispose();
    this.#tickets.dispose();
    this.#rsa.dispose();
  }
}

function describe(configs: Configs): string {
  const shown = (key: string, value: unknown) =>
    ['provider', 'verifier', 'tickets', 'credential', 'session', 'externalPsk'].includes(key) ? typeof value : value;
  return JSON.stringify(configs, (key, value) =>
    key === 'credentials' ? value.map(({ signer }: Credential) => signer.schemes) : shown(key, value),
  );
}
