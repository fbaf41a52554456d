// Hostile inputs of castls/x509 by family: what a stranger can send to make certificates, lists and files costly. Each family
// makes an input of about so many bytes and a function that has castls work on it; run at n and at 2n it shows whether
// the work grows with the length alone. scripts/cost/x509.mjs prints what they take.

import { createHash, generateKeyPairSync, sign } from 'node:crypto';

// --- DER, without castls

const cat = (...parts) => Buffer.concat(parts.map(part => Buffer.from(part)));

function tlv(tag, ...content) {
  const body = cat(...content);
  const octets = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return cat([tag, ...(body.length < 0x80 ? [body.length] : [0x80 | octets.length, ...octets])], body);
}

const seq = (...content) => tlv(0x30, ...content);
const set = (...content) => tlv(0x31, ...content);
const octets = (...content) => tlv(4, ...content);
const bits = (...content) => tlv(3, [0], ...content);
const utf8 = text => tlv(0x0c, Buffer.from(text));
const int = value => {
  const content = [value & 255];
  for (let rest = value >>> 8; rest > 0; rest >>>= 8) content.unshift(rest & 255);
  return tlv(2, content[0] >= 0x80 ? [0] : [], content);
};

function oid(text) {
  const [first, second, ...arcs] = text.split('.').map(Number);
  const out = [];
  for (let arc of [first * 40 + second, ...arcs]) {
    const part = [arc & 127];
    while ((arc = Math.floor(arc / 128)) > 0) part.unshift((arc & 127) | 128);
    out.push(...part);
  }
  return tlv(6, out);
}

const name = text => seq(set(seq(oid('2.5.4.3'), utf8(text))));
const extension = (id, value, critical = false) => seq(oid(id), ...(critical ? [[1, 1, 255]] : []), octets(value));
const authority = extension('2.5.29.19', seq([1, 1, 255]), true);
const altName = (...names) => extension('2.5.29.17', seq(...names));
const ecdsa = seq(oid('1.2.840.10045.4.3.2'));
const utc = text => tlv(0x17, Buffer.from(text));

const rsaAlgorithm = seq(oid('1.2.840.113549.1.1.11'), [5, 0]);

// --- Certificates

const ecKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }) };
};

const root = ecKey();
const ROOT = name('Root');
/** A point on no curve, another one for each number. */
const noPoint = number => {
  const point = Buffer.alloc(65, number & 255);
  point[0] = 4;
  point.writeUInt32BE(number, 1);
  return seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(point));
};

let serial = 1;

/** @param signer signs it; without one the signature is nonsense, which costs its maker nothing */
function certificate({ issuer = ROOT, subject, spki, extensions = [], signer, to = '490101000000Z', serialNumber }) {
  const tbs = seq(
    tlv(0xa0, int(2)),
    serialNumber ?? int(serial++),
    ecdsa,
    issuer,
    seq(utc('200101000000Z'), utc(to)),
    subject,
    spki ?? noPoint(1),
    ...(extensions.length > 0 ? [tlv(0xa3, seq(...extensions))] : []),
  );
  const signature = signer === undefined ? seq(int(1), int(1)) : sign('sha256', tbs, signer.privateKey);
  return seq(tbs, ecdsa, bits(signature));
}

const rootCertificate = certificate({ subject: ROOT, spki: root.spki, extensions: [authority], signer: root });
const X = name('X');
const dns = text => tlv(0x82, Buffer.from(text));
const goodName = dns('host.example');
const NOW = Date.UTC(2026, 0, 1);
/** As many of what `make` gives as fit into `size` bytes. */
function fill(size, make) {
  const made = [];
  for (let length = 0, i = 0; length < size; i++) {
    const each = make(i);
    made.push(each);
    length += each.length;
  }
  return made;
}

/** The same in one piece, for what is inside of something else. */
const joined = (size, make) => Buffer.concat(fill(size, make));

/** Names of three letters and more, all different. */
const shortName = i => (i + 46656).toString(36);
const leafBelow = (issuer, names = [goodName], more = {}) =>
  certificate({ issuer, subject: name('leaf'), extensions: [altName(Buffer.concat(names))], ...more });

// --- Families of the Certificate message: an error or not, the whole of it costs at most 100 ms for 100 KiB

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
function ocsp(leafSerial, singles, certificates = [], signer = root, responder = ROOT) {
  const time = text => tlv(0x18, Buffer.from(text));
  const keyBits = root.spki.subarray(root.spki.length - 65);
  const hash = data => createHash('sha1').update(data).digest();
  const id = seq(seq(oid('1.3.14.3.2.26')), octets(hash(ROOT)), octets(hash(keyBits)), leafSerial);
  const single = seq(id, [0x80, 0], time('20251231000000Z'), tlv(0xa0, time('20260201000000Z')));
  const data = seq(tlv(0xa1, responder), time('20251231000000Z'), seq(...Array(Math.floor(singles)).fill(single)));
  const signature = signer === undefined ? seq(int(1), int(1)) : sign('sha256', data, signer.privateKey);
  const basic = seq(
    data,
    ecdsa,
    bits(signature),
    ...(certificates.length > 0 ? [tlv(0xa0, seq(...certificates))] : []),
  );
  return seq(tlv(10, [0]), tlv(0xa0, seq(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic))));
}

