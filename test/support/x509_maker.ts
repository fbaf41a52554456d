// Makes certificates, CRLs, OCSP responses and timestamps for tests, with every field in the test's hand.

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import * as d from './der.ts';
import { generateKeyPairSync } from './key_pairs.ts';

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly hash: string | null;
}

const algorithms = {
  p256: { hash: 'sha256', der: d.seq(d.oid('1.2.840.10045.4.3.2')) },
  p384: { hash: 'sha384', der: d.seq(d.oid('1.2.840.10045.4.3.3')) },
  rsa: { hash: 'sha256', der: d.seq(d.oid('1.2.840.113549.1.1.11'), d.nil) },
  rsa1024: { hash: 'sha256', der: d.seq(d.oid('1.2.840.113549.1.1.11'), d.nil) },
  ed25519: { hash: null, der: d.seq(d.oid('1.3.101.112')) },
} as const;

const cache = new Map<string, TestKey>();

/** A key pair; the same name gives the same key within a process. */
export function testKey(kind: keyof typeof algorithms, name = ''): TestKey {
  const id = `${kind} ${name}`;
  let key = cache.get(id);
  if (key === undefined) {
    const pair =
      kind === 'ed25519'
        ? fixedEd25519(id)
        : kind === 'rsa' || kind === 'rsa1024'
          ? generateKeyPairSync('rsa', { modulusLength: kind === 'rsa' ? 2048 : 1024 })
          : generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'P-256' : 'P-384' });
    const spki = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }));
    key = { privateKey: pair.privateKey, spki, algorithm: algorithms[kind].der, hash: algorithms[kind].hash };
    cache.set(id, key);
  }
  return key;
}

/** Ed25519 keys come from their name and sign without randomness: what is made with them is the same in every process. */
function fixedEd25519(name: string): { privateKey: KeyObject; publicKey: KeyObject } {
  const seed = createHash('sha256').update(name).digest();
  const pkcs8 = d.seq(d.int(0), d.seq(d.oid('1.3.101.112')), d.octets(d.octets(new Uint8Array(seed))));
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** A Name of one commonName; the empty text gives the empty Name. */
export function commonName(text: string): Uint8Array {
  return text === '' ? d.seq() : d.seq(d.set(d.seq(d.oid('2.5.4.3'), d.utf8String(text))));
}

export interface CertificateFields {
  readonly subject: string | Uint8Array;
  readonly issuer: string | Uint8Array;
  readonly key: TestKey;
  readonly signer: TestKey;
  readonly serial?: bigint | number;
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** What `extension` and its friends give; undefined leaves the field out. */
  readonly extensions?: readonly Uint8Array[];
  /** 0-based; absent for v3 with extensions and v1 without. */
  readonly version?: number;
  readonly algorithm?: Uint8Array;
  readonly hash?: string;
  /** Turns the signature into a wrong one. */
  readonly forged?: boolean;
}

/** When all test certificates are valid unless a test says otherwise, and a moment in it. */
export const NOT_BEFORE = Date.UTC(2024, 0, 1);
export const NOT_AFTER = Date.UTC(2034, 0, 1);
export const NOW = Date.UTC(2026, 5, 1);

let nextSerial = 1000;
const nameOf = (name: string | Uint8Array) => (typeof name === 'string' ? commonName(name) : name);

export function makeCertificate(fields: CertificateFields): Uint8Array {
  const { signer, extensions } = fields;
  const algorithm = fields.algorithm ?? signer.algorithm;
  const version = fields.version ?? (extensions === undefined ? 0 : 2);
  const tbs = d.seq(
    ...(version === 0 ? [] : [d.tagged(0, d.int(version))]),
    d.int(fields.serial ?? nextSerial++),
    algorithm,
    nameOf(fields.issuer),
    d.seq(d.time(fields.notBefore ?? NOT_BEFORE), d.time(fields.notAfter ?? NOT_AFTER)),
    nameOf(fields.subject),
    fields.key.spki,
    ...(extensions === undefined ? [] : [d.tagged(3, d.seq(...extensions))]),
  );
  return signed(tbs, signer, algorithm, fields.hash ?? signer.hash, fields.forged);
}

/** SEQUENCE { tbs, algorithm, signature }. */
export function signed(
  tbs: Uint8Array,
  signer: TestKey,
  algorithm: Uint8Array = signer.algorithm,
  hash: string | null = signer.hash,
  forged = false,
): Uint8Array {
  return d.seq(tbs, algorithm, d.bits(signature(tbs, signer, hash, forged)));
}

export function signature(
  message: Uint8Array,
  signer: TestKey,
  hash: string | null = signer.hash,
  forged = false,
): Uint8Array {
  const wrong = forged ? d.join(message, Uint8Array.of(0)) : message;
  return new Uint8Array(sign(hash, wrong, signer.privateKey));
}

export function extension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return d.seq(d.oid(oid), ...(critical ? [d.bool(true)] : []), d.octets(value));
}

