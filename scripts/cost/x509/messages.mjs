// Families of the Certificate message: an error or not, the whole of it costs at most 100 ms for 100 KiB.

import {
  certificate,
  crl,
  dns,
  ecKey,
  fill,
  goodName,
  joined,
  leafBelow,
  log,
  NOW,
  nextSerial,
  noPoint,
  ocsp,
  ROOT,
  root,
  rootCertificate,
  sct,
  shortName,
  X,
} from './certificates.mjs';
import {
  altName,
  authority,
  bits,
  cat,
  ecdsa,
  extension,
  int,
  name,
  octets,
  oid,
  rsaAlgorithm,
  seq,
  set,
  tlv,
  utc,
  utf8,
} from './der.mjs';

/** @param make n -> { leaf, others?, ocspResponse?, timestamps?, options? } */
const message = (title, make) => ({
  name: `message: ${title}`,
  kind: 'message',
  make(n, x509) {
    const { leaf, others = [], stapled, anchor = rootCertificate, checks, ...options } = make(n, x509);
    const anchors = [x509.trustAnchor(anchor)];
    const bytes = [leaf, ...others].reduce((sum, each) => sum + each.length, 0);
    const verifier = x509.createPeerVerifier({
      anchors,
      ...(checks === undefined ? {} : { checks: checks(x509) }),
      ...options,
    });
    const peer = {
      role: 'server',
      certificates: [leaf, ...others],
      serverName: 'host.example',
      ocspResponse: stapled?.ocspResponse,
      signedCertificateTimestamps: stapled?.timestamps,
      now: NOW,
    };
    const run = async work => {
      try {
        await verifier.verify({ ...peer, work });
        return 'accepted';
      } catch (error) {
        return error.code ?? String(error);
      }
    };
    return { bytes: bytes + (stapled?.ocspResponse?.length ?? 0), run };
  },
});

/** Constraints of a CA that the root did sign, over a leaf that it did sign: nothing ends before they are judged. */
function constrained(n, { bases, names }) {
  const ca = ecKey();
  const subtrees = extension(
    '2.5.29.30',
    seq(
      tlv(
        0xa0,
        joined(n / 2, i => seq(bases(i))),
      ),
    ),
    true,
  );
  const other = certificate({ subject: X, spki: ca.spki, extensions: [authority, subtrees], signer: root });
  return { leaf: leafBelow(X, [goodName, joined(n / 2, names)], { signer: ca }), others: [other] };
}

function policyChain(n, depth) {
  const keys = Array.from({ length: depth + 1 }, ecKey);
  const any = seq(oid('2.5.29.32.0'));
  const many = joined(n - 350 * depth, i => seq(oid(`1.2.${i + 1}`)));
  const explicit = extension('2.5.29.36', seq(tlv(0x80, [0])), true);
  const policies = (...list) => extension('2.5.29.32', seq(...list));
  const others = keys.map((key, i) =>
    certificate({
      issuer: i === 0 ? ROOT : X,
      subject: X,
      spki: key.spki,
      extensions: i === 0 ? [authority, policies(many, any), explicit] : [authority, policies(any)],
      signer: i === 0 ? root : keys[i - 1],
    }),
  );
  const leaf = certificate({
    issuer: X,
    subject: name('leaf'),
    extensions: [altName(goodName), policies(any)],
    signer: keys[depth],
  });
  return { leaf, others, maxDepth: 30 };
}

/** OCSPResponse for `leaf` by the root. */
const selfLoops = (n, more) => {
  const others = fill(n, i =>
    certificate({ issuer: X, subject: X, spki: noPoint(i), extensions: [authority, ...more(i)] }),
  );
  // One of them by the root, out of date: no path is ever complete.
  others.push(certificate({ subject: X, spki: noPoint(0xffff), extensions: [authority], to: '200201000000Z' }));
  return { leaf: leafBelow(X), others };
};