const log = ecKey();
const logId = createHash('sha256').update(log.spki).digest();
const sct = cat([0], logId, Buffer.alloc(8), [0, 0, 4, 3, 0, 8], seq(int(1), int(1)));

const selfLoops = (n, more) => {
  const others = fill(n, i =>
    certificate({ issuer: X, subject: X, spki: noPoint(i), extensions: [authority, ...more(i)] }),
  );
  // One of them by the root, out of date: no path is ever complete.
  others.push(certificate({ subject: X, spki: noPoint(0xffff), extensions: [authority], to: '200201000000Z' }));
  return { leaf: leafBelow(X), others };
};

const messages = [
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
        int(serial++),
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
function crl(size, sameSerial = false) {
  const entries = joined(size, i => seq(int(sameSerial ? 7 : (i % 0x700000) + 128), utc('250101000000Z')));
  const number = extension('2.5.29.20', int(1));
  const tbs = seq(
    int(1),
    ecdsa,
    ROOT,
    utc('251231000000Z'),
    utc('260201000000Z'),
    seq(entries),
    tlv(0xa0, seq(number)),
  );
  return seq(tbs, ecdsa, bits(sign('sha256', tbs, root.privateKey)));
}

// --- Families of reading: linear in the length

const reading = (title, make) => ({
  name: `reading: ${title}`,
  kind: 'reading',
  make(n, x509) {
    const { input, read } = make(n, x509);
    const run = async () => {
      try {
        await read(input);
        return 'read';
      } catch (error) {
        return error.code ?? String(error);
      }
    };
    return { bytes: input.length, run };
  },
});

const block = (body, label = 'CERTIFICATE') => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

const readings = [
  reading('PEM, honest', (n, x509) => ({
    input: x509.formatPem('X509 CRL', new Uint8Array((n * 3) / 4)),
    read: x509.parsePem,
  })),
  reading('PEM, a run of padding', (n, x509) => ({ input: block(`${'='.repeat(n)}A`), read: x509.parsePem })),
  reading('PEM, a run of hyphens', (n, x509) => ({ input: block('-'.repeat(n)), read: x509.parsePem })),
  reading('PEM, a run of blanks', (n, x509) => ({ input: block(' '.repeat(n)), read: x509.parsePem })),
  reading('PEM, boundaries without end', (n, x509) => ({
    input: '-----BEGIN A\n'.repeat(n / 13),
    read: x509.parsePem,
  })),
  reading('PEM, many blocks', (n, x509) => ({ input: block('MAA=').repeat(n / 60), read: x509.parsePem })),
  reading('a name of text with blanks', (n, x509) => ({ input: `CN=a${' '.repeat(n)}b`, read: x509.writeName })),
  reading('a name of text with escapes', (n, x509) => ({ input: `CN=${'\\,'.repeat(n / 2)}`, read: x509.writeName })),
  reading('a name of text with many attributes', (n, x509) => ({
    input: Array(Math.floor(n / 5))
      .fill('CN=a')
      .join(','),
    read: x509.writeName,
  })),
  reading('a certificate of many names', (n, x509) => ({
    input: leafBelow(
      ROOT,
      fill(n, i => dns(shortName(i))),
    ),
    read: der => x509.parseCertificate(der).decodeExtensions(),
  })),
  reading('a certificate of many names, described', (n, x509) => ({
    input: leafBelow(
      ROOT,
      fill(n, i => dns(shortName(i))),
    ),
    read: der => x509.describeCertificate(x509.parseCertificate(der)),
  })),
  reading('a certificate of many extensions', (n, x509) => ({
    input: certificate({ subject: X, extensions: [joined(n, i => extension(`1.2.${i + 1}`, []))] }),
    read: der => x509.parseCertificate(der).decodeExtensions(),
  })),
  reading('a certificate with one extension twice', (n, x509) => ({
    input: certificate({ subject: X, extensions: [joined(n, i => extension(`1.2.${(i % 60_000) + 1}`, []))] }),
    read: x509.parseCertificate,
  })),
  reading('a certificate with long strings', (n, x509) => ({
    input: certificate({
      subject: seq(
        ...[0x0c, 0x1e, 0x14, 0x13].map(tag => set(seq(oid('2.5.4.10'), tlv(tag, Buffer.alloc((n / 4) & ~1, 0x41))))),
      ),
    }),
    read: der => x509.parseCertificate(der).subject.toString().length + x509.parseCertificate(der).subject.key.length,
  })),
  reading('a certificate with a long serial number, as text', (n, x509) => ({
    input: certificate({ subject: X, serialNumber: tlv(2, Buffer.alloc(n, 0x5a)) }),
    read: der => `${x509.parseCertificate(der)}`.length,
  })),
  reading('a CRL', (n, x509) => ({
    input: crl(n),
    read: der => x509.parseCrl(der).find(Uint8Array.of(1), x509.parseCertificate(rootCertificate).subject),
  })),
  reading('a CRL of one serial number', (n, x509) => ({
    input: crl(n, true),
    read: der => x509.parseCrl(der).find(Uint8Array.of(7), x509.parseCertificate(rootCertificate).subject),
  })),
  reading('an OCSP response of many answers', (n, x509) => ({
    input: ocsp(int(5), n / 110),
    read: x509.parseOcspResponse,
  })),
  reading('an OCSP response of many certificates', (n, x509) => ({
    input: ocsp(int(5), 1, [joined(n, () => rootCertificate)]),
    read: x509.parseOcspResponse,
  })),
  reading('a request of many attributes', (n, x509) => {
    const attribute = i => seq(oid(`1.2.${i + 1}`), set(utf8('a')));
    const info = seq(int(0), X, root.spki, tlv(0xa0, joined(n, attribute)));
    return {
      input: seq(info, ecdsa, bits(seq(int(1), int(1)))),
      read: der => x509.parseCertificateRequest(der).subject,
    };
  }),
  reading('a public JWK', (n, x509) => ({
    input: { length: n, kty: 'RSA', n: `${'A'.repeat(n)}!`, e: 'AQAB' },
    read: ({ kty, n, e }) => x509.parsePublicJwk({ kty, n, e }),
  })),
  reading('a list of timestamps', (n, x509) => {
    const list = joined(Math.min(n, 60_000), () => cat([0, sct.length], sct));
    return {
      input: cat([list.length >> 8, list.length & 255], list),
      read: bytes => x509.parseTimestampList(bytes).map(each => x509.parseTimestamp(each)),
    };
  }),
];

// --- Families of key files: no more than two seconds, whatever they ask for

const file = (title, make) => ({
  name: `file: ${title}`,
  kind: 'file',
  make(n, x509) {
    const input = make(n, x509);
    const run = async () => {
      try {
        const { keys } = x509.parsePkcs12(input, { passphrase: 'a', dangerousNoMac: true });
        for (const { privateKey } of keys) privateKey.dispose();
        return 'read';
      } catch (error) {
        return error.code ?? String(error);
      }
    };
    return { bytes: input.length, run };
  },
});

const data = oid('1.2.840.113549.1.7.1');
const aes = seq(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)));
const hmac = number => seq(oid(`1.2.840.113549.2.${number}`), [5, 0]);
const pbkdf2 = (iterations, number) =>
  seq(oid('1.2.840.113549.1.5.12'), seq(octets(Buffer.alloc(8)), int(iterations), hmac(number)));
