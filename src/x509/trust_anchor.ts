// Trust anchors (RFC 5280 §6.1.1 (d), RFC 5914): a name, a key and constraints. Which ones to trust is an argument.

import type { PublicKey } from '../crypto/signature.ts';
import { type Certificate, decoding, parseCertificate } from './certificate.ts';
import type { NameConstraints } from './extensions.ts';
import { Name } from './name.ts';
import { parsePublicKey } from './public_key.ts';

/** What castls takes on trust. Made by `trustAnchor` or `trustAnchorOf`. */
export class TrustAnchor {
  readonly subject: Name;
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** The certificate the anchor was made from; its own dates, constraints and usages then hold as well (RFC 5937 §3). */
  readonly certificate: Certificate | undefined;
  readonly constraints: AnchorConstraints;
  #publicKey: PublicKey | undefined;

  constructor(subject: Name, spki: Uint8Array, certificate: Certificate | undefined, constraints: AnchorConstraints) {
    this.subject = subject;
    this.spki = spki;
    this.certificate = certificate;
    this.constraints = constraints;
    Object.freeze(this);
  }

  /** @throws ERR_INVALID_PUBLIC_KEY, ERR_UNSUPPORTED_ALGORITHM, ERR_CERT_MALFORMED */
  get publicKey(): PublicKey {
    return (this.#publicKey ??= decoding('trust anchor key', () => parsePublicKey(this.spki)));
  }
}

/** What an anchor is good for, besides what its own certificate says. */
export interface AnchorConstraints {
  readonly nameConstraints?: NameConstraints;
  /** Most non-self-issued intermediates below the anchor. */
  readonly pathLength?: number;
  /** Purposes the anchor may vouch for, as identifiers (see `purposes`). */
  readonly purposes?: readonly string[];
  /** Leaves issued later (notBefore, milliseconds) are not trusted: how root programs retire a root. */
  readonly distrustAfter?: number;
}

/** An anchor from a certificate (a `Certificate` or its DER). @throws ERR_CERT_MALFORMED */
export function trustAnchor(certificate: Certificate | Uint8Array, constraints: AnchorConstraints = {}): TrustAnchor {
  const parsed = certificate instanceof Uint8Array ? parseCertificate(certificate) : certificate;
  return new TrustAnchor(parsed.subject, parsed.spki, parsed, constraints);
}

/** An anchor from a DER Name and a DER SubjectPublicKeyInfo, which must not change afterwards. */
export function trustAnchorOf(subject: Uint8Array, spki: Uint8Array, constraints: AnchorConstraints = {}): TrustAnchor {
  return new TrustAnchor(new Name(subject), spki, undefined, constraints);
}

/** Lists up to this length are searched from end to end; longer ones get an index, built once for each list. */
const SHORT_LIST = 8;

const indexes = new WeakMap<readonly TrustAnchor[], ReadonlyMap<string, readonly TrustAnchor[]>>();

/** The anchors of this name. */
export function anchorsNamed(anchors: readonly TrustAnchor[], name: Name): readonly TrustAnchor[] {
  if (anchors.length <= SHORT_LIST) return anchors.filter(({ subject }) => subject.equals(name));
  let index = indexes.get(anchors);
  if (index === undefined) indexes.set(anchors, (index = indexBySubject(anchors)));
  return index.get(name.key) ?? [];
}

/** Values by the key of their subject, in their order. */
export function indexBySubject<T extends { readonly subject: Name }>(values: readonly T[]): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const value of values) {
    const { key } = value.subject;
    const same = index.get(key);
    if (same === undefined) index.set(key, [value]);
    else same.push(value);
  }
  return index;
}
