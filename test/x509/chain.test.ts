// Path building and RFC 5280 §6.1: what is found, what is refused and how the error reads.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TlsError } from '../../src/base/errors.ts';
import { requireMinted } from '../../src/crypto/peer_verifier.ts';
import type { PrivateKey, PublicKey, SignatureVerifier } from '../../src/crypto/signature.ts';
import { mlDsaImporter } from '../../src/wasm/mldsa.ts';
import * as x509 from '../../src/x509/index.ts';
import { hostRandom, testCore } from '../support/core.ts';
import * as d from '../support/der.ts';
import { nodeVerifier } from '../support/node/signatures.ts';
import { wasmVerifiers } from '../support/wasm_verifiers.ts';
import * as make from '../support/x509_maker.ts';
import { rejects, verify } from '../support/x509_verify.ts';

const root = make.makeRoot('root');
const middle = make.makeIntermediate('middle', root);
const leaf = make.makeLeaf('host.example', middle);

test('verifies leaf <- intermediate <- root and names the chain that won', () => {
  const chain = verify(leaf, root, { intermediates: [middle.der], serverName: 'host.example' });
  assert.equal(
    chain.certificates.map(c => `${c.subject}`),
    ['CN=host.example', 'CN=middle', 'CN=root'],
  );
  assert.is(chain.anchor.subject.toString(), 'CN=root');
  const identity = requireMinted(chain.identity);
  assert.is(identity.kind, 'verified-chain');
  assert.equal(identity.publicKey, chain.publicKey);
  assert.is(identity.certificates.length, 3);
});

test('takes every kind of key', () => {
  for (const kind of ['p256', 'p384', 'rsa', 'ed25519'] as const) {
    const ca = make.makeRoot(`ca ${kind}`, { key: make.testKey(kind, 'ca'), signer: make.testKey(kind, 'ca') });
    verify(make.makeLeaf('host.example', ca, { key: make.testKey(kind, 'leaf of ca') }), ca);
  }
});

test('takes ML-DSA keys and signatures (RFC 9881)', () => {
  const key = mlDsaImporter(testCore()).generate(
    { type: 'mldsa', parameterSet: 'ML-DSA-44' },
    hostRandom,
  ) as PrivateKey;
  const publicKey = key.publicKey as PublicKey & { type: 'mldsa' };
  const algorithm = d.seq(d.oid('2.16.840.1.101.3.4.3.17'));
  const own = { spki: d.seq(algorithm, d.bits(publicKey.key)), algorithm } as make.TestKey;
  const certify = (fields: Partial<make.CertificateFields>) => {
    const base = {
      subject: 'pq',
      issuer: 'pq',
      key: own,
      signer: make.testKey('p256'),
      algorithm,
      extensions: make.caExtensions(),
    };
    const { tbs } = x509.parseCertificate(make.makeCertificate({ ...base, ...fields }));
    const parameters = { type: 'mldsa', parameterSet: 'ML-DSA-44' } as const;
    return d.seq(tbs, algorithm, d.bits(key.sign(parameters, tbs, hostRandom) as Uint8Array));
  };
  const pq = { name: 'pq', key: own, der: certify({}) };
  const verifiers = wasmVerifiers();
  const end = certify({ subject: 'host.example', extensions: [make.altName(make.dns('host.example'))] });
  assert.is(verify(end, pq, { verifiers, serverName: 'host.example' }).publicKey.type, 'mldsa');
  const broken = end.slice();
  broken[broken.length - 1] ^= 1;
  rejects(() => verify(broken, pq, { verifiers }), 'ERR_CERT_SIGNATURE', /not the one/, 0);
  key.dispose();
});

