// Certificates of every kind: profiles, usages, extensions, policies, names and subtrees, as castls and openssl read them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as asn1 from '../../src/asn1/writer.ts';
import { TlsError } from '../../src/base/errors.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { extensionOids, keyUsages, purposes } from '../../src/x509/extensions.ts';
import { generalNameText } from '../../src/x509/general_name.ts';
import type { CertificateContent } from '../../src/x509/write/content.ts';
import { writeExtension } from '../../src/x509/write/extensions.ts';
import { issueCertificate, issueSelfSigned } from '../../src/x509/write/issue.ts';
import { DAY, issuerOf, makeKey, NOW, pemOf, signing, tools } from '../support/issuing.ts';
import { openssl, write } from '../support/openssl.ts';
import { wrongValues } from '../support/wrong_values.ts';

const dates = { notBefore: NOW - DAY, notAfter: NOW + 30 * DAY };
type More = Partial<CertificateContent>;

async function root(more: More = {}): Promise<Certificate> {
  const key = await makeKey('p256', 'root');
  const content = { profile: 'ca', subject: 'CN=Root', publicKey: key, ...dates, ...more } as const;
  return issueSelfSigned(content, signing(key), tools);
}

async function issued(more: More, kind = 'p256', ca?: Certificate): Promise<Certificate> {
  const key = await makeKey(kind, 'leaf');
  const content = { profile: 'server', publicKey: key.publicKey, ...dates, ...more } as const;
  return issueCertificate(content, issuerOf(ca ?? (await root()), await makeKey('p256', 'root')), tools);
}

async function refused(work: () => Promise<unknown>, text: RegExp): Promise<void> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, TlsError, String((error as Error).stack));
    assert.is((error as TlsError).code, 'ERR_INVALID_ARGUMENT', String((error as Error).stack));
    assert.match((error as Error).message, text, (error as Error).message);
    return;
  }
  assert.unreachable(`must be refused: ${text}`);
}

const usageNames = (certificate: Certificate): string[] =>
  Object.entries(keyUsages).flatMap(([name, bit]) => ((certificate.keyUsage ?? 0) & bit ? [name] : []));

test('each profile has the usages its readers demand', async () => {
  const upn = 'UPN:ada@corp.example';
  const profiles: readonly (readonly [More, kind: string, usage: string[], purpose: string[], flag: string | null])[] =
    [
      [{ profile: 'server', altNames: ['a.example'] }, 'p256', ['digitalSignature'], ['serverAuth'], 'sslserver'],
      [{ profile: 'client', subject: 'CN=a' }, 'ed25519', ['digitalSignature'], ['clientAuth'], 'sslclient'],
      [
        { profile: 'server-client', altNames: ['a.example'] },
        'rsa',
        ['digitalSignature', 'keyEncipherment'],
        ['serverAuth', 'clientAuth'],
        'sslserver',
      ],
      [
        { profile: 'email', altNames: ['email:a@example.com'] },
        'p256',
        ['digitalSignature', 'keyAgreement'],
        ['emailProtection'],
        'smimesign',
      ],
      [
        { profile: 'email', altNames: ['jos\u00e9@example.com'] },
        'rsa',
        ['digitalSignature', 'keyEncipherment'],
        ['emailProtection'],
        'smimeencrypt',
      ],
      [{ profile: 'code-signing', subject: 'O=a' }, 'p256', ['digitalSignature'], ['codeSigning'], 'any'],
      [
        { profile: 'time-stamping', subject: 'CN=tsa' },
        'p256',
        ['digitalSignature'],
        ['timeStamping'],
        'timestampsign',
      ],
      [
        { profile: 'document-signing', subject: 'CN=a' },
        'p256',
        ['digitalSignature', 'nonRepudiation'],
        ['documentSigning'],
        'any',
      ],
      [
        { profile: 'smart-card-logon', subject: 'CN=a', altNames: [upn] },
        'rsa',
        ['digitalSignature', 'keyEncipherment'],
        ['clientAuth', 'smartCardLogon'],
        'sslclient',
      ],
      [{ profile: 'ocsp-signing', subject: 'CN=a' }, 'p256', ['digitalSignature'], ['ocspSigning'], 'ocsphelper'],
      [{ profile: 'custom', subject: 'CN=a' }, 'p256', [], [], 'any'],
    ];
  const ca = write('ca.pem', pemOf((await root()).der));
  for (const [content, kind, usage, purpose, flag] of profiles) {
    const certificate = await issued(content, kind);
    assert.equal(usageNames(certificate), usage, content.profile);
    const oids = purpose.map(name => purposes[name as keyof typeof purposes]);
    assert.equal(certificate.extendedKeyUsage ?? [], oids, content.profile);
    const file = write('leaf.pem', pemOf(certificate.der));
    assert.match(openssl('verify', '-x509_strict', '-purpose', flag!, '-CAfile', ca, file), /OK/, content.profile);
  }
  const stamping = await issued({ profile: 'time-stamping', subject: 'CN=tsa' });
  assert.ok(stamping.extensions.get(extensionOids.extendedKeyUsage)?.critical, 'RFC 3161 §2.3');
  assert.ok((await issued({ profile: 'ocsp-signing', subject: 'CN=a' })).extensions.has(extensionOids.ocspNoCheck));
});

