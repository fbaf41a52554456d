// Certificate revocation lists (RFC 5280 §5) as values over their DER. Entries are checked once and then searched where
// they stand: a list of a million entries makes no million objects. What a list says of a path stands in crl_status.ts.

import { contextTag, DerReader, malformed, tags } from '../asn1/der.ts';
import type { Leniency } from '../asn1/leniencies.ts';
import { readGeneralizedTime, readTime } from '../asn1/time.ts';
import { TlsError } from '../base/errors.ts';
import type { SignatureParameters } from '../crypto/signature.ts';
import { type AlgorithmIdentifier, readAlgorithm, signatureParametersOf } from './algorithm.ts';
import { decoding } from './certificate.ts';
import { CrlIndex } from './crl_index.ts';
import { type DistributionPointName, readDistributionPointName } from './distribution_point.ts';
import {
  type AuthorityKeyIdentifier,
  type Extension,
  extensionOids as ids,
  readAuthorityKeyIdentifier,
  readExtensions,
} from './extensions.ts';
import { readGeneralNames } from './general_name.ts';
import { equalBytes, Name } from './name.ts';

/** RFC 5280 §5.3.1. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

/** IssuingDistributionPoint (RFC 5280 §5.2.5). */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | undefined;
  readonly onlyUserCertificates: boolean;
  readonly onlyAuthorityCertificates: boolean;
  /** ReasonFlags as bits; undefined for all. */
  readonly onlySomeReasons: number | undefined;
  readonly indirect: boolean;
  readonly onlyAttributeCertificates: boolean;
}

/** An entry of a list. */
export interface RevokedEntry {
  /** Milliseconds since the epoch. */
  readonly revocationDate: number;
  /** See `revocationReasons`; unspecified if the entry has none. */
  readonly reason: number;
}

/** An entry with the certificate that it speaks of. */
export interface ListedCertificate extends RevokedEntry {
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly issuer: Name;
}

/** Extensions of a list that castls processes. */
const knownExtensions: ReadonlySet<string> = new Set([
  ids.authorityKeyIdentifier,
  ids.issuerAltName,
  ids.crlNumber,
  ids.deltaCrlIndicator,
  ids.issuingDistributionPoint,
  ids.freshestCrl,
  ids.authorityInfoAccess,
]);
const knownEntryExtensions: ReadonlySet<string> = new Set([ids.reasonCode, ids.invalidityDate, ids.certificateIssuer]);

/**
 * Reads one DER CRL. @param der copied
 * @throws ERR_CERT_MALFORMED naming the offset
 */
export function parseCrl(der: Uint8Array): Crl {
  return decoding('CRL', () => new Crl(new Uint8Array(der)));
}

/** A CRL. Byte strings it gives are views of its own copy: read them only. */
export class Crl {
  readonly der: Uint8Array;
  /** TBSCertList, header included: what the issuer signed. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2;
  readonly issuer: Name;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** Number of entries. */
  readonly size: number;
  /** Content of the CRLNumber INTEGER, without leading zeros. */
  readonly crlNumber: Uint8Array | undefined;
  /** BaseCRLNumber of a delta CRL (§5.2.4). */
  readonly baseCrlNumber: Uint8Array | undefined;
  readonly issuingDistributionPoint: IssuingDistributionPoint | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  /** Why the list must not be used for anything (§5.2, §5.3), though it can be shown, or undefined. */
  readonly unusable: string | undefined;
  readonly #deviations = new Set<Leniency>();
  readonly #entriesStart: number;
  readonly #entriesEnd: number;
  #index: CrlIndex | undefined;
  /** Of an indirect list: the issuers that entries name, by the offset of the entry. */
  readonly #issuers = new Map<number, Name | undefined>();