export const basicConstraints = (ca: boolean, pathLength?: number): Uint8Array =>
  extension(
    '2.5.29.19',
    d.seq(...(ca ? [d.bool(true)] : []), ...(pathLength === undefined ? [] : [d.int(pathLength)])),
    true,
  );

/** @param usages bit numbers, ascending */
export function keyUsage(...usages: readonly number[]): Uint8Array {
  const last = usages[usages.length - 1];
  const bytes = new Uint8Array((last >> 3) + 1);
  for (const bit of usages) bytes[bit >> 3] |= 0x80 >> (bit & 7);
  return extension('2.5.29.15', d.bits(bytes, 7 - (last & 7)), true);
}

export const extendedKeyUsage = (...oids: readonly string[]): Uint8Array =>
  extension('2.5.29.37', d.seq(...oids.map(d.oid)));

export const dns = (name: string): Uint8Array => d.primitive(2, d.ascii(name));
export const ip = (...bytes: readonly number[]): Uint8Array => d.primitive(7, Uint8Array.from(bytes));
export const email = (name: string): Uint8Array => d.primitive(1, d.ascii(name));
export const uri = (name: string): Uint8Array => d.primitive(6, d.ascii(name));
export const directory = (name: Uint8Array): Uint8Array => d.tagged(4, name);
export const altName = (...names: readonly Uint8Array[]): Uint8Array => extension('2.5.29.17', d.seq(...names));

export function nameConstraints(permitted: readonly Uint8Array[], excluded: readonly Uint8Array[] = []): Uint8Array {
  const subtrees = (number: number, names: readonly Uint8Array[]) =>
    names.length === 0 ? [] : [d.tagged(number, ...names.map(name => d.seq(name)))];
  return extension('2.5.29.30', d.seq(...subtrees(0, permitted), ...subtrees(1, excluded)), true);
}

/** Extensions of an ordinary CA. */
export const caExtensions = (pathLength?: number, ...more: readonly Uint8Array[]): Uint8Array[] => [
  basicConstraints(true, pathLength),
  keyUsage(5, 6),
  ...more,
];

export interface Authority {
  readonly name: string;
  readonly key: TestKey;
  readonly der: Uint8Array;
}

/** A self-signed CA. */
export function makeRoot(name: string, fields: Partial<CertificateFields> = {}): Authority {
  const key = fields.key ?? testKey('p256', name);
  const der = makeCertificate({ subject: name, issuer: name, key, signer: key, extensions: caExtensions(), ...fields });
  return { name, key, der };
}

/** A CA below `issuer`. */
export function makeIntermediate(name: string, issuer: Authority, fields: Partial<CertificateFields> = {}): Authority {
  const key = fields.key ?? testKey('p256', name);
  const base = { subject: name, issuer: issuer.name, key, signer: issuer.key, extensions: caExtensions() };
  return { name, key, der: makeCertificate({ ...base, ...fields }) };
}

/** A server certificate for `host`. */
export function makeLeaf(host: string, issuer: Authority, fields: Partial<CertificateFields> = {}): Uint8Array {
  const key = fields.key ?? testKey('p256', 'leaf');
  const base = { subject: host, issuer: issuer.name, key, signer: issuer.key, extensions: [altName(dns(host))] };
  return makeCertificate({ ...base, ...fields });
}

export interface CrlFields {
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  /** Entries as `crlEntry` gives them. */
  readonly entries?: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
  readonly forged?: boolean;
}

export const crlNumber = (number: number, critical = false): Uint8Array =>
  extension('2.5.29.20', d.int(number), critical);

