// From flags to a config of castls, with the state that connections of one run share: ticket keys, sessions, the clock.

import { toHex } from '../../../src/base/bytes.ts';
import { firstFitting } from '../../../src/connection/client_credentials.ts';
import { firstThatFits } from '../../../src/connection/server_credentials.ts';
import { ServerSessionCache } from '../../../src/handshake/sessions/session_cache.ts';
import {
  type CertificateRequestInfo,
  type CertificateTypeName,
  type ClientHelloInfo,
  type Connection,
  type Credential,
  type CryptoProvider,
  clientHelloShape,
  defaultProvider,
  type EarlyDataOptions,
  MemorySingleUseRegister,
  pskFinder,
  type ServerConfig,
  type Session,
  type SessionIdStore,
  TicketKeys,
  type TicketStore,
  TlsError,
} from '../../../src/index.ts';
import { defaultCore } from '../../../src/parts.ts';
import { CertificateType, certificateTypeNames } from '../../../src/registry/certificate_types.ts';
import { mlKemGroup } from '../../../src/wasm/hybrid.ts';
import { parseSslv2Hello, sslv2HelloLength } from '../../../src/wire/sslv2_hello.ts';
import { compressionOf } from './compression.ts';
import { answer, credentialsOf, type NumberedCredential, ShimVerifier } from './credentials.ts';
import type { Flags } from './flags.ts';
import { MessageTrace } from './message_trace.ts';
import { groupsOf, keySharesOf, schemesOf, suitesOf, versionsOf } from './offers.ts';
import { clientConfigFor, clientsOf, serverConfigFor, serversOf } from './older.ts';
import { type NumberedPsk, psk12ClientOf, psk12ServerOf, psksOf } from './psks.ts';

/** With the ML-KEM groups that stand alone, which nothing offers unless they are named. */
const core = defaultCore() as Parameters<typeof mlKemGroup>[0];
const provider: CryptoProvider = {
  ...defaultProvider(),
  groups: [...defaultProvider().groups, ...([512, 768, 1024] as const).map(bits => mlKemGroup(core, bits))],
};

type Settings = ConstructorParameters<typeof Connection>[0];

/** What the connections of one run of the shim share. */
export class Shared {
  readonly #began = Date.now();
  /** Seconds that the clock was put forward. */
  ahead = 0;
  /** What answers a CertificateRequest now: the hook is the same for all connections, as sessions are bound to it. */
  answerRequest: (request: CertificateRequestInfo) => Credential | null | Promise<Credential | null> = () => null;
  readonly clientCredential = (request: CertificateRequestInfo) => this.answerRequest(request);
  readonly tickets: TicketKeys;
  readonly sessionIds: ServerSessionCache;
  readonly singleUse: MemorySingleUseRegister;

  constructor(flags: Flags) {
    const key = flags['ticket-key'];
    const now = () => this.now();
    this.tickets = new TicketKeys(key === undefined ? { now } : { now, keys: [key] });
    const keys = new TicketKeys({ now });
    this.singleUse = new MemorySingleUseRegister({ now });
    this.sessionIds = new ServerSessionCache({ keys, random: defaultProvider().random });
  }

  /** Stands still but for -resumption-delay: the runner counts the age of tickets to the millisecond. */
  now(): number {
    return this.#began + this.ahead * 1000;
  }
}

/** What one connection saw through its hooks. */
export class Seen {
  readonly verifier: ShimVerifier;
  /** Schemes the peer takes, by its ClientHello or CertificateRequest. */
  peerSchemes: readonly number[] | null = null;
  peerAlpn: readonly string[] | null = null;
  authorities: readonly Uint8Array[] | null = null;
  /** ClientCertificateType values of a CertificateRequest. */
  certificateTypes: readonly number[] | null = null;
  sessionIdStored = false;
  selectedCredential = -1;
  psks: readonly NumberedPsk[] = [];
  /** Traffic secrets in hex by their label, from the key log. */
  readonly secrets = new Map<string, string>();

  /** Null where nobody asks for it. */
  readonly trace: MessageTrace | null;

  constructor(flags: Flags) {
    this.trace =
      flags['expect-msg-callback'] === undefined ? null : new MessageTrace(flags.server ? 'server' : 'client');
    this.verifier = new ShimVerifier(flags);
  }
}

/** Settings for one connection. @throws UnimplementedFlag, TlsError */
export function settingsOf(flags: Flags, shared: Shared, seen: Seen, session: Session | null): Settings {
  return flags.server ? serverSettings(flags, shared, seen) : clientSettings(flags, shared, seen, session);
}