test('a profile without the names it needs is refused', async () => {
  await refused(() => issued({ profile: 'server', subject: 'CN=a' }), /RFC 9525/);
  await refused(() => issued({ profile: 'email', subject: 'CN=a', altNames: ['a.example'] }), /mailbox/);
  await refused(() => issued({ profile: 'smart-card-logon', subject: 'CN=a' }), /UPN/);
  await refused(() => issued({ profile: 'code-signing', altNames: ['a.example'] }), /needs a subject/);
  await refused(() => issued({ profile: 'custom' }), /names nobody/);
});

test('any key usage, extended key usage, policy and extension, by name or identifier', async () => {
  const certificate = await issued({
    profile: 'custom',
    subject: 'CN=all',
    keyUsage: ['keyAgreement', 'encipherOnly'],
    extendedKeyUsage: ['ipsecIKE', '1.3.6.1.4.1.99999.1'],
    policies: [
      '2.23.140.1.2.1',
      { oid: '1.3.6.1.4.1.99999.2', cps: 'https://cps.example/', notice: 'For tests \u00fc' },
    ],
    issuerAltNames: ['URI:https://ca.example/'],
    deltaCrlUris: ['http://crl.example/delta.crl'],
    subjectInfoAccess: [
      { method: '1.3.6.1.5.5.7.48.5', location: { type: 'uri', value: 'https://repository.example/' } },
    ],
    altNames: ['RID:1.2.3.4', 'UPN:ada@corp.example', 'dirName:CN=d', '\u8001\u5e2b@example.com', 'SRV:_a.example'],
    extensions: [
      { oid: '1.3.6.1.4.1.99999.3', critical: true, value: asn1.utf8String('mine') },
      writeExtension('1.3.6.1.4.1.99999.4', asn1.nullElement()),
    ],
  });
  assert.equal(usageNames(certificate), ['keyAgreement', 'encipherOnly']);
  assert.equal(certificate.extendedKeyUsage, [purposes.ipsecIKE, '1.3.6.1.4.1.99999.1']);
  const text = openssl('x509', '-in', write('all.pem', pemOf(certificate.der)), '-noout', '-text');
  for (const wanted of [
    /Encipher Only/,
    /1\.3\.6\.1\.4\.1\.99999\.1/,
    /Policy: 1\.3\.6\.1\.4\.1\.99999\.2\s+CPS: https:\/\/cps\.example\/\s+User Notice:\s+Explicit Text: For tests/,
    /Issuer Alternative Name:\s+URI:https:\/\/ca\.example\//,
    /Freshest CRL:[\s\S]*delta\.crl/,
    /Subject Information Access:\s+CA Repository - URI:https:\/\/repository\.example\//,
    /Registered ID:1\.2\.3\.4/,
    /othername: UPN::?ada@corp\.example/,
    /DirName:\s*\/?CN ?= ?d/,
    /othername: SmtpUTF8Mailbox/,
    /1\.3\.6\.1\.4\.1\.99999\.3: critical/,
    /1\.3\.6\.1\.4\.1\.99999\.4:/,
  ]) {
    assert.match(text, wanted);
  }
  // What the caller gives stands where castls would have written its own.
  const own = await issued({
    altNames: ['a.example'],
    extensions: [{ oid: extensionOids.subjectKeyIdentifier, value: asn1.octetString(Uint8Array.of(1, 2)) }],
  });
  assert.equal(own.subjectKeyIdentifier, Uint8Array.of(1, 2));
  assert.is((await issued({ altNames: ['a.example'], extendedKeyUsage: [] })).extendedKeyUsage, undefined);
});

