// Families of reading: linear in the length.

import {
  certificate,
  crl,
  dns,
  fill,
  joined,
  leafBelow,
  ocsp,
  ROOT,
  root,
  rootCertificate,
  sct,
  shortName,
  X,
} from './certificates.mjs';
import { bits, cat, ecdsa, extension, int, oid, seq, set, tlv, utf8 } from './der.mjs';

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

export const readings = [
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
