// The flags of BoringSSL's test runner that this shim understands, and how they are read. An unknown flag is an
// UnimplementedFlag: the shim then exits with 89, which the runner counts as "unimplemented", never as a pass.

/** Every flag with the kind of its value. `none` has a value the shim has no use for: castls always behaves that way. */
const table = {
  // Where to connect, how often, in which role
  port: 'int',
  ipv6: 'bool',
  'shim-id': 'text',
  server: 'bool',
  'resume-count': 'int',
  'is-handshaker-supported': 'bool',
  // Versions, suites, groups, signatures
  'min-version': 'int',
  'max-version': 'int',
  'no-tls13': 'bool',
  'no-tls12': 'bool',
  'no-tls11': 'bool',
  'no-tls1': 'bool',
  cipher: 'text',
  'server-preference': 'bool',
  curves: 'ints',
  'enable-grease': 'bool',
  'no-key-shares': 'bool',
  'permute-extensions': 'bool',
  'key-shares': 'ints',
  'verify-prefs': 'ints',
  'signing-prefs': 'ints',
  'fips-202205': 'bool',
  'wpa-202304': 'bool',
  'cnsa-202407': 'bool',
  'cnsa1-202603': 'bool',
  'cnsa2-202603': 'bool',
  // Certificates
  'cert-file': 'text',
  'key-file': 'text',
  'trust-cert': 'text',
  'ocsp-response': 'bytes',
  'signed-cert-timestamps': 'bytes',
  'enable-ocsp-stapling': 'bool',
  'enable-signed-cert-timestamps': 'bool',
  'require-any-client-certificate': 'bool',
  'verify-peer': 'bool',
  'verify-fail': 'bool',
  'accepted-peer-cert-types': 'ints',
  'available-client-cert-types': 'ints',
  'expect-peer-certificate-type': 'int',
  'expect-peer-rpk-sha256': 'bytes',
  'use-client-ca-list': 'text',
  'must-match-issuer': 'bool',
  'use-ocsp-callback': 'bool',
  'set-ocsp-in-callback': 'bool',
  'decline-ocsp-callback': 'bool',
  'fail-ocsp-callback': 'bool',
  'delegated-credential': 'bytes',
  'max-cert-list': 'int',
  'install-cert-compression-algs': 'bool',
  'install-one-cert-compression-alg': 'int',
  // Pre-shared keys
  psk: 'text',
  'psk-identity': 'text',
  'psk-importer-key': 'bytes',
  'psk-importer-identity': 'bytes',
  'psk-importer-context': 'bytes',
  'psk-importer-sha256': 'bool',
  'psk-importer-sha384': 'bool',
  // Names and protocols
  'host-name': 'text',
  'advertise-alpn': 'text',
  'select-alpn': 'text',
  'decline-alpn': 'bool',
  'reject-alpn': 'bool',
  'select-empty-alpn': 'bool',
  // Tickets and time
  'no-ticket': 'bool',
  'cbc-record-splitting': 'bool',
  'fallback-scsv': 'bool',
  'ticket-key': 'bytes',
  'use-ticket-callback': 'bool',
  'use-ticket-aead-callback': 'bool',
  'renew-ticket': 'bool',
  'skip-ticket': 'bool',
  'resumption-delay': 'int',
  'enable-early-data': 'bool',
  'early-write-after-message': 'int',
  // What the shim does with the connection
  async: 'bool',
  'shim-writes-first': 'bool',
  'shim-initial-write': 'text',
  'repeat-shim-initial-write': 'int',
  'shim-shuts-down': 'bool',
  'check-close-notify': 'bool',
  'read-size': 'int',
  'peek-then-read': 'bool',
  'max-send-fragment': 'int',
  'read-with-unfinished-write': 'bool',
  'write-different-record-sizes': 'bool',
  'key-update': 'bool',
  'key-update-before-read': 'bool',
  'export-keying-material': 'int',
  'export-label': 'text',
  'export-context': 'text',
  'use-export-context': 'bool',
  'use-exporter-between-reads': 'bool',
  'export-traffic-secrets': 'bool',
  'tls-unique': 'bool',
  'fail-cert-callback': 'bool',
  'fail-early-callback': 'bool',
  'install-ddos-callback': 'bool',
  'fail-ddos-callback': 'bool',
  // What the shim has to find
  'expect-version': 'int',
  'expect-cipher': 'int',
  'expect-cipher-aes': 'int',
  'expect-cipher-no-aes': 'int',
  'expect-curve-id': 'int',
  'expect-peer-signature-algorithm': 'int',
  'expect-peer-verify-pref': 'ints',
  'expect-server-name': 'text',
  'expect-no-server-name': 'bool',
  'expect-alpn': 'text',
  'expect-advertised-alpn': 'text',
  'expect-session-miss': 'bool',
  'expect-session-id': 'bool',
  'expect-no-session-id': 'bool',
  'expect-no-session': 'bool',
  'expect-ticket-renewal': 'bool',
  'expect-ticket-supports-early-data': 'bool',
  'expect-accept-early-data': 'bool',
  'expect-reject-early-data': 'bool',
  'expect-no-offer-early-data': 'bool',
  'expect-early-data-reason': 'text',
  'expect-extended-master-secret': 'bool',
  'expect-secure-renegotiation': 'bool',
  'expect-ticket-age-skew': 'int',
  'expect-msg-callback': 'text',
  'expect-certificate-types': 'bytes',
  'expect-hrr': 'bool',
  'expect-no-hrr': 'bool',
  'expect-peer-cert-file': 'text',
  'expect-no-peer-cert': 'bool',
  'expect-ocsp-response': 'bytes',
  'expect-signed-cert-timestamps': 'bytes',
  'expect-client-ca-list': 'text',
  'expect-verify-result': 'bool',
  'expect-selected-credential': 'int',
  'expect-total-renegotiations': 'int',
  'handshake-never-done': 'bool',
  // Ways to call OpenSSL's API that castls' has no two of
  'implicit-handshake': 'bool',
  'no-op-extra-handshake': 'bool',
  'handshake-twice': 'bool',
  'use-early-callback': 'bool',
  'use-old-client-cert-callback': 'bool',
  'use-custom-verify-callback': 'bool',
  'partial-write': 'bool',
  'reverify-on-resume': 'bool',
  // Refusing to renegotiate is all that castls does
  'forbid-renegotiation-after-handshake': 'bool',
  // A HelloRequest is answered by a warning, and nothing else comes of it
  'renegotiate-ignore': 'bool',
} as const;