test('policies of a CA: mappings, constraints, inhibitAnyPolicy', async () => {
  const certificate = await issued({
    profile: 'ca',
    subject: 'CN=Policies',
    pathLength: 0,
    policies: ['1.2.3.1'],
    policyMappings: [{ issuerDomain: '1.2.3.1', subjectDomain: '1.2.3.2' }],
    policyConstraints: { requireExplicitPolicy: 0, inhibitPolicyMapping: 1 },
    inhibitAnyPolicy: 0,
  });
  assert.equal(certificate.policyMappings, [{ issuerDomain: '1.2.3.1', subjectDomain: '1.2.3.2' }]);
  assert.equal(certificate.policyConstraints, { requireExplicitPolicy: 0, inhibitPolicyMapping: 1 });
  assert.is(certificate.inhibitAnyPolicy, 0);
  await refused(() => issued({ altNames: ['a.example'], inhibitAnyPolicy: 0 }), /inhibitAnyPolicy is for CAs/);
});

const everyName = [
  'a.example.com',
  'b.example',
  'IP:192.0.2.1',
  'IP:2001:db8::1',
  'a@example.com',
  'URI:https://b.example/',
];

/** Which of `everyName` castls issues below a CA with these constraints, and which openssl accepts. */
async function allowed(nameConstraints: CertificateContent['nameConstraints']): Promise<[string[], string[]]> {
  const ca = await root({ nameConstraints });
  const caFile = write('constrained.pem', pemOf(ca.der));
  const [own, theirs]: [string[], string[]] = [[], []];
  for (const name of everyName) {
    const content = { profile: 'client', subject: 'O=a', altNames: [name] } as const;
    try {
      await issued(content, 'p256', ca);
      own.push(name);
    } catch (error) {
      assert.match((error as Error).message, /RFC 5280 §4\.2\.1\.10/);
    }
    // The same from a root of the same key without constraints, put below the one with them.
    const file = write('named.pem', pemOf((await issued(content)).der));
    try {
      openssl('verify', '-CAfile', caFile, file);
      theirs.push(name);
    } catch {
      // openssl refuses.
    }
  }
  return [own, theirs];
}

test('a CA confined to one kind of name does not leave the others free, for castls and for openssl', async () => {
  const cases: readonly (readonly [CertificateContent['nameConstraints'], string[]])[] = [
    [{ permitted: ['example.com'] }, ['a.example.com']],
    [{ permitted: ['email:example.com'] }, ['a@example.com']],
    [{ permitted: ['192.0.2.0/24'] }, ['IP:192.0.2.1']],
    [{ permitted: ['URI:b.example'] }, ['URI:https://b.example/']],
    [{ permitted: ['example.com', '2001:db8::/32'] }, ['a.example.com', 'IP:2001:db8::1']],
    [{ permitted: ['example.com'], otherKinds: 'free' }, everyName.filter(name => name !== 'b.example')],
    [{ excluded: ['example.com', 'email:example.com'] }, everyName.filter(name => !/example\.com/.test(name))],
    [{ excluded: ['IP:0.0.0.0/0'] }, everyName.filter(name => name !== 'IP:192.0.2.1')],
    [{ permitted: ['O=a'] }, everyName],
    [{ excluded: ['dirName:O=a'] }, []],
  ];
  for (const [constraints, names] of cases) {
    const [own, theirs] = await allowed(constraints);
    assert.equal(own, names, `castls: ${JSON.stringify(constraints)}`);
    assert.equal(theirs, names, `openssl: ${JSON.stringify(constraints)}`);
  }
  const confined = await root({ nameConstraints: { permitted: ['example.com'] } });
  assert.equal(confined.nameConstraints!.excluded.map(generalNameText), ['IP:0.0.0.0/0.0.0.0', 'IP:::/::']);
});