test('is asynchronous only if a verifier is, and aborts', async () => {
  const slow: SignatureVerifier = {
    ...nodeVerifier,
    verify: async (...args) => {
      await new Promise(resolve => setTimeout(resolve, 1));
      return nodeVerifier.verify(...args);
    },
  };
  const options = {
    leaf,
    intermediates: [middle.der],
    anchors: [x509.trustAnchor(root.der)],
    verifiers: [slow],
    time: make.NOW,
  };
  const pending = x509.verifyCertificateChain(options);
  assert.instance(pending, Promise);
  assert.is((await pending).certificates.length, 3);
  // biome-ignore lint/suspicious/noThenProperty: any thenable will do
  const thenable = { then: (done: (valid: boolean) => void) => done(true) } as unknown as Promise<boolean>;
  const odd: SignatureVerifier = { ...nodeVerifier, verify: () => thenable };
  assert.is((await x509.verifyCertificateChain({ ...options, verifiers: [odd] })).certificates.length, 3);
  const controller = new AbortController();
  const aborted = x509.verifyCertificateChain({ ...options, signal: controller.signal });
  controller.abort(new Error('enough'));
  try {
    await aborted;
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'enough');
  }
  const forged = make.makeLeaf('host.example', middle, { forged: true });
  try {
    await x509.verifyCertificateChain({ ...options, leaf: forged });
    assert.unreachable();
  } catch (error) {
    assert.is((error as TlsError).code, 'ERR_CERT_SIGNATURE');
  }
});

test('finds its way through intermediates in any order, cross-signs and loops', () => {
  const other = make.makeRoot('other root');
  const crossed = make.makeIntermediate('middle', other, { key: middle.key });
  const a = make.makeIntermediate('loop a', { ...root, name: 'loop b', key: make.testKey('p256', 'loop b') });
  const b = make.makeIntermediate('loop b', { ...root, name: 'loop a', key: make.testKey('p256', 'loop a') });
  const exit = make.makeIntermediate('loop b', root, { key: make.testKey('p256', 'loop b') });
  const deep = make.makeLeaf('host.example', { ...a, name: 'loop a' });
  const pool = [a.der, crossed.der, b.der, root.der, exit.der, middle.der, leaf];
  assert.is(verify(deep, root, { intermediates: pool }).certificates.length, 4);
  assert.is(verify(leaf, root, { intermediates: pool }).certificates[1].issuer.toString(), 'CN=root');
  assert.is(verify(leaf, other, { intermediates: pool }).certificates[1].issuer.toString(), 'CN=other root');
  rejects(() => verify(deep, root, { intermediates: [a.der, b.der] }), 'ERR_CERT_UNKNOWN_ISSUER', /CN=loop a/, 0);
});

test('tries the next path if one is expired or forged', () => {
  const expired = make.makeIntermediate('middle', root, { key: middle.key, notAfter: make.NOT_BEFORE + 1000 });
  const forged = make.makeIntermediate('middle', root, { key: middle.key, forged: true });
  const wrongKey = make.makeIntermediate('middle', root, { key: make.testKey('p256', 'not middle') });
  for (const bad of [expired, forged, wrongKey]) {
    assert.is(verify(leaf, root, { intermediates: [bad.der, middle.der] }).certificates.length, 3);
  }
  const pool = { intermediates: [expired.der] };
  rejects(() => verify(leaf, root, pool), 'ERR_CERT_EXPIRED', /2024-01-01T00:00:01Z/, 1);
  rejects(() => verify(leaf, root, { intermediates: [forged.der] }), 'ERR_CERT_SIGNATURE', /CN=middle/, 1);
  rejects(() => verify(leaf, root, { intermediates: [wrongKey.der] }), 'ERR_CERT_SIGNATURE', /leaf/, 0);
});

test('passes over intermediates that are no certificates', () => {
  assert.is(verify(leaf, root, { intermediates: [new Uint8Array(5), middle.der] }).certificates.length, 3);
});