  /** For `parseCrl`. */
  constructor(bytes: Uint8Array) {
    this.der = bytes;
    const der = this.#reader(0, bytes.length);
    der.enter(tags.SEQUENCE);
    const tbsStart = der.at;
    const listEnd = der.enter(tags.SEQUENCE);
    this.version = der.peek() === tags.INTEGER ? readVersion(der) : 1;
    const innerAlgorithm = der.element(tags.SEQUENCE);
    this.issuer = new Name(der.element(tags.SEQUENCE), this.#deviations);
    this.thisUpdate = readTime(der);
    const next = der.peek();
    this.nextUpdate = next === tags.UTC_TIME || next === tags.GENERALIZED_TIME ? readTime(der) : undefined;

    let unusable: string | undefined;
    let size = 0;
    this.#entriesStart = this.#entriesEnd = der.at;
    if (der.peek() === tags.SEQUENCE) {
      const outer = der.enter(tags.SEQUENCE);
      this.#entriesStart = der.at;
      this.#entriesEnd = der.end;
      // RFC 5280 §5.1.2.6: absent if there are none.
      if (der.done) der.deviate('empty-list', der.at, 'an empty list of entries');
      for (; !der.done; size++) unusable = checkEntry(der, this.version) ?? unusable;
      der.leave(outer);
    }
    this.size = size;

    this.extensions = new Map();
    if (!der.done) {
      if (this.version === 1) malformed(der.at, 'extensions in a version 1 CRL (RFC 5280 §5.1.2.7)');
      const outer = der.enter(contextTag(0, true));
      this.extensions = readExtensions(der, (_, __, why) => {
        unusable = why;
      });
      der.leave(outer);
    }
    der.leave(listEnd);
    this.tbs = bytes.subarray(tbsStart, der.at);

    const algorithmStart = der.at;
    this.signatureAlgorithm = readAlgorithm(der);
    if (!equalBytes(innerAlgorithm, bytes.subarray(algorithmStart, der.at))) {
      malformed(algorithmStart, 'signatureAlgorithm differs from the signature field of the TBSCertList (§5.1.1.2)');
    }
    const bits = der.content(tags.BIT_STRING);
    if (bits.length === 0) malformed(der.at, 'an empty BIT STRING');
    if (bits[0] !== 0) unusable = 'its signature is not whole octets';
    this.signature = bits.subarray(1);
    der.finish();
    if (der.at !== bytes.length) malformed(der.at, 'bytes after the CRL');

    const scope = this.#extension(ids.issuingDistributionPoint, readIssuingDistributionPoint);
    const base = this.#extension(ids.deltaCrlIndicator, reader => reader.unsigned());
    this.issuingDistributionPoint = scope.value;
    this.baseCrlNumber = base.value;
    // What only puts lists in order may be odd.
    this.crlNumber = this.#extension(ids.crlNumber, reader => reader.unsigned(), 'odd-crl-extension').value;
    const authority = this.#extension(ids.authorityKeyIdentifier, readAuthorityKeyIdentifier, 'odd-crl-extension');
    this.authorityKeyIdentifier = authority.value;
    this.unusable = unusable ?? scope.failure ?? base.failure ?? criticalityFault(this.extensions);
  }

  get signatureParameters(): SignatureParameters | undefined {
    return decoding('signature algorithm', () =>
      signatureParametersOf(this.signatureAlgorithm, leniency => this.#deviations.add(leniency)),
    );
  }

  /** Leniencies that reading needed, by the names in docs/x509.md. */
  get deviations(): readonly Leniency[] {
    return [...this.#deviations];
  }

  #reader(start: number, end: number): DerReader {
    return new DerReader(this.der, start, end, this.#deviations);
  }

  /**
   * The entry for a certificate, or undefined. In an indirect list an entry may belong to another issuer (§5.3.3). The first
   * call makes an index; each takes time that does not depend on the length of the list.
   * @param serialNumber content octets of the certificate's INTEGER
   */
  find(serialNumber: Uint8Array, issuer: Name): RevokedEntry | undefined {
    this.#index ??= new CrlIndex(this.der, this.#entriesStart, this.#entriesEnd, this.size, this.#readIssuer());
    let found: RevokedEntry | undefined;
    for (const { at, issuerAt } of this.#index.entries(serialNumber)) {
      // An issuer that cannot be read may be this one: no odd entry makes a revoked certificate good.
      const entryIssuer = issuerAt === undefined ? this.issuer : this.#issuers.get(issuerAt);
      if (entryIssuer !== undefined && !entryIssuer.equals(issuer)) continue;
      const entry = this.#entryAt(at);
      // Should one list have several, none but a revocation decides.
      if (found === undefined || found.reason === revocationReasons.removeFromCRL) found = entry;
    }
    return found;
  }

  #entryAt(at: number): RevokedEntry {
    const der = this.#reader(at, this.#entriesEnd);
    der.enter(tags.SEQUENCE);
    der.skip(tags.INTEGER);
    const revocationDate = readTime(der);
    return { revocationDate, reason: reasonOf(der, readEntryExtensions(der)) };
  }

  /** For an indirect list: says whether the entry whose rest `der` is at names an issuer, for itself and those after it. */
  #readIssuer(): ((der: DerReader, at: number) => boolean) | undefined {
    if (this.issuingDistributionPoint?.indirect !== true) return undefined;
    return (der, at) => {
      const lenient = this.#reader(der.at, der.end);
      readTime(lenient);
      const issuer = certificateIssuer(lenient, readEntryExtensions(lenient));
      if (issuer !== undefined) this.#issuers.set(at, issuer === 'unreadable' ? undefined : issuer);
      return issuer !== undefined;
    };
  }

  /** All entries in their order. */
  *entries(): Generator<ListedCertificate, void, undefined> {
    const der = this.#reader(this.#entriesStart, this.#entriesEnd);
    let issuer = this.issuer;
    while (!der.done) {
      const outer = der.enter(tags.SEQUENCE);
      const serialNumber = der.integer();
      const revocationDate = readTime(der);
      const extensions = readEntryExtensions(der);
      der.leave(outer);
      const named = certificateIssuer(der, extensions);
      if (named !== undefined && named !== 'unreadable') issuer = named;
      yield { serialNumber, issuer, revocationDate, reason: reasonOf(der, extensions) };
    }
  }

  /** @param leniency under which the extension counts as absent if it is odd; without one the list cannot be used then */
  #extension<T>(oid: string, read: (der: DerReader) => T, leniency?: Leniency): { value?: T; failure?: string } {
    const extension = this.extensions.get(oid);
    if (extension === undefined) return {};
    const der = this.#reader(0, 0).over(extension.value);
    try {
      const value = read(der);
      der.finish();
      return { value };
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      if (leniency !== undefined) der.deviate(leniency, der.at, error.message);
      return { failure: `its extension ${oid} cannot be read: ${error.message}` };
    }
  }
}