test('what a CA issues is judged: usages above, criticality, repeated extensions, weak keys, dates', async () => {
  const server = await root({ extendedKeyUsage: ['serverAuth'] });
  await issued({ altNames: ['a.example'] }, 'p256', server);
  await refused(() => issued({ profile: 'client', subject: 'CN=a' }, 'p256', server), /nothing for clientAuth/);
  await refused(() => issued({ altNames: ['a.example'], keyUsage: ['keyCertSign'] }), /without being a CA/);
  const critical = {
    oid: extensionOids.subjectKeyIdentifier,
    critical: true,
    value: asn1.octetString(new Uint8Array(1)),
  };
  await refused(() => issued({ altNames: ['a.example'], extensions: [critical] }), /critical/);
  await refused(() => issued({ altNames: ['a.example'], extensions: [critical, critical] }), /twice/);
  const shaky = { oid: extensionOids.subjectAltName, value: asn1.sequence(asn1.ia5String('a b', 0x82)) };
  await refused(() => issued({ subject: 'CN=a', altNames: ['a.example'], extensions: [shaky] }), /alternative name/);
  await refused(
    () => issued({ altNames: ['a.example'], extensions: [{ oid: '1.2.3', value: new Uint8Array(2).fill(7) }] }),
    /DER of one element/,
  );
  const modulus = new Uint8Array(128).fill(0xff);
  const weak = { type: 'rsa', modulus, exponent: Uint8Array.of(1, 0, 1) } as const;
  await refused(() => issued({ altNames: ['a.example'], publicKey: weak }), /1024 bits/);
  assert.is((await issued({ altNames: ['a.example'], notBefore: 0, notAfter: 1000 })).notAfter, 1000);
  await refused(() => issued({ altNames: ['a.example'], notAfter: NOW + 31 * DAY }), /outlive/);
});

test('the content is read by a table: misspelt, of another kind, null (ERR_INVALID_ARGUMENT)', async () => {
  const good = { altNames: ['a.example'] };
  await refused(() => issued({ ...good, altnames: ['b'] } as More), /did you mean altNames/);
  await refused(() => issued({ ...good, profile: 'sever' } as never), /profile/);
  await refused(() => issued({ ...good, extendedKeyUsage: ['serverauth'] }), /did you mean serverAuth/);
  await refused(() => issued({ ...good, keyUsage: ['digitalsignature'] as never }), /did you mean digitalSignature/);
  await refused(() => issued({ ...good, notAfter: Number.NaN }), /notAfter/);
  await refused(() => issued({ ...good, notAfter: new Date('x') }), /notAfter/);
  await refused(() => issued({ ...good, nameConstraints: { permited: [] } } as never), /permitted|for CAs/);
  const names = ['subject', 'notBefore', 'altNames', 'keyUsage', 'pathLength', 'nameConstraints', 'policies'] as const;
  for (const name of [...names, 'serialNumber', 'extensions', 'mustStaple', 'publicKey'] as const) {
    for (const [what, value] of wrongValues()) {
      if (value === undefined) continue;
      try {
        await issued({ ...good, [name]: value } as More);
      } catch (error) {
        assert.instance(error, TlsError, `${name} ${what}: ${(error as Error).stack}`);
      }
    }
  }
  const dated = await issued({ ...good, notBefore: new Date(NOW), notAfter: new Date(NOW + 1500) });
  assert.is(dated.notAfter, NOW + 1000);
});

test.run();