test('accepts nothing without trust anchors, without the issuer or with a namesake of it', () => {
  rejects(() => verify(leaf, root, { anchors: [] }), 'ERR_CERT_NO_TRUST_ANCHORS', /empty/, -1);
  rejects(() => verify(leaf, root), 'ERR_CERT_UNKNOWN_ISSUER', /CN=middle/, 0);
  const namesake = make.makeRoot('root', {
    key: make.testKey('p256', 'namesake'),
    signer: make.testKey('p256', 'namesake'),
  });
  rejects(() => verify(leaf, namesake, { intermediates: [middle.der] }), 'ERR_CERT_SIGNATURE', /middle/, 1);
  const both = { intermediates: [middle.der], anchors: [x509.trustAnchor(namesake.der), x509.trustAnchor(root.der)] };
  assert.is(verify(leaf, root, both).anchor, both.anchors[1]);
});

test('trusts a leaf that is an anchor itself, with its dates and name checked', () => {
  const key = make.testKey('p256', 'self');
  const self = {
    name: 'self.example',
    key,
    der: make.makeCertificate({
      subject: 'self.example',
      issuer: 'self.example',
      key,
      signer: key,
      extensions: [make.altName(make.dns('self.example'))],
    }),
  };
  assert.is(verify(self.der, self, { serverName: 'self.example' }).certificates.length, 1);
  rejects(() => verify(self.der, self, { serverName: 'other.example' }), 'ERR_CERT_NAME_MISMATCH', /other\.example/, 0);
  rejects(() => verify(self.der, self, { time: make.NOT_AFTER + 1000 }), 'ERR_CERT_EXPIRED', /expired/, 0);
  // It may not vouch for others: it is no CA.
  const child = make.makeLeaf('child.example', self);
  rejects(() => verify(child, self), 'ERR_CERT_CONSTRAINT', /no CA/, 1);
});

test('takes an anchor that is a name and a key only', () => {
  const { der: certificate } = root;
  const parsed = x509.parseCertificate(certificate);
  const anchor = x509.trustAnchorOf(parsed.subject.der, parsed.spki);
  const chain = verify(leaf, root, { anchors: [anchor], intermediates: [middle.der] });
  assert.is(chain.certificates.length, 2);
  assert.is(chain.anchor, anchor);
});

test('applies the constraints of an anchor', () => {
  const names = (value: string) => ({ permitted: [{ type: 'dns', value }], excluded: [] }) as const;
  const anchored = (constraints: x509.AnchorConstraints, more = {}) =>
    verify(leaf, root, { anchors: [x509.trustAnchor(root.der, constraints)], intermediates: [middle.der], ...more });
  anchored({
    nameConstraints: names('example'),
    pathLength: 1,
    purposes: [x509.purposes.serverAuth],
    distrustAfter: make.NOT_BEFORE,
  });
  rejects(() => anchored({ nameConstraints: names('other') }), 'ERR_CERT_CONSTRAINT', /host\.example/, 0);
  rejects(() => anchored({ pathLength: 0 }), 'ERR_CERT_CONSTRAINT', /more intermediates/, 1);
  rejects(() => anchored({ distrustAfter: make.NOT_BEFORE - 1 }), 'ERR_CERT_CONSTRAINT', /this late/, 2);
  rejects(
    () => anchored({ purposes: [x509.purposes.emailProtection] }, { purpose: 'server' }),
    'ERR_CERT_CONSTRAINT',
    /purpose/,
    2,
  );
});

test('checks the dates of all, in whole seconds (RFC 5280 §4.1.2.5)', () => {
  const pool = { intermediates: [middle.der] };
  const at = (time: number) => () => verify(leaf, root, { ...pool, time });
  at(make.NOT_BEFORE)();
  at(make.NOT_AFTER)();
  at(make.NOT_AFTER + 999)();
  rejects(at(make.NOT_BEFORE - 1), 'ERR_CERT_NOT_YET_VALID', /becomes valid at 2024-01-01T00:00:00Z/);
  rejects(at(make.NOT_AFTER + 1000), 'ERR_CERT_EXPIRED', /expired at 2034-01-01T00:00:00Z/);
});