interface Kinds {
  bool: true;
  int: number;
  text: string;
  bytes: Uint8Array;
  ints: readonly number[];
}

type Name = keyof typeof table;
type Values = { readonly [N in Name]?: Kinds[(typeof table)[N]] };

/** Flags between one -new-...-credential and the next. */
const credentialFlags: readonly string[] = [
  'cert-file',
  'key-file',
  'signing-prefs',
  'ocsp-response',
  'signed-cert-timestamps',
  'must-match-issuer',
  'delegated-credential',
  'psk-importer-key',
  'psk-importer-identity',
  'psk-importer-context',
  'psk-importer-sha256',
  'psk-importer-sha384',
];

type CredentialKind = 'x509' | 'rpk' | 'psk' | 'delegated';

export interface CredentialFlags {
  readonly kind: CredentialKind;
  readonly values: Values;
}

/** The flags of one connection. */
export interface Flags extends Values {
  readonly credentials: readonly CredentialFlags[];
}

export class UnimplementedFlag extends Error {}

interface Scope {
  values: Record<string, unknown>;
  credentials: { kind: CredentialKind; values: Record<string, unknown> }[];
}

/** Flags of the first connection, of those that resume, and of one that begins anew after its early data was refused. */
export function readFlags(args: readonly string[]): { initial: Flags; resume: Flags; retry: Flags } {
  const scopes = { initial: emptyScope(), resume: emptyScope(), retry: emptyScope() };
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [scoped, name] = scopeOf(arg, scopes);
    const [, kindOfCredential] = /^new-(x509|rpk|psk|delegated)-credential$/.exec(name) ?? [];
    if (kindOfCredential !== undefined) {
      for (const scope of scoped) scope.credentials.push({ kind: kindOfCredential as CredentialKind, values: {} });
      continue;
    }
    if (!Object.hasOwn(table, name)) throw new UnimplementedFlag(arg);
    const kind = table[name as Name];
    const text = kind === 'bool' ? '' : rest.shift();
    if (text === undefined) throw new Error(`${arg} lacks its value`);
    for (const scope of scoped) set(scope, name, kind, text);
  }
  return { initial: flagsOf(scopes.initial), resume: flagsOf(scopes.resume), retry: flagsOf(scopes.retry) };
}

function emptyScope(): Scope {
  return { values: {}, credentials: [] };
}

function flagsOf({ values, credentials }: Scope): Flags {
  return { ...values, credentials } as Flags;
}

function scopeOf(arg: string, scopes: Record<'initial' | 'resume' | 'retry', Scope>): [Scope[], string] {
  const match = /^-on-(initial|resume|retry)-(.*)$/.exec(arg);
  if (match !== null) return [[scopes[match[1] as 'initial' | 'resume' | 'retry']], match[2]];
  // There is no second process to which a handshake could go, so -on-shim- is said of the only one.
  return [Object.values(scopes), arg.replace(/^-(on-shim-)?/, '')];
}

function set({ values, credentials }: Scope, name: string, kind: (typeof table)[Name], text: string): void {
  const target =
    credentialFlags.includes(name) && credentials.length > 0 ? credentials[credentials.length - 1].values : values;
  if (kind === 'ints') target[name] = [...((target[name] as number[]) ?? []), integer(name, text)];
  else if (kind === 'int') target[name] = integer(name, text);
  else if (kind === 'bytes') target[name] = new Uint8Array(Buffer.from(text, 'base64'));
  else target[name] = kind === 'bool' ? true : text;
}

function integer(name: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`-${name} is no number: ${text}`);
  return Number(text);
}
