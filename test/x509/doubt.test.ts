// What is in doubt is never taken for good: names and constraints that are no text, extensions that stand twice, revocations
// for odd reasons, lists that change after they were given. And what a stranger repeats is not paid for twice.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as x509 from '../../src/x509/index.ts';
import { parseCertificate } from '../../src/x509.ts';
import * as d from '../support/der.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, verify } from '../support/x509_verify.ts';

const latin1 = (text: string) => Uint8Array.from(text, c => c.charCodeAt(0));
const organization = (value: Uint8Array) => d.seq(d.set(d.seq(d.oid('2.5.4.10'), value)));
const root = make.makeRoot('root of doubt');

test('an excluded directory name that is no text leaves no name undecided: refused (§4.2.1.10)', () => {
  const odd = organization(d.tlv(0x13, latin1('M\u00fcller')));
  const middle = make.makeIntermediate('constrained', root, {
    extensions: make.caExtensions(undefined, make.nameConstraints([], [make.directory(odd)])),
  });
  const leaf = make.makeLeaf('host.example', middle, { subject: organization(d.utf8String('M\u00fcller')) });
  const check = () => verify(leaf, root, { intermediates: [middle.der] });
  rejects(check, 'ERR_CERT_CONSTRAINT', /cannot be compared/, 0);
});

test('an anchor whose constraints stand twice is none: one of them would be left out (§4.2)', () => {
  const twice = [['a.example'], ['b.example']].map(([name]) => make.nameConstraints([make.dns(name)]));
  const odd = make.makeRoot('constrained twice', { extensions: make.caExtensions(undefined, ...twice) });
  const leaf = make.makeLeaf('a.example', odd);
  rejects(() => verify(leaf, odd), 'ERR_CERT_MALFORMED', /stands there twice/, 1);
});

test('what was said of an anchor does not change with the lists it was said in', () => {
  const nameConstraints = { permitted: [] as x509.GeneralName[], excluded: [] as x509.GeneralName[] };
  const purposes = [x509.purposes.serverAuth as string];
  nameConstraints.permitted.push({ type: 'dns', value: 'a.example' });
  const anchors = [x509.trustAnchor(root.der, { nameConstraints, purposes })];
  nameConstraints.permitted.push({ type: 'dns', value: 'b.example' });
  purposes.push(x509.purposes.clientAuth);
  const leaf = make.makeLeaf('b.example', root);
  rejects(() => verify(leaf, root, { anchors }), 'ERR_CERT_CONSTRAINT', /permit/, 0);
  const other = make.makeLeaf('a.example', root);
  rejects(() => verify(other, root, { anchors, purpose: 'client' }), 'ERR_CERT_CONSTRAINT', /purpose/);
  verify(other, root, { anchors, purpose: 'server' });
});

test('Certificate.verify is false for a certificate that no path may have: a signature that is not whole octets (§4.1.1.3)', () => {
  const leaf = make.makeLeaf('host.example', root);
  const issuer = parseCertificate(root.der);
  const certificate = parseCertificate(leaf);
  assert.ok(certificate.verify(issuer));
  // The BIT STRING of the signature stands last.
  const odd = leaf.slice();
  odd[leaf.length - certificate.signature.length - 1] = 1;
  assert.not(parseCertificate(odd).verify(issuer));
});

/** An OCSP response about the serial number 77 that says "revoked", for a reason that is number `reason`. */
function revokedFor(reason: number): Uint8Array {
  const usual = make.makeOcsp(77, root, { responder: root.key, status: 'revoked' });
  const { basic } = x509.parseOcspResponse(usual);
  const tbs = basic!.tbs.slice();
  const at = tbs.findIndex((_, i) => tbs[i] === 0xa0 && tbs[i + 1] === 3 && tbs[i + 2] === 0x0a);
  tbs[at + 4] = reason;
  const signed = make.signed(tbs, root.key);
  return d.seq(d.int(0, 0x0a), d.tagged(0, d.seq(d.oid('1.3.6.1.5.5.7.48.1.1'), d.octets(signed))));
}

test('an OCSP response that revokes for a reason without a name revokes, as a CRL does (RFC 6960 §4.2.1)', () => {
  const leaf = make.makeLeaf('host.example', root, { serial: 77 });
  const response = x509.parseOcspResponse(revokedFor(11));
  assert.equal(response.deviations, ['odd-crl-entry']);
  const given = { revocation: { ocspResponses: [response] } };
  rejects(() => verify(leaf, root, given), 'ERR_CERT_REVOKED', /\(11\)/, 0);
  const stapled = { stapled: { ocspResponse: revokedFor(99) } };
  rejects(() => verify(leaf, root, stapled), 'ERR_CERT_REVOKED', /\(99\)/, 0);
});

test('extensions of an OCSP response are looked at once, not for each of its answers', () => {
  const usual = make.makeOcsp(77, root, { responder: root.key, also: Array(3000).fill('good') });
  const response = x509.parseOcspResponse(usual);
  let looks = 0;
  const counted = new Map(
    Array.from({ length: 100 }, (_, i) => [
      `1.2.${i}`,
      {
        oid: `1.2.${i}`,
        value: new Uint8Array(),
        get critical() {
          looks++;
          return false;
        },
      },
    ]),
  );
  const basic = { ...response.basic!, extensions: counted };
  const leaf = make.makeLeaf('host.example', root, { serial: 77 });
  verify(leaf, root, { revocation: { ocspResponses: [{ ...response, basic }] } });
  assert.ok(looks <= 200, `${looks} looks`);
});

test('names of distribution points that meet lists are charged to the budget', () => {
  const names = Array.from({ length: 5000 }, (_, i) => make.uri(`http://a/${i}`));
  const points = make.extension('2.5.29.31', d.seq(d.seq(d.tagged(0, d.tagged(0, ...names)))));
  const leaf = make.makeLeaf('host.example', root, { extensions: [make.altName(make.dns('host.example')), points] });
  const crls = Array.from({ length: 100 }, () => x509.parseCrl(make.makeCrl(root)));
  rejects(() => verify(leaf, root, { revocation: { crls } }), 'ERR_CERT_BUDGET', /work/);
  verify(leaf, root, { revocation: { crls: crls.slice(0, 1) } });
});

test('halfwidth sound marks, which are letters until they are normalized, cost no more than other names', () => {
  const marks = `${'\u0301'.repeat(30)}${'\uff9e'.repeat(30)}`;
  const text = marks.repeat(20_000);
  // 1.2 million characters: engines that put them in order would not end within minutes.
  const name = new x509.Name(organization(d.utf8String(text)));
  assert.ok(name.key.length > text.length);
});

test.run();