test('demands cA, keyCertSign and the path length of issuers (§6.1.4 (k)-(n))', () => {
  const through = (fields: Partial<make.CertificateFields>) => {
    const ca = make.makeIntermediate('fields', root, fields);
    return () => verify(make.makeLeaf('host.example', ca), root, { intermediates: [ca.der] });
  };
  rejects(through({ extensions: [make.keyUsage(5)] }), 'ERR_CERT_CONSTRAINT', /cA is not asserted/, 1);
  rejects(through({ extensions: [make.basicConstraints(false)] }), 'ERR_CERT_CONSTRAINT', /cA is not asserted/, 1);
  rejects(through({ extensions: undefined }), 'ERR_CERT_CONSTRAINT', /cA is not asserted/, 1);
  rejects(
    through({ extensions: [make.basicConstraints(true), make.keyUsage(6)] }),
    'ERR_CERT_CONSTRAINT',
    /key usage/,
    1,
  );
  through({ extensions: [make.basicConstraints(true)] })();

  const short = make.makeRoot('short root', { extensions: make.caExtensions(0) });
  verify(make.makeLeaf('host.example', short), short);
  const below = make.makeIntermediate('below short', short);
  rejects(
    () => verify(make.makeLeaf('host.example', below), short, { intermediates: [below.der] }),
    'ERR_CERT_CONSTRAINT',
    /more intermediates/,
    1,
  );
  rejects(
    () => verify(leaf, root, { intermediates: [middle.der], maxDepth: 0 }),
    'ERR_CERT_CONSTRAINT',
    /more intermediates/,
    1,
  );
});

test('refuses unknown critical extensions and precertificates', () => {
  const critical = make.makeLeaf('host.example', root, { extensions: [make.extension('1.2.3.4', d.nil, true)] });
  rejects(() => verify(critical, root), 'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION', /1\.2\.3\.4/, 0);
  const poison = make.makeLeaf('host.example', root, {
    extensions: [make.extension('1.3.6.1.4.1.11129.2.4.3', d.nil, true)],
  });
  rejects(() => verify(poison, root), 'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION', /11129/, 0);
  verify(make.makeLeaf('host.example', root, { extensions: [make.extension('1.2.3.4', d.nil)] }), root);
});

test('refuses weak keys and hashes before it verifies anything', () => {
  const weak = make.makeLeaf('host.example', root, { key: make.testKey('rsa1024') });
  rejects(() => verify(weak, root), 'ERR_CERT_WEAK', /1024 bits/, 0);
  const weakRoot = make.makeRoot('weak root', { key: make.testKey('rsa1024'), signer: make.testKey('rsa1024') });
  rejects(() => verify(make.makeLeaf('host.example', weakRoot), weakRoot), 'ERR_CERT_WEAK', /1024 bits/, 1);
  const rsa = make.makeRoot('rsa root', { key: make.testKey('rsa', 'r'), signer: make.testKey('rsa', 'r') });
  const sha1 = { algorithm: d.seq(d.oid('1.2.840.113549.1.1.5'), d.nil), hash: 'sha1' };
  rejects(() => verify(make.makeLeaf('host.example', rsa, sha1), rsa), 'ERR_CERT_WEAK', /SHA1/, 0);
  // The signature of an anchor on itself means nothing.
  const oldRoot = make.makeRoot('old root', {
    key: make.testKey('rsa', 'o'),
    signer: make.testKey('rsa', 'o'),
    ...sha1,
  });
  verify(make.makeLeaf('host.example', oldRoot), oldRoot);
  const unknown = make.makeLeaf('host.example', root, { algorithm: d.seq(d.oid('1.2.3.4')) });
  rejects(() => verify(unknown, root), 'ERR_CERT_UNSUPPORTED_ALGORITHM', /1\.2\.3\.4/, 0);
  const mixed = make.makeLeaf('host.example', root, { algorithm: d.seq(d.oid('1.2.840.113549.1.1.11'), d.nil) });
  rejects(() => verify(mixed, root), 'ERR_CERT_SIGNATURE', /rsa-pkcs1 signature by a key that is EC P-256/, 0);
  rejects(
    () => verify(leaf, root, { intermediates: [middle.der], verifiers: [] }),
    'ERR_CERT_UNSUPPORTED_ALGORITHM',
    /no given verifier/,
  );
});

