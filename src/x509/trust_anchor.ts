// Trust anchors (RFC 5280 §6.1.1 (d), RFC 5914): a name, a key and constraints. Which ones to trust is an argument.

import { requireBytes } from '../base/arguments.ts';
import { TlsError } from '../base/errors.ts';
import { instant, integer, listOf, objectWith, readOptions, text } from '../base/options.ts';
import type { PublicKey } from '../crypto/signature.ts';
import { Certificate, decoding, parseCertificate } from './certificate.ts';
import type { NameConstraints } from './extensions.ts';
import { Name } from './name.ts';
import { parsePublicKey } from './public_key.ts';

/** What castls takes on trust. Made by `trustAnchor` or `trustAnchorOf`. */
export class TrustAnchor {
  readonly subject: Name;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /**
   * The certificate the anchor was made from; its own dates, name constraints, usages and policies then hold as well
   * (RFC 5937 §3).
   */
  readonly certificate: Certificate | undefined;
  /** Frozen copies of what was given. */
  readonly constraints: AnchorConstraints;
  #publicKey: PublicKey | undefined;

  constructor(subject: Name, spki: Uint8Array, certificate: Certificate | undefined, constraints: AnchorConstraints) {
    this.subject = subject;
    this.spki = spki;
    this.certificate = certificate;
    this.constraints = snapshot(constraints);
    Object.freeze(this);
  }

  /** @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_CERT_MALFORMED */
  get publicKey(): PublicKey {
    return (this.#publicKey ??= decoding('trust anchor key', () => parsePublicKey(this.spki)));
  }
}

/** What an anchor is good for, besides what its own certificate says. Holds for a leaf that is the anchor, too. */
export interface AnchorConstraints {
  readonly nameConstraints?: NameConstraints;
  /** Most non-self-issued intermediates below the anchor. */
  readonly pathLength?: number;
  /** Purposes the anchor may vouch for, as identifiers (see `purposes`). */
  readonly purposes?: readonly string[];
  /** Leaves issued later (notBefore; milliseconds or a Date) are not trusted: how root programs retire a root. */
  readonly distrustAfter?: number | Date;
}

/** A copy: what was said of an anchor does not change with the lists it was said in. */
function snapshot(constraints: AnchorConstraints): AnchorConstraints {
  const { nameConstraints: names, purposes } = constraints;
  return Object.freeze({
    ...constraints,
    ...(names && { nameConstraints: { permitted: [...names.permitted], excluded: [...names.excluded] } }),
    ...(purposes && { purposes: [...purposes] }),
  });
}

const constraintTable = {
  nameConstraints: objectWith<NameConstraints>('name constraints: { permitted, excluded }', 'permitted', 'excluded'),
  pathLength: integer(0, 0x7fffffff),
  purposes: listOf(text),
  distrustAfter: instant,
};

/** An anchor from a certificate (a `Certificate` or its DER). @throws ERR_CERT_MALFORMED, ERR_INVALID_ARGUMENT */
export function trustAnchor(certificate: Certificate | Uint8Array, constraints: AnchorConstraints = {}): TrustAnchor {
  const checked = readOptions('trustAnchor', constraintTable, constraints);
  if (!(certificate instanceof Certificate)) requireBytes(certificate, 'the certificate of a trust anchor');
  const parsed = certificate instanceof Certificate ? certificate : parseCertificate(certificate);
  return new TrustAnchor(parsed.subject, parsed.spki, parsed, checked);
}

/** An anchor from a DER Name and a DER SubjectPublicKeyInfo, which must not change afterwards. */
export function trustAnchorOf(subject: Uint8Array, spki: Uint8Array, constraints: AnchorConstraints = {}): TrustAnchor {
  const checked = readOptions('trustAnchorOf', constraintTable, constraints);
  requireBytes(subject, 'the subject of a trust anchor');
  requireBytes(spki, 'the key of a trust anchor');
  return new TrustAnchor(new Name(subject), spki, undefined, checked);
}

/** Anchors by the key of their subject. */
export type AnchorIndex = ReadonlyMap<string, readonly TrustAnchor[]>;

/** The index of each list of anchors, with what was in the list when it was made: the list is the caller's to change. */
const indexes = new WeakMap<readonly TrustAnchor[], { anchors: readonly TrustAnchor[]; index: AnchorIndex }>();

/** The index of a list as it is now. Building it takes some 50 ns for each anchor, seeing that it did not change 1 ns. */
export function anchorIndex(anchors: readonly TrustAnchor[]): AnchorIndex {
  const known = indexes.get(anchors);
  if (known !== undefined && sameMembers(known.anchors, anchors)) return known.index;
  const index = indexBySubject(anchors);
  indexes.set(anchors, { anchors: [...anchors], index });
  return index;
}

function sameMembers(a: readonly TrustAnchor[], b: readonly TrustAnchor[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Values by the key of their subject, in their order; one whose subject cannot be read is nobody's issuer. */
export function indexBySubject<T extends { readonly subject: Name }>(values: readonly T[]): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const value of values) {
    const key = nameKey(value.subject);
    if (key === undefined) continue;
    const same = index.get(key);
    if (same === undefined) index.set(key, [value]);
    else same.push(value);
  }
  return index;
}

/** The key of a name, or undefined for one that does not decode. */
export function nameKey(name: Name): string | undefined {
  try {
    return name.key;
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}
