// Certificates, CRLs and OCSP responses of any shape, signed or not, without castls.

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { altName, authority, bits, cat, ecdsa, extension, int, name, octets, oid, seq, tlv, utc } from './der.mjs';

export const ecKey = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }) };
};

export const root = ecKey();
export const ROOT = name('Root');
/** A point on no curve, another one for each number. */
export const noPoint = number => {
  const point = Buffer.alloc(65, number & 255);
  point[0] = 4;
  point.writeUInt32BE(number, 1);
  return seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(point));
};

let serial = 1;
/** A serial number that no other certificate has. */
export const nextSerial = () => int(serial++);

/** @param signer signs it; without one the signature is nonsense, which costs its maker nothing */
export function certificate({
  issuer = ROOT,
  subject,
  spki,
  extensions = [],
  signer,
  to = '490101000000Z',
  serialNumber,
}) {
  const tbs = seq(
    tlv(0xa0, int(2)),
    serialNumber ?? nextSerial(),
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

export const rootCertificate = certificate({ subject: ROOT, spki: root.spki, extensions: [authority], signer: root });
export const X = name('X');
export const dns = text => tlv(0x82, Buffer.from(text));
export const goodName = dns('host.example');
export const NOW = Date.UTC(2026, 0, 1);
/** As many of what `make` gives as fit into `size` bytes. */
export function fill(size, make) {
  const made = [];
  for (let length = 0, i = 0; length < size; i++) {
    const each = make(i);
    made.push(each);
    length += each.length;
  }
  return made;
}

/** The same in one piece, for what is inside of something else. */
export const joined = (size, make) => Buffer.concat(fill(size, make));

/** Names of three letters and more, all different. */
export const shortName = i => (i + 46656).toString(36);
export const leafBelow = (issuer, names = [goodName], more = {}) =>
  certificate({ issuer, subject: name('leaf'), extensions: [altName(Buffer.concat(names))], ...more });

export function ocsp(leafSerial, singles, certificates = [], signer = root, responder = ROOT) {
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

export const log = ecKey();
export const logId = createHash('sha256').update(log.spki).digest();
export const sct = cat([0], logId, Buffer.alloc(8), [0, 0, 4, 3, 0, 8], seq(int(1), int(1)));

export function crl(size, sameSerial = false) {
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