const scrypt = (cost, size, lanes) =>
  seq(oid('1.3.6.1.4.1.11591.4.11'), seq(octets(Buffer.alloc(8)), int(cost), int(size), int(lanes)));
const sealed = derivation => seq(seq(oid('1.2.840.113549.1.5.13'), seq(derivation, aes)), octets(Buffer.alloc(32, 1)));
const bag = (number, value) => seq(oid(`1.2.840.113549.1.12.10.1.${number}`), tlv(0xa0, value));
const safe = (...bags) => seq(data, tlv(0xa0, octets(seq(...bags))));
const pfx = (contents, mac = []) => seq(int(3), seq(data, tlv(0xa0, octets(seq(...contents)))), ...mac);
const macOf = (iterations, hash) =>
  seq(seq(seq(oid(hash), [5, 0]), octets(Buffer.alloc(32))), octets(Buffer.alloc(8)), int(iterations));

/** What asks for as much as the limits allow: `n` does not matter. */
const files = [
  ...[7, 8, 9, 10, 11].map(number =>
    file(`PBKDF2, PRF ${number}`, () =>
      pfx([safe(bag(2, sealed(pbkdf2(4_250_000 / ([7, 8].includes(number) ? 2 : number > 9 ? 1.5 : 1), number))))]),
    ),
  ),
  file('scrypt', () => pfx([safe(bag(2, sealed(scrypt(2 ** 18, 8, 1))))])),
  file('scrypt in many lanes', () => pfx([safe(bag(2, sealed(scrypt(2 ** 12, 8, 64))))])),
  file('a MAC with SHA-1', () => pfx([safe()], [macOf(4_250_000, '1.3.14.3.2.26')])),
  file('a MAC with SHA-512', () => pfx([safe()], [macOf(4_250_000, '2.16.840.1.101.3.4.2.3')])),
  file('many cheap derivations', n => pfx([joined(n, () => safe(bag(2, sealed(pbkdf2(1, 9)))))])),
  file('many keys', n => {
    const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
    return pfx([safe(joined(n, () => bag(1, key)))]);
  }),
  file('many RSA keys', () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey.export({ format: 'der', type: 'pkcs8' });
    return pfx([safe(joined(200_000, () => bag(1, key)))]);
  }),
  file('octets in BER, in many pieces', n =>
    cat(
      [0x30, 0x80],
      int(3),
      [0x30, 0x80],
      data,
      [0xa0, 0x80, 0x24, 0x80],
      joined(n, () => octets([65])),
      Buffer.alloc(8),
    ),
  ),
];

export const x509Families = [...messages, ...readings, ...files];