function readVersion(der: DerReader): 2 {
  // RFC 5280 §5.1.2.1: absent for version 1, the INTEGER 1 for version 2.
  if (der.small(1) !== 1) malformed(der.at, 'a CRL version that is encoded and not v2');
  return 2;
}

/** Checks the structure of an entry; returns why it makes the whole list unusable (§5.3), if it does. */
function checkEntry(der: DerReader, version: number): string | undefined {
  let unusable: string | undefined;
  const outer = der.enter(tags.SEQUENCE);
  der.integer();
  readTime(der);
  if (!der.done) {
    if (version === 1) der.deviate('later-fields', der.at, 'entry extensions in a version 1 CRL (RFC 5280 §5.3)');
    const extensions = readEntryExtensions(der);
    reasonOf(der, extensions);
    certificateIssuer(der, extensions);
    oddly(der, extensions.get(ids.invalidityDate), reader => readGeneralizedTime(reader));
    for (const { oid, critical } of extensions.values()) {
      if (critical && !knownEntryExtensions.has(oid)) unusable = `an entry has the unknown critical extension ${oid}`;
    }
  }
  der.leave(outer);
  return unusable;
}

const none: ReadonlyMap<string, Extension> = new Map();

/** Extensions of an entry, if it has any; of one that stands twice it is not known what it says, so it says nothing. */
function readEntryExtensions(der: DerReader): ReadonlyMap<string, Extension> {
  if (der.done) return none;
  const repeated = new Set<string>();
  const found = readExtensions(der, (oid, at, why) => {
    der.deviate('odd-crl-entry', at, why);
    repeated.add(oid);
  });
  for (const oid of repeated) found.set(oid, { ...found.get(oid)!, value: unreadable });
  return found;
}

