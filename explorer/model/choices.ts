// What a user chooses for connections in the page, and its form in the address: only what differs from the defaults.

export type VersionChoice = '1.3' | '1.2' | '1.1' | '1.0' | 'ssl3.0';
export type CertificateChoice = 'p256' | 'p384' | 'rsa' | 'ed25519' | 'mldsa65';
export type FaultChoice = 'none' | 'name' | 'expired' | 'authority' | 'tampered' | 'downgrade' | 'replay';

export interface Choices {
  readonly version: VersionChoice;
  /** IANA name, or "default". */
  readonly suite: string;
  /** IANA name, or "default". */
  readonly group: string;
  readonly certificate: CertificateChoice;
  /** Whether the server asks for a certificate of the client, and whether that has one. */
  readonly clientCertificate: 'none' | 'shown' | 'missing';
  readonly resumption: 'full' | 'resumed' | 'early';
  /** The server wants another group than the client's key share is for. */
  readonly retry: boolean;
  readonly alpn: 'none' | 'agreed' | 'refused';
  readonly keyUpdate: boolean;
  /** Bytes that the server answers with. */
  readonly data: number;
  /** One way, in milliseconds, added to the times that were measured. */
  readonly latency: number;
  readonly fault: FaultChoice;
}

export const defaults: Choices = {
  version: '1.3',
  suite: 'default',
  group: 'default',
  certificate: 'p256',
  clientCertificate: 'none',
  resumption: 'full',
  retry: false,
  alpn: 'agreed',
  keyUpdate: false,
  data: 1200,
  latency: 20,
  fault: 'none',
};

export interface Option<T extends string = string> {
  readonly value: T;
  readonly label: string;
  /** Why it is not to be had with the other choices. */
  readonly unavailable?: string;
}

export const versions: readonly Option<VersionChoice>[] = [
  { value: '1.3', label: 'TLS 1.3' },
  { value: '1.2', label: 'TLS 1.2' },
  { value: '1.1', label: 'TLS 1.1' },
  { value: '1.0', label: 'TLS 1.0' },
  { value: 'ssl3.0', label: 'SSL 3.0' },
];

const suites13 = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
];
const suites12 = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_CBC_SHA256',
];
/** Ciphers of castls/legacy: suites follow from them and the certificate. */
const olderCiphers = ['AES in CBC mode', 'triple DES in CBC mode', 'RC4'];

const isOlder = ({ version }: Choices): boolean => version !== '1.3' && version !== '1.2';

export function suiteOptions(choices: Choices): Option[] {
  if (choices.version === '1.3') return [automatic, ...suites13.map(plain)];
  if (isOlder(choices)) return olderCiphers.map((label, i) => ({ value: i === 0 ? 'default' : label, label }));
  const rsa = choices.certificate === 'rsa';
  return [automatic, ...suites12.filter(name => /_RSA_WITH/.test(name) === rsa).map(plain)];
}

const automatic: Option = { value: 'default', label: 'what castls prefers' };
const plain = (value: string): Option => ({ value, label: value });

export function groupOptions(choices: Choices): Option[] {
  const names = ['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'x448'];
  const hybrids = ['X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024'];
  return [automatic, ...(choices.version === '1.3' ? hybrids : []).map(plain), ...names.map(plain)];
}

export function certificateOptions(choices: Choices): Option<CertificateChoice>[] {
  const old = isOlder(choices) ? 'signatures before TLS 1.2 are made with RSA here' : undefined;
  const not13 = choices.version === '1.3' ? undefined : 'ML-DSA is for TLS 1.3';
  return [
    { value: 'p256', label: 'ECDSA P-256', unavailable: old },
    { value: 'p384', label: 'ECDSA P-384', unavailable: old },
    { value: 'ed25519', label: 'Ed25519', unavailable: old },
    { value: 'rsa', label: 'RSA 2048' },
    { value: 'mldsa65', label: 'ML-DSA-65', unavailable: old ?? not13 },
  ];
}

export const faults: readonly Option<FaultChoice>[] = [
  { value: 'none', label: 'nothing goes wrong' },
  { value: 'name', label: 'certificate for another name' },
  { value: 'expired', label: 'expired certificate' },
  { value: 'authority', label: 'unknown CA' },
  { value: 'tampered', label: 'a record is changed on the way' },
  { value: 'downgrade', label: 'somebody takes TLS 1.3 out of the hello' },
  { value: 'replay', label: 'somebody sends a recording again' },
];

/** Choices that go together: what cannot be is replaced by what comes nearest. */
export function settled(choices: Choices): Choices {
  const older = isOlder(choices);
  const only13 = choices.version === '1.3';
  let next = choices;
  if (older && next.certificate !== 'rsa') next = { ...next, certificate: 'rsa' };
  if (!only13 && next.certificate === 'mldsa65') next = { ...next, certificate: 'p256' };
  if (!suiteOptions(next).some(({ value }) => value === next.suite)) next = { ...next, suite: 'default' };
  if (!groupOptions(next).some(({ value }) => value === next.group)) next = { ...next, group: 'default' };
  if (!only13 && next.resumption === 'early') next = { ...next, resumption: 'resumed' };
  if (!only13) next = { ...next, retry: false, keyUpdate: false };
  if (next.version === 'ssl3.0') next = { ...next, alpn: 'none' };
  // Whoever takes TLS 1.3 away needs a client and a server that speak it.
  if (next.fault === 'downgrade' && !only13) next = { ...next, fault: 'none' };
  if (next.fault !== 'none' && next.fault !== 'replay' && next.fault !== 'tampered')
    next = { ...next, resumption: 'full' };
  return next;
}

/** "version=1.2&fault=expired", with a prefix before each name. */
export function choicesToText(choices: Choices, prefix = ''): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(choices)) {
    if (value !== defaults[name as keyof Choices]) parts.set(prefix + name, `${value}`);
  }
  return parts.toString();
}

/** Choices out of an address; what makes no sense is left out. */
export function choicesFromText(parameters: URLSearchParams, prefix = ''): Choices {
  const text = (name: string) => parameters.get(prefix + name);
  const oneOf = <T extends string>(name: keyof Choices, allowed: readonly T[], fallback: T): T =>
    allowed.find(value => value === text(name)) ?? fallback;
  const number = (name: keyof Choices, most: number, fallback: number): number => {
    const value = Number(text(name) ?? Number.NaN);
    return Number.isInteger(value) && value >= 0 && value <= most ? value : fallback;
  };
  const values = <T extends string>(options: readonly Option<T>[]): T[] => options.map(({ value }) => value);
  return settled({
    version: oneOf('version', values(versions), defaults.version),
    suite: text('suite') ?? defaults.suite,
    group: text('group') ?? defaults.group,
    certificate: oneOf('certificate', values(certificateOptions(defaults)), defaults.certificate),
    clientCertificate: oneOf('clientCertificate', ['none', 'shown', 'missing'], defaults.clientCertificate),
    resumption: oneOf('resumption', ['full', 'resumed', 'early'], defaults.resumption),
    retry: text('retry') === 'true',
    alpn: oneOf('alpn', ['none', 'agreed', 'refused'], defaults.alpn),
    keyUpdate: text('keyUpdate') === 'true',
    data: number('data', 1_000_000, defaults.data),
    latency: number('latency', 1000, defaults.latency),
    fault: oneOf('fault', values(faults), defaults.fault),
  });
}
