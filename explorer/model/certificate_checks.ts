// The checks of a certificate chain one by one, each with its rule: what a person would look at, and the verdict of castls'
// own verifier, which is the one that counts.

import {
  type Certificate,
  CertificateError,
  parseCertificate,
  parseCertificates,
  publicKeyText,
  samePublicKey,
  verifyCertificateChain,
} from 'castls/x509';

export interface Check {
  readonly what: string;
  /** Null: it could not be looked at. */
  readonly passed: boolean | null;
  readonly why: string;
  readonly rule: string;
}

export interface CheckedCertificate {
  readonly role: 'end entity' | 'intermediate' | 'trust anchor';
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly key: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly serial: string;
  readonly fingerprint: string;
  readonly der: Uint8Array;
  readonly checks: readonly Check[];
}

export interface CheckedChain {
  readonly certificates: readonly CheckedCertificate[];
  readonly verdict: { readonly trusted: boolean; readonly text: string; readonly rule: string; readonly fix: string };
}

export interface ChainQuestion {
  /** DER, the end entity first. */
  readonly chain: readonly Uint8Array[];
  /** PEM; empty if it is not known whom to trust. */
  readonly trusted: string;
  /** Null for a client's chain. */
  readonly serverName: string | null;
  readonly time: number;
}

export async function checkChain(question: ChainQuestion): Promise<CheckedChain> {
  const sent = question.chain.flatMap(read);
  const anchors = question.trusted.trim() === '' ? [] : parseCertificates(question.trusted);
  const top = sent.at(-1);
  const anchor = anchors.find(each => top !== undefined && each.subject.equals(top.issuer));
  const path = anchor === undefined || sent.some(each => same(each, anchor)) ? sent : [...sent, anchor];
  return {
    certificates: path.map((certificate, index) => checked(certificate, index, path, anchors, question)),
    verdict: await verdictOf(question, anchors),
  };
}

function read(der: Uint8Array): Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch {
    return [];
  }
}

function checked(
  certificate: Certificate,
  index: number,
  path: readonly Certificate[],
  anchors: readonly Certificate[],
  { serverName, time }: ChainQuestion,
): CheckedCertificate {
  const issuer = path[index + 1];
  const isAnchor = anchors.some(each => same(each, certificate));
  const checks: Check[] = [dates(certificate, time)];
  if (index === 0) {
    if (serverName !== null) checks.push(nameCheck(certificate, serverName));
    checks.push(purpose(certificate, serverName === null ? 'clientAuth' : 'serverAuth'));
  } else checks.push(...authority(certificate, index));
  if (isAnchor)
    checks.push({
      what: 'Is trusted',
      passed: true,
      why: 'It is one of the trust anchors.',
      rule: 'RFC 5280 §6.1.1 (d)',
    });
  else checks.push(...issued(certificate, issuer, anchors));
  const names = attempt(() => (certificate.subjectAltName ?? []).map(nameText), []);
  return {
    role: index === 0 ? 'end entity' : isAnchor ? 'trust anchor' : 'intermediate',
    subject: text(() => certificate.subject.toString()),
    issuer: text(() => certificate.issuer.toString()),
    names,
    key: text(() => publicKeyText(certificate.publicKey)),
    validFrom: new Date(certificate.notBefore).toISOString().slice(0, 16).replace('T', ' '),
    validTo: new Date(certificate.notAfter).toISOString().slice(0, 16).replace('T', ' '),
    serial: hex(certificate.serialNumber),
    fingerprint: text(() => fingerprintText(certificate)),
    der: certificate.der,
    checks,
  };
}

function fingerprintText(certificate: Certificate): string {
  return certificate.fingerprint('sha256');
}

function dates(certificate: Certificate, time: number): Check {
  const early = time < certificate.notBefore;
  const late = time > certificate.notAfter + 999;
  return {
    what: 'Is valid now',
    passed: !early && !late,
    why: early ? 'It is not valid yet.' : late ? 'It has expired.' : 'Now lies between notBefore and notAfter.',
    rule: 'RFC 5280 §6.1.3 (a)(2)',
  };
}

function nameCheck(certificate: Certificate, serverName: string): Check {
  const names = attempt(() => (certificate.subjectAltName ?? []).map(nameText), []);
  const matches = names.some(
    name => name === serverName || (name.startsWith('*.') && serverName.replace(/^[^.]+/, '*') === name),
  );
  return {
    what: `Is for ${serverName}`,
    passed: matches,
    why: `It is for ${names.join(', ') || 'nobody'}.`,
    rule: 'RFC 9525 §6.3',
  };
}

const oids = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' };