function commonOptions(flags: Flags, shared: Shared, seen: Seen) {
  const versions = versionsOf(flags);
  // Without -verify-peer a refusal is of no consequence to BoringSSL's shim.
  const judged = flags['verify-fail']
    ? flags['verify-peer'] || flags['require-any-client-certificate'] || takesRawKeys(flags)
    : seen.verifier.judges;
  const maxCertificateMessage = flags['max-cert-list'];
  return {
    provider,
    minVersion: versions[versions.length - 1],
    maxVersion: versions[0],
    cipherSuites: suitesOf(flags),
    maxSendFragment: flags['max-send-fragment'],
    groups: groupsOf(flags),
    signatureSchemes: schemesOf(flags),
    verifier: seen.verifier,
    dangerouslyContinueUnverified: !judged,
    ...typesIn('peerCertificateTypes', flags['accepted-peer-cert-types']),
    certificateCompression: compressionOf(flags),
    now: () => shared.now(),
    keyLog: (line: string) => {
      seen.trace?.secret(line);
      const [label, , secret] = line.split(' ');
      seen.secrets.set(label, secret);
    },
    // BoringSSL's number, which a test counts.
    limits: { maxKeyUpdates: 32, ...(maxCertificateMessage !== undefined && { maxCertificateMessage }) },
  };
}

function clientSettings(flags: Flags, shared: Shared, seen: Seen, session: Session | null): Settings {
  const credentials = credentialsOf(flags);
  shared.answerRequest = request =>
    answer(flags.async === true, () => {
      seen.authorities = request.certificateAuthorities;
      seen.certificateTypes = request.certificateTypes ?? null;
      return chosen(flags, seen, candidatesFor(credentials, request), request, own => firstFitting(own, request));
    });
  const psks = psksOf(flags);
  seen.psks = psks;
  // Without -verify-peer a PSK has to do.
  const pskAlone = psks.length > 0 && !flags['verify-peer'];
  const psk12 = psk12ClientOf(flags);
  const config = clientConfigFor(flags)({
    sessionTickets: !flags['no-ticket'],
    ...commonOptions(flags, shared, seen),
    ...(pskAlone && { verifier: undefined, dangerouslyContinueUnverified: false }),
    ...(psks.length > 0 && { externalPsk: psks.map(({ psk }) => psk) }),
    ...(psk12 && { psk12 }),
    olderVersions: clientsOf(versionsOf(flags)),
    ...(keySharesOf(flags) && { keyShares: keySharesOf(flags) }),
    ...(flags['no-key-shares'] && { keyShares: [] }),
    alpn: protocolsIn(flags['advertise-alpn'] ?? ''),
    ...((flags['enable-grease'] || flags['permute-extensions']) && {
      clientHello: clientHelloShape({
        grease: flags['enable-grease'],
        permuteExtensions: flags['permute-extensions'],
      }),
    }),
    requestOcspStaple: flags['enable-ocsp-stapling'] ?? false,
    requestCertificateTimestamps: flags['enable-signed-cert-timestamps'] ?? false,
    credential: shared.clientCredential,
    ...typesIn('certificateTypes', availableTypes(flags, credentials)),
  });
  return config.settings({
    ...(flags['host-name'] !== undefined && { serverName: flags['host-name'] }),
    ...(session !== null && { session }),
    earlyData: flags['enable-early-data'] ?? false,
  });
}

function serverSettings(flags: Flags, shared: Shared, seen: Seen): Settings {
  const later = flags.async === true;
  const credentials = credentialsOf(flags);
  const authorities = flags['use-client-ca-list'];
  const psks = psksOf(flags);
  seen.psks = psks;
  const find = pskFinder(psks.map(({ psk }) => psk));
  const psk12 = psk12ServerOf(flags);
  const config: ServerConfig = serverConfigFor(flags)({
    ...commonOptions(flags, shared, seen),
    olderVersions: serversOf(versionsOf(flags)),
    credentials: hello =>
      answer(later, () => {
        checkHello(flags, hello);
        return chosen(flags, seen, candidatesFor(credentials, hello), hello, own => firstThatFits(own, hello, spoken));
      }),
    ...(psks.length > 0 && { findExternalPsk: (identity: Uint8Array) => answer(later, () => find(identity)) }),
    ...(psk12 && { psk12 }),
    clientAuth: flags['require-any-client-certificate'] ? 'require' : flags['verify-peer'] ? 'request' : 'none',
    certificateAuthorities: /^(<.*>)?$/.test(authorities ?? '') ? [] : namesIn(authorities ?? ''),
    ...(!flags['no-ticket'] && { tickets: ticketStore(flags, shared) }),
    sessionIds: sessionIdStore(shared, seen, later),
    ticketCount: 2,
    ...(flags['enable-early-data'] && { earlyData: earlyData(shared, later) }),
    requireAlpnMatch: false,
    // As BoringSSL's servers always.
    grease: true,
    preferServerOrder:
      flags['server-preference'] === true || flags['cnsa-202407'] === true || flags.cipher !== undefined,
    selectAlpn: ({ alpn }) => answer(later, () => selectedAlpn(flags, seen, alpn)),
  });
  // As `sslv2Hello` of castls/legacy has it.
  const spoken = { ...config.settings(), foreignHello: { length: sslv2HelloLength, parse: parseSslv2Hello } };
  return spoken;
}