export const messages = [
  message('issuers in loops', n => selfLoops(n, () => [])),
  message('one candidate whose last name is malformed', n => ({
    ...selfLoops(4000, () => []),
    others: [
      ...selfLoops(4000, () => []).others,
      certificate({
        issuer: X,
        subject: X,
        extensions: [
          authority,
          altName(
            joined(n - 8000, () => dns('a')),
            dns('\xff'),
          ),
        ],
      }),
    ],
  })),
  message('candidates with many extensions', n =>
    selfLoops(n, () => [joined(n / 8, i => extension(`1.2.${i + 1}`, []))]),
  ),
  message('one extension again and again', n => ({
    leaf: certificate({
      subject: name('leaf'),
      extensions: [altName(goodName), joined(n, () => extension('1.2.3', []))],
      signer: root,
    }),
  })),
  message('copies of one issuer', n => {
    const ca = ecKey();
    const issuer = () => certificate({ subject: X, spki: ca.spki, extensions: [authority], signer: root });
    return { leaf: leafBelow(X), others: fill(n, issuer) };
  }),
  message('many issuers that the root signed', n => {
    const issuer = () => certificate({ subject: X, spki: ecKey().spki, extensions: [authority], signer: root });
    return { leaf: leafBelow(X), others: fill(n, issuer) };
  }),
  message('long keys that differ at their end', n => {
    const key = i => seq(seq(oid('1.2.3.4')), bits(Buffer.alloc(n / 10, 1), [i]));
    return {
      leaf: leafBelow(X),
      others: [
        ...fill(n, i => certificate({ issuer: X, subject: X, spki: key(i), extensions: [authority] })),
        certificate({ subject: X, extensions: [authority] }),
      ],
    };
  }),
  message('long names that differ at their end', n => {
    const long = i => name(`${'a'.repeat(n / 20)}${i}`);
    return {
      leaf: leafBelow(long(0)),
      others: fill(n, i =>
        certificate({ issuer: i % 2 ? ROOT : long(i + 1), subject: long(i % 3), extensions: [authority] }),
      ),
    };
  }),
  message('names of combining marks', n => ({
    leaf: certificate({
      issuer: name(`a${'\u0300\u0316'.repeat(n / 8)}${'\u0301'.repeat(n / 8)}`),
      subject: name(`b${'\u0300'.repeat(n / 8)}${'\u0316'.repeat(n / 8)}`),
      extensions: [altName(goodName)],
    }),
  })),
  message('names of letters that become combining marks', n => ({
    leaf: certificate({
      issuer: name(`${'\u0301'.repeat(30)}${'\uff9e'.repeat(30)}`.repeat(n / 300)),
      subject: name(`${'\u0316'.repeat(30)}${'\uff9f'.repeat(30)}`.repeat(n / 300)),
      extensions: [altName(goodName)],
    }),
  })),
  message('a name of many attributes in one RDN', n => ({
    leaf: certificate({
      subject: seq(set(joined(n, i => seq(oid('2.5.4.3'), utf8(shortName(i)))))),
      extensions: [altName(goodName)],
      signer: root,
    }),
  })),
  message('entries that are no certificates', n => ({
    leaf: leafBelow(ROOT),
    others: fill(n, i => Buffer.from([0x30, 2, (i >> 8) & 255, i & 255])),
  })),
  message('certificates that end too early', n => ({
    leaf: leafBelow(ROOT),
    others: fill(n, i =>
      seq(
        seq(
          tlv(0xa0, int(2)),
          int(i + 1),
          ecdsa,
          ROOT,
          seq(utc('200101000000Z'), utc('490101000000Z')),
          ROOT,
          noPoint(1),
        ),
        ecdsa,
      ),
    ),
  })),
  message('many names, none the wanted one', n => ({
    leaf: leafBelow(
      ROOT,
      fill(n, i => dns(shortName(i))),
      { signer: root },
    ),
  })),
  message('many wildcard names', n => ({
    leaf: leafBelow(
      ROOT,
      fill(n, i => dns(`*.${shortName(i)}.example`)),
      { signer: root },
    ),
  })),
  message('many purposes', n => ({
    leaf: certificate({
      subject: name('leaf'),
      extensions: [altName(goodName), extension('2.5.29.37', seq(joined(n, i => oid(`1.2.${i + 1}`))))],
      signer: root,
    }),
  })),
  message('long object identifiers', n => ({
    leaf: certificate({
      subject: name('leaf'),
      extensions: [
        altName(goodName),
        extension('2.5.29.37', seq(joined(n, i => tlv(6, [0x2a], Buffer.alloc(60, 0xff), [(i >> 7) | 0x80, i & 127])))),
      ],
      signer: root,
    }),
  })),
  message('a long serial number, key usage and key identifier', n => ({
    leaf: certificate({
      subject: name('leaf'),
      serialNumber: tlv(2, Buffer.alloc(n / 3, 1)),
      extensions: [
        altName(goodName),
        extension('2.5.29.15', tlv(3, [0], Buffer.alloc(n / 3, 255))),
        extension('2.5.29.35', seq(tlv(0x80, Buffer.alloc(n / 3, 1)))),
      ],
      signer: root,
    }),
  })),
  message('constraints: DNS names', n =>
    constrained(n, { bases: i => dns(`${shortName(i)}.example`), names: i => dns(`a.a.a.${shortName(i)}.example`) }),
  ),
  message('constraints: names of many labels', n =>
    constrained(n, {
      bases: i => dns(`${shortName(i)}.${'a.'.repeat(110)}example`),
      names: i => dns(`${'a.'.repeat(100)}${shortName(i)}.example`),
    }),
  ),
  message('constraints: long mailboxes', n =>
    constrained(n, {
      bases: i => tlv(0x81, Buffer.from(i === 0 ? '' : `${'a'.repeat(n / 40)}${i}@example.com`)),
      names: i => tlv(0x81, Buffer.from(`"${'\\a'.repeat(n / 20)}${i}"@example.com`)),
    }),
  ),
  message('constraints: long URIs', n =>
    constrained(n, {
      bases: i => tlv(0x86, Buffer.from(`${shortName(i)}.example`)),
      names: i =>
        tlv(0x86, Buffer.from(`http://${'a@'.repeat(1 + (i & 1))}${'a'.repeat(n / 20)}@${shortName(i)}.example/`)),
    }),
  ),
  message('constraints: addresses', n =>
    constrained(n, {
      bases: i => tlv(0x87, [10, (i >> 8) & 255, i & 255, 0, 255, 255, 255, 0]),
      names: i => tlv(0x87, [10, (i >> 8) & 255, i & 255, 1]),
    }),
  ),
  message('constraints: directory names', n => {
    const deep = i =>
      seq(
        ...Array.from({ length: 8 }, () => set(seq(oid('2.5.4.10'), utf8('a')))),
        set(seq(oid('2.5.4.3'), utf8(shortName(i)))),
      );
    return constrained(n, { bases: i => tlv(0xa4, deep(i)), names: i => tlv(0xa4, deep(i)) });
  }),
  message('constraints of many issuers upon one leaf', n => {
    const keys = Array.from({ length: 25 }, ecKey);
    const subtree = extension('2.5.29.30', seq(tlv(0xa0, seq(dns('example')))), true);
    const others = keys.map((key, i) =>
      certificate({
        issuer: i === 0 ? ROOT : X,
        subject: X,
        spki: key.spki,
        extensions: [authority, subtree],
        signer: i === 0 ? root : keys[i - 1],
      }),
    );
    return {
      leaf: leafBelow(X, [goodName, joined(n - 10_000, i => dns(`${shortName(i)}.example`))], { signer: keys[24] }),
      others,
      maxDepth: 30,
    };
  }),
  message('policies that every level keeps', n => policyChain(n, 20)),
  message('an OCSP response of many answers', n => {
    const leaf = leafBelow(ROOT, [goodName], { signer: root, serialNumber: int(77) });
    return {
      leaf,
      stapled: { ocspResponse: ocsp(int(77), n / 110) },
      checks: x509 => [x509.revocation({ mode: 'require' })],
    };
  }),
  message('an OCSP response of many responders', n => {
    const leaf = leafBelow(ROOT, [goodName], { signer: root, serialNumber: int(77) });
    const usage = extension('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.9')));
    const responders = fill(n, () =>
      certificate({ subject: ROOT, spki: ecKey().spki, extensions: [usage], signer: root }),
    );
    return {
      leaf,
      stapled: { ocspResponse: ocsp(int(77), 1, responders, log, X) },
      checks: x509 => [x509.revocation({ mode: 'require' })],
    };
  }),
  message('timestamps with wrong signatures', n => {
    const list = joined(Math.min(n / 2, 60_000), () => cat([0, sct.length], sct));
    const timestamps = extension('1.3.6.1.4.1.11129.2.4.2', octets([list.length >> 8, list.length & 255], list));
    const leaf = certificate({
      subject: name('leaf'),
      extensions: [
        altName(
          goodName,
          joined(n / 2, i => dns(shortName(i))),
        ),
        timestamps,
      ],
      signer: root,
    });
    return { leaf, checks: x509 => [x509.transparency({ logs: [{ name: 'log', key: log.spki }], minimum: 1 })] };
  }),
  message('many distribution points', n => {
    const points = joined(n, i => seq(tlv(0xa0, tlv(0xa0, tlv(0x86, Buffer.from(`http://${shortName(i)}/`))))));
    return {
      leaf: certificate({
        subject: name('leaf'),
        extensions: [altName(goodName), extension('2.5.29.31', seq(points))],
        signer: root,
      }),
      checks: x509 => [x509.revocation({ crls: [x509.parseCrl(crl(1000))] })],
    };
  }),
  message('under an RSA anchor of 8192 bits and a long exponent', n => {
    const modulus = Buffer.alloc(1024, 0xc5);
    const spki = seq(
      seq(oid('1.2.840.113549.1.1.1'), [5, 0]),
      bits(seq(tlv(2, [0], modulus), tlv(2, [0], Buffer.alloc(8, 0xff)))),
    );
    const anchor = certificate({ subject: ROOT, spki, extensions: [authority] });
    const issuer = i => {
      const tbs = seq(
        tlv(0xa0, int(2)),
        nextSerial(),
        rsaAlgorithm,
        ROOT,
        seq(utc('200101000000Z'), utc('490101000000Z')),
        X,
        noPoint(i),
        tlv(0xa3, seq(authority)),
      );
      return seq(tbs, rsaAlgorithm, bits(Buffer.alloc(1024, 0x11)));
    };
    return { leaf: leafBelow(X), others: fill(n, issuer), anchor };
  }),
];

/** @param sameSerial whether all entries are for one certificate */