function purpose(certificate: Certificate, wanted: keyof typeof oids): Check {
  const purposes = attempt(() => certificate.extendedKeyUsage, undefined);
  const passed = purposes === undefined || purposes.includes(oids[wanted]) || purposes.includes('2.5.29.37.0');
  return {
    what: `May be used for ${wanted}`,
    passed,
    why:
      purposes === undefined
        ? 'It names no purpose, which allows all.'
        : passed
          ? 'It names this purpose.'
          : 'It names other purposes.',
    rule: 'RFC 5280 §4.2.1.12',
  };
}

function authority(certificate: Certificate, index: number): Check[] {
  const constraints = attempt(() => certificate.basicConstraints, undefined);
  const usage = attempt(() => certificate.keyUsage, undefined);
  const depth = index - 1;
  const length = constraints?.pathLength;
  return [
    {
      what: 'Is a certification authority',
      passed: constraints?.ca === true,
      why: constraints?.ca ? 'basicConstraints says so.' : 'basicConstraints does not say so.',
      rule: 'RFC 5280 §6.1.4 (k)',
    },
    {
      what: 'May sign certificates',
      passed: usage === undefined || (usage & KEY_CERT_SIGN) !== 0,
      why:
        usage === undefined
          ? 'It has no keyUsage, which allows it.'
          : (usage & KEY_CERT_SIGN) !== 0
            ? 'keyUsage has keyCertSign.'
            : 'keyUsage lacks keyCertSign.',
      rule: 'RFC 5280 §6.1.4 (n)',
    },
    {
      what: 'May have so many below it',
      passed: length === undefined || depth <= length,
      why: length === undefined ? 'It sets no limit.' : `${depth} of at most ${length} intermediates are below it.`,
      rule: 'RFC 5280 §6.1.4 (l)',
    },
  ];
}

/** RFC 5280 §4.2.1.3: bit 5. */
const KEY_CERT_SIGN = 1 << 5;

function issued(certificate: Certificate, issuer: Certificate | undefined, anchors: readonly Certificate[]): Check[] {
  if (issuer === undefined) {
    const selfIssued = certificate.subject.equals(certificate.issuer);
    return [
      {
        what: 'Leads to a trust anchor',
        passed: anchors.length === 0 ? null : false,
        why:
          anchors.length === 0
            ? 'It is not known whom to trust here.'
            : selfIssued
              ? 'It is signed by itself, and is no trust anchor.'
              : `Nobody who is trusted has the name ${text(() => certificate.issuer.toString())}.`,
        rule: 'RFC 5280 §6.1.1 (d)',
      },
    ];
  }
  const named = certificate.issuer.equals(issuer.subject);
  const signed = attempt(() => certificate.verify(issuer), false);
  return [
    {
      what: 'Names the next certificate as its issuer',
      passed: named,
      why: named ? 'Issuer and subject are the same name.' : 'The names differ.',
      rule: 'RFC 5280 §6.1.3 (a)(4)',
    },
    {
      what: 'Is signed with the key of its issuer',
      passed: signed,
      why: signed ? 'The signature verifies.' : 'The signature does not verify.',
      rule: 'RFC 5280 §6.1.3 (a)(1)',
    },
  ];
}

async function verdictOf({ chain, serverName, time }: ChainQuestion, anchors: readonly Certificate[]) {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) return { trusted: false, text: 'No certificate was shown.', rule: '', fix: '' };
  if (anchors.length === 0)
    return {
      trusted: false,
      text: 'It is not known whom to trust here.',
      rule: '',
      fix: 'Give the certificates of the CAs to trust.',
    };
  try {
    await verifyCertificateChain({
      leaf,
      intermediates,
      anchors,
      time,
      ...(serverName === null ? { purpose: 'client' } : { serverName }),
    });
    return { trusted: true, text: 'castls trusts this chain.', rule: 'RFC 5280 §6.1', fix: '' };
  } catch (error) {
    if (error instanceof CertificateError)
      return { trusted: false, text: error.message, rule: error.rule, fix: error.fix };
    return { trusted: false, text: error instanceof Error ? error.message : String(error), rule: '', fix: '' };
  }
}

function same(a: Certificate, b: Certificate): boolean {
  return attempt(() => a.subject.equals(b.subject) && samePublicKey(a.publicKey, b.publicKey), false);
}

function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function text(look: () => string): string {
  return attempt(look, '(cannot be read)');
}

function nameText(name: object): string {
  const { value } = name as { readonly value?: unknown };
  if (value instanceof Uint8Array) return [...value].join(value.length === 4 ? '.' : ':');
  return String(value ?? '(another kind of name)');
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
}