/** A raw public key that nobody knows is of consequence always. */
function takesRawKeys(flags: Flags): boolean {
  return flags['accepted-peer-cert-types']?.includes(CertificateType.RawPublicKey) === true;
}

/** What a client says it can show: castls derives it from credentials, but here a hook chooses among them. */
function availableTypes(flags: Flags, credentials: readonly NumberedCredential[]): readonly number[] | undefined {
  const named = flags['available-client-cert-types'];
  if (named !== undefined || credentials.length === 0) return named;
  return [...new Set(credentials.map(({ credential }) => CertificateType[credential.certificateType ?? 'X509']))];
}

function typesIn<Option extends string>(
  option: Option,
  values: readonly number[] | undefined,
): { readonly [O in Option]?: readonly CertificateTypeName[] } {
  if (values === undefined) return {};
  return { [option]: certificateTypeNames(values) } as unknown as { [O in Option]: readonly CertificateTypeName[] };
}

/** As BoringSSL takes it: one record's length, and a minute. */
function earlyData({ singleUse }: Shared, later: boolean): EarlyDataOptions {
  const register = {
    since: singleUse.since,
    claim: (id: Uint8Array, expires: number) => answer(later, () => singleUse.claim(id, expires)),
  };
  return { register, maxSize: 14_336, freshness: 60_000 };
}

function checkHello(flags: Flags, hello: ClientHelloInfo): void {
  if (flags['fail-ddos-callback']) throw new Error('the callback against floods refuses');
  if (flags['fail-early-callback']) throw new TlsError('ERR_ACCESS_DENIED', 'the early callback refuses');
  if (flags['expect-no-server-name'] && hello.serverName !== null) throw new Error('a server name was sent');
}

/** Without those that are only for peers that name their issuer. */
function candidatesFor(
  credentials: readonly NumberedCredential[],
  { certificateAuthorities }: Pick<ClientHelloInfo, 'certificateAuthorities'>,
): readonly NumberedCredential[] {
  const named = new Set(certificateAuthorities.map(toHex));
  return credentials.filter(({ issuers }) => issuers === null || issuers.some(issuer => named.has(toHex(issuer))));
}

/** @param choose castls' own choice among several */
function chosen(
  flags: Flags,
  seen: Seen,
  candidates: readonly NumberedCredential[],
  peer: ClientHelloInfo | CertificateRequestInfo,
  choose: (credentials: readonly Credential[]) => Credential | null,
): Credential | null {
  seen.peerSchemes = peer.signatureSchemes;
  if (flags['fail-cert-callback']) throw new Error('the certificate callback fails');
  if (flags.server && flags['fail-ocsp-callback']) throw new Error('the OCSP callback fails');
  const credential = choose(candidates.map(candidate => candidate.credential));
  seen.selectedCredential = candidates.find(candidate => candidate.credential === credential)?.number ?? -1;
  return credential;
}

function ticketStore(flags: Flags, { tickets }: Shared): TicketStore {
  const later = flags.async === true;
  return {
    lifetime: tickets.lifetime,
    seal: state => {
      const copy = state.slice();
      return answer(later, () => (flags['skip-ticket'] ? null : tickets.seal(copy)));
    },
    open: ticket => answer(later, () => tickets.open(ticket)),
  };
}

function sessionIdStore({ sessionIds }: Shared, seen: Seen, later: boolean): SessionIdStore {
  return {
    lifetime: sessionIds.lifetime,
    store: (id, state) => {
      seen.sessionIdStored = true;
      sessionIds.store(id, state);
    },
    load: id => answer(later, () => sessionIds.load(id)),
  };
}

function selectedAlpn(flags: Flags, seen: Seen, offered: readonly string[]): string | null {
  seen.peerAlpn = offered;
  if (offered.length === 0 || flags['decline-alpn']) return null;
  if (flags['reject-alpn']) throw new TlsError('ERR_NO_APPLICATION_PROTOCOL', 'the shim refuses');
  if (flags['select-empty-alpn']) return '';
  return flags['select-alpn'] ?? null;
}

/** Protocol names behind length bytes, a character a byte. */
export function protocolsIn(text: string): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; at += 1 + text.charCodeAt(at)) {
    names.push(text.slice(at + 1, at + 1 + text.charCodeAt(at)));
  }
  return names;
}

/** DER names in hex. */
export function namesIn(text: string): Uint8Array[] {
  return text.split(',').map(name => new Uint8Array(Buffer.from(name, 'hex')));
}

export function sameNames(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.map(toHex).join() === b.map(toHex).join();
}