/** No DER at all. */
const unreadable = new Uint8Array(0);

/** Reads an extension of an entry; undefined, and noted, for one that cannot be read. */
function oddly<T>(der: DerReader, extension: Extension | undefined, read: (der: DerReader) => T): T | undefined {
  if (extension === undefined) return undefined;
  try {
    const reader = der.over(extension.value);
    const value = read(reader);
    reader.finish();
    return value;
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    der.deviate('odd-crl-entry', der.at, error.message);
    return undefined;
  }
}

/** Unspecified if there is none, or none that can be read: the entry is a revocation all the same. */
function reasonOf(der: DerReader, extensions: ReadonlyMap<string, Extension>): number {
  const reason = oddly(der, extensions.get(ids.reasonCode), reader => reader.small(0x7fffffff, tags.ENUMERATED));
  if (reason !== undefined && reason > revocationReasons.aACompromise) {
    der.deviate('odd-crl-entry', der.at, `the reason ${reason}`);
  }
  return reason ?? revocationReasons.unspecified;
}

function certificateIssuer(
  der: DerReader,
  extensions: ReadonlyMap<string, Extension>,
): Name | 'unreadable' | undefined {
  const extension = extensions.get(ids.certificateIssuer);
  if (extension === undefined) return undefined;
  const names = oddly(der, extension, reader => readGeneralNames(reader));
  for (const name of names ?? []) if (name.type === 'directory') return name.name;
  der.deviate('odd-crl-entry', der.at, 'a certificate issuer without a directory name (RFC 5280 §5.3.3)');
  return 'unreadable';
}

/** §5.2: unknown critical extensions; CRLNumber MUST NOT be critical (§5.2.3), the delta indicator and scope MUST be. */
function criticalityFault(extensions: ReadonlyMap<string, Extension>): string | undefined {
  for (const { oid, critical } of extensions.values()) {
    if (critical && !knownExtensions.has(oid)) return `it has the unknown critical extension ${oid}`;
  }
  if (extensions.get(ids.crlNumber)?.critical === true) return 'its CRL number is critical (RFC 5280 §5.2.3)';
  if (extensions.get(ids.deltaCrlIndicator)?.critical === false)
    return 'its delta CRL indicator is not critical (§5.2.4)';
  return undefined;
}

/** RFC 5280 §5.2.5. @throws ERR_MALFORMED_DER */
export function readIssuingDistributionPoint(der: DerReader): IssuingDistributionPoint {
  const outer = der.enter(tags.SEQUENCE);
  const name = readDistributionPointName(der);
  const onlyUserCertificates = der.defaultFalse(contextTag(1, false));
  const onlyAuthorityCertificates = der.defaultFalse(contextTag(2, false));
  const onlySomeReasons = der.peek() === contextTag(3, false) ? der.namedBits(contextTag(3, false)) : undefined;
  const indirect = der.defaultFalse(contextTag(4, false));
  const onlyAttributeCertificates = der.defaultFalse(contextTag(5, false));
  der.leave(outer);
  if ([onlyUserCertificates, onlyAuthorityCertificates, onlyAttributeCertificates].filter(Boolean).length > 1) {
    malformed(der.at, 'a CRL for two kinds of certificates only (RFC 5280 §5.2.5)');
  }
  return {
    name,
    onlyUserCertificates,
    onlyAuthorityCertificates,
    onlySomeReasons,
    indirect,
    onlyAttributeCertificates,
  };
}