test('wants the purpose from the leaf and all above it (§4.2.1.12)', () => {
  const usage = (...oids: string[]) => [...make.caExtensions(), make.extendedKeyUsage(...oids)];
  const { serverAuth, clientAuth, any } = x509.purposes;
  const forClients = make.makeLeaf('host.example', root, { extensions: [make.extendedKeyUsage(clientAuth)] });
  verify(forClients, root, { purpose: 'client' });
  verify(forClients, root);
  rejects(() => verify(forClients, root, { purpose: 'server' }), 'ERR_CERT_PURPOSE', /serverAuth/, 0);
  verify(make.makeLeaf('host.example', root, { extensions: [make.extendedKeyUsage(any)] }), root, {
    purpose: 'server',
  });
  const ca = make.makeIntermediate('client ca', root, { extensions: usage(clientAuth) });
  const under = make.makeLeaf('host.example', ca, { extensions: [make.extendedKeyUsage(serverAuth)] });
  rejects(
    () => verify(under, root, { intermediates: [ca.der], purpose: 'server' }),
    'ERR_CERT_PURPOSE',
    /serverAuth/,
    1,
  );
  const signOnly = make.makeLeaf('host.example', root, { extensions: [make.keyUsage(6)] });
  rejects(
    () => verify(signOnly, root, { keyUsage: x509.keyUsages.digitalSignature }),
    'ERR_CERT_PURPOSE',
    /key usage/,
    0,
  );
});

test('processes policies where one is required (RFC 9618)', () => {
  const policies = (...oids: string[]) => make.extension('2.5.29.32', d.seq(...oids.map(oid => d.seq(d.oid(oid)))));
  const mapping = make.extension('2.5.29.33', d.seq(d.seq(d.oid('1.2.3'), d.oid('1.2.4'))), true);
  const ca = make.makeIntermediate('policy ca', root, {
    extensions: make.caExtensions(undefined, policies('1.2.3'), mapping),
  });
  const good = make.makeLeaf('host.example', ca, { extensions: [policies('1.2.4')] });
  const bad = make.makeLeaf('host.example', ca, { extensions: [policies('1.2.5')] });
  const check = (der: Uint8Array, policy: x509.PolicyOptions) => () =>
    verify(der, root, { intermediates: [ca.der], policies: policy });
  check(good, { requireExplicitPolicy: true })();
  check(good, { requireExplicitPolicy: true, initialPolicySet: ['1.2.3'] })();
  check(bad, {})();
  rejects(
    check(good, { requireExplicitPolicy: true, initialPolicySet: ['1.2.4'] }),
    'ERR_CERT_POLICY',
    /no acceptable/,
    0,
  );
  rejects(
    check(good, { requireExplicitPolicy: true, inhibitPolicyMapping: true }),
    'ERR_CERT_POLICY',
    /no certificate policy/,
    0,
  );
  rejects(check(bad, { requireExplicitPolicy: true }), 'ERR_CERT_POLICY', /no certificate policy/, 0);
});

test('does bounded work for hostile policies: a graph, not a tree (RFC 9618 §1)', () => {
  // Two policies, each mapped to both at every level: 2^20 nodes in the tree of RFC 5280.
  const both = make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.1')), d.seq(d.oid('1.2.2'))));
  const pairs = ['1', '2'].flatMap(a => ['1', '2'].map(b => d.seq(d.oid(`1.2.${a}`), d.oid(`1.2.${b}`))));
  const extensions = make.caExtensions(undefined, both, make.extension('2.5.29.33', d.seq(...pairs), true));
  let issuer = root;
  const pool: Uint8Array[] = [];
  for (let i = 0; i < 20; i++) {
    issuer = make.makeIntermediate(`policy ${i}`, issuer, { extensions, key: make.testKey('p256', `policy ${i % 3}`) });
    pool.push(issuer.der);
  }
  const started = Date.now();
  const end = make.makeLeaf('host.example', issuer, { extensions: [both] });
  verify(end, root, { intermediates: pool, policies: { requireExplicitPolicy: true }, maxDepth: 25 });
  assert.ok(Date.now() - started < 5000);
});