export function crlEntry(
  serial: bigint | number,
  date = NOT_BEFORE,
  extensions: readonly Uint8Array[] = [],
): Uint8Array {
  return d.seq(d.int(serial), d.time(date), ...(extensions.length === 0 ? [] : [d.seq(...extensions)]));
}

export function makeCrl(issuer: Authority, fields: CrlFields = {}): Uint8Array {
  const next = fields.nextUpdate === undefined ? NOT_AFTER : fields.nextUpdate;
  const tbs = d.seq(
    d.int(1),
    issuer.key.algorithm,
    commonName(issuer.name),
    d.time(fields.thisUpdate ?? NOT_BEFORE),
    ...(next === null ? [] : [d.time(next)]),
    ...(fields.entries?.length ? [d.seq(...fields.entries)] : []),
    d.tagged(0, d.seq(...(fields.extensions ?? [crlNumber(1)]))),
  );
  return signed(tbs, issuer.key, issuer.key.algorithm, issuer.key.hash, fields.forged);
}

export interface OcspFields {
  readonly responder: TestKey;
  /** A Name, or the key's hash if absent. */
  readonly responderName?: string;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly certificates?: readonly Uint8Array[];
  readonly singleExtensions?: readonly Uint8Array[];
  readonly forged?: boolean;
  readonly hash?: 'sha1' | 'sha256';
  /** Further answers about the same certificate, behind the first. */
  readonly also?: readonly ('good' | 'revoked' | 'unknown')[];
}

const hashOids = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' };
const digest = (name: string, data: Uint8Array) => new Uint8Array(createHash(name).update(data).digest());

/** An OCSPResponse about the certificate with `serial` that `issuer` issued. */
export function makeOcsp(serial: bigint | number, issuer: Authority, fields: OcspFields): Uint8Array {
  const { responder, hash = 'sha1', status = 'good' } = fields;
  const keyBits = (key: TestKey) => {
    // The BIT STRING is the last element of an SPKI whose algorithm is short: cut it off by its known header.
    const spki = key.spki;
    const algorithmEnd = 2 + 2 + spki[3];
    const at = spki[1] < 0x80 ? algorithmEnd : spki[1] === 0x81 ? 3 + 2 + spki[4] : 4 + 2 + spki[5];
    const header = spki[at + 1] < 0x80 ? 2 : 2 + (spki[at + 1] & 0x7f);
    return spki.subarray(at + header + 1);
  };
  const id = d.seq(
    d.seq(d.oid(hashOids[hash]), d.nil),
    d.octets(digest(hash, commonName(issuer.name))),
    d.octets(digest(hash, keyBits(issuer.key))),
    d.int(serial),
  );
  const statuses = {
    good: d.primitive(0, new Uint8Array()),
    revoked: d.tagged(1, d.generalizedTime(NOT_BEFORE), d.tagged(0, d.int(1, 0x0a))),
    unknown: d.primitive(2, new Uint8Array()),
  };
  const next = fields.nextUpdate === undefined ? NOW + 86_400_000 : fields.nextUpdate;
  const singles = [status, ...(fields.also ?? [])].map(each =>
    d.seq(
      id,
      statuses[each],
      d.generalizedTime(fields.thisUpdate ?? NOW - 3_600_000),
      ...(next === null ? [] : [d.tagged(0, d.generalizedTime(next))]),
      ...(fields.singleExtensions === undefined ? [] : [d.tagged(1, d.seq(...fields.singleExtensions))]),
    ),
  );
  const responderId =
    fields.responderName === undefined
      ? d.tagged(2, d.octets(digest('sha1', keyBits(responder))))
      : d.tagged(1, commonName(fields.responderName));
  const tbs = d.seq(responderId, d.generalizedTime(NOW - 3_600_000), d.seq(...singles));
  const basic = d.seq(
    tbs,
    responder.algorithm,
    d.bits(signature(tbs, responder, responder.hash, fields.forged)),
    ...(fields.certificates === undefined ? [] : [d.tagged(0, d.seq(...fields.certificates))]),
  );
  return d.seq(d.int(0, 0x0a), d.tagged(0, d.seq(d.oid('1.3.6.1.5.5.7.48.1.1'), d.octets(basic))));
}
