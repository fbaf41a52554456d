// Name constraints (RFC 5280 §4.2.1.10): does every name of a certificate lie in the permitted and none in the excluded
// subtrees? What cannot be decided is refused. Names and subtrees are read once, whatever they are compared with.

import { DerReader, tags } from '../asn1/der.ts';
import { readString } from '../asn1/strings.ts';
import { TlsError } from '../base/errors.ts';
import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import type { NameConstraints } from './extensions.ts';
import { type GeneralName, generalNameText } from './general_name.ts';
import { splitMailbox, uriHost } from './mailbox.ts';
import { isDnsName, lowerAscii } from './server_identity.ts';
import { type ConstrainedForm, Subtrees } from './subtrees.ts';

const RULE = 'RFC 5280 §4.2.1.10';
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';
const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';

/** A name of a certificate that constraints apply to. */
export class ConstrainedName {
  /** The kind of constraints that bind it; what it is itself is `name.type`. */
  readonly kind: GeneralName['type'];
  readonly name: GeneralName;
  #form: ConstrainedForm | null | undefined;

  constructor(name: GeneralName, kind: GeneralName['type'] = name.type) {
    this.name = name;
    this.kind = kind;
  }

  /** Null if it is malformed or its kind has no rule. */
  get form(): ConstrainedForm | null {
    return (this.#form ??= formOf(this.name, this.kind) ?? null);
  }
}

function formOf(name: GeneralName, kind: GeneralName['type']): ConstrainedForm | undefined {
  switch (name.type) {
    case 'dns': {
      const host = lowerAscii(name.value);
      return isDnsName(host, { wildcard: true, underscores: true }) ? { kind: 'dns', host } : undefined;
    }
    case 'uri': {
      const host = uriHost(name.value);
      return host === undefined ? undefined : { kind: 'uri', host };
    }
    case 'email':
      return emailForm(name.value, false);
    case 'other':
      return kind === 'email' ? emailForm(utf8Mailbox(name.value), true) : undefined;
    case 'ip':
      return name.value.length === 4 || name.value.length === 16 ? { kind: 'ip', address: name.value } : undefined;
    case 'directory':
      // A name with octets that are no text equals itself only: it cannot be said to lie outside of a subtree.
      return name.name.readable ? { kind: 'directory', name: name.name } : undefined;
    default:
      return undefined;
  }
}

function emailForm(mailbox: string | undefined, internationalized: boolean): ConstrainedForm | undefined {
  const parts = mailbox === undefined ? undefined : splitMailbox(mailbox, internationalized);
  return parts === undefined ? undefined : { kind: 'email', ...parts };
}

/** RFC 9598 §3: a UTF8String. */
function utf8Mailbox(value: Uint8Array): string | undefined {
  if (value[0] !== tags.UTF8_STRING) return undefined;
  try {
    return readString(new DerReader(value));
  } catch (error) {
    if (error instanceof TlsError) return undefined;
    throw error;
  }
}

/** The names of a certificate that constraints apply to. */
export function constrainedNames(certificate: Certificate): ConstrainedName[] {
  const names: ConstrainedName[] = [];
  for (const name of certificate.subjectAltName ?? []) {
    names.push(new ConstrainedName(name));
    // RFC 9598 §6: constraints of rfc822Name bind internationalized mailboxes, too.
    if (name.type === 'other' && name.oid === SMTP_UTF8_MAILBOX) names.push(new ConstrainedName(name, 'email'));
  }
  const { subject } = certificate;
  if (!subject.empty) {
    names.push(new ConstrainedName({ type: 'directory', name: subject }));
    // "...if the certificate does not include a subject alternative name" of that kind, addresses stand in the subject.
    if (!names.some(({ name }) => name.type === 'email')) {
      for (const rdn of subject.rdns) {
        for (const { type, value } of rdn) {
          // An address that is no text satisfies no constraint.
          if (type === EMAIL_ADDRESS) names.push(new ConstrainedName({ type: 'email', value: value ?? '' }));
        }
      }
    }
  }
  return names;
}

interface CompiledConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

/** Those of anchors live as long as they do; those of a peer's certificates go with them. */
const compiled = new WeakMap<NameConstraints, CompiledConstraints>();

function compile(constraints: NameConstraints): CompiledConstraints {
  let known = compiled.get(constraints);
  if (known === undefined) {
    known = { permitted: new Subtrees(constraints.permitted), excluded: new Subtrees(constraints.excluded) };
    compiled.set(constraints, known);
  }
  return known;
}

/**
 * Null if `names` satisfy `constraints`. Linear in the length of both.
 * @throws ERR_MALFORMED_DER for a directory name that does not decode
 */
export function nameConstraintFault(names: readonly ConstrainedName[], constraints: NameConstraints): Fault | null {
  const { permitted, excluded } = compile(constraints);
  for (const name of names) {
    const { kind } = name;
    for (const subtrees of [permitted, excluded]) {
      if (!subtrees.constrains(kind)) continue;
      const odd = subtrees.odd(kind) ?? (name.form === null ? subtrees.any(kind) : undefined);
      if (odd !== undefined) return undecidable(name, odd);
      const base = subtrees.find(name.form!);
      if (subtrees === permitted) {
        if (base !== undefined) continue;
        return violation(`${generalNameText(name.name)} lies in no subtree that the issuer's name constraints permit`);
      }
      const hit = base ?? excluded.findWildcard(name.form!);
      if (hit === undefined) continue;
      const which = generalNameText(hit);
      return violation(`${generalNameText(name.name)} is excluded by the issuer's constraint ${which}`);
    }
  }
  return null;
}

function violation(problem: string): Fault {
  return fault('ERR_CERT_CONSTRAINT', problem, RULE, 'Issue the certificate from a CA that may use these names.');
}

function undecidable({ name }: ConstrainedName, base: GeneralName): Fault {
  return fault(
    'ERR_CERT_CONSTRAINT',
    `${generalNameText(name)} cannot be compared with the name constraint ${generalNameText(base)}`,
    RULE,
    'One of them is malformed or of a kind castls cannot compare; have the certificate or its issuer corrected.',
  );
}