test('costs hostile heaps of certificates bounded work', () => {
  const key = make.testKey('p256', 'heap');
  const namesake = { name: 'heap', key, der: new Uint8Array() };
  // Sixty issuers of one name and as many keys, all with the root's name above: every pair has to be looked at.
  const heap = Array.from({ length: 60 }, (_, i) => {
    const own = make.testKey('p256', `heap ${i % 8}`);
    const issuer = i % 2 === 0 ? 'root' : 'heap';
    return make.makeCertificate({ subject: 'heap', issuer, key: own, signer: key, extensions: make.caExtensions() });
  });
  const started = Date.now();
  const end = make.makeLeaf('host.example', namesake);
  try {
    verify(end, root, { intermediates: heap });
    assert.unreachable();
  } catch (error) {
    assert.ok(['ERR_CERT_SIGNATURE', 'ERR_CERT_BUDGET'].includes((error as TlsError).code), String(error));
  }
  assert.ok(Date.now() - started < 5000);
  const tight = { intermediates: heap, budget: { signatures: 2 } };
  rejects(() => verify(end, root, tight), 'ERR_CERT_BUDGET', /budget of signatures/, -1);
  rejects(() => verify(end, root, { ...tight, budget: { steps: 3 } }), 'ERR_CERT_BUDGET', /budget of steps/, -1);
  rejects(() => verify(end, root, { ...tight, budget: { paths: 1 } }), 'ERR_CERT_BUDGET', /budget of paths/, -1);
});

test('reports a malformed leaf and a malformed name as what they are', () => {
  rejects(() => verify(new Uint8Array(3), root), 'ERR_CERT_MALFORMED', /malformed DER/, 0);
  const odd = make.makeLeaf('host.example', root, { extensions: [make.extension('2.5.29.17', d.ascii('xx'))] });
  rejects(() => verify(odd, root), 'ERR_CERT_MALFORMED', /2\.5\.29\.17/, 0);
  const badIssuer = make.makeCertificate({
    subject: 'a',
    issuer: d.seq(d.set(d.int(1))),
    key: root.key,
    signer: root.key,
    extensions: [make.basicConstraints(false)],
  });
  rejects(() => verify(badIssuer, root), 'ERR_CERT_MALFORMED', /malformed/, 0);
});

test('the peer verifier of a client wants the server name, that of a server the client purpose', () => {
  const verifier = x509.createPeerVerifier({ anchors: [x509.trustAnchor(root.der)], verifiers: [nodeVerifier] });
  const peer = { role: 'server', certificates: [leaf, middle.der], serverName: 'host.example', now: make.NOW } as const;
  assert.is((verifier.verify(peer) as { kind: string }).kind, 'verified-chain');
  rejects(() => verifier.verify({ ...peer, serverName: 'x.example' }), 'ERR_CERT_NAME_MISMATCH', /DNS:host\.example/);
  rejects(() => verifier.verify({ ...peer, serverName: undefined }), 'ERR_CERT_NAME_MISMATCH', /no server name/);
  const any = x509.createPeerVerifier({
    anchors: [x509.trustAnchor(root.der)],
    verifiers: [nodeVerifier],
    dangerousAnyServerName: true,
  });
  any.verify({ ...peer, serverName: undefined });
  const client = make.makeLeaf('host.example', root, { extensions: [make.extendedKeyUsage(x509.purposes.serverAuth)] });
  rejects(
    () => verifier.verify({ role: 'client', certificates: [client], now: make.NOW }),
    'ERR_CERT_PURPOSE',
    /clientAuth/,
  );
});

test.run();
