// Names from text: distinguished names (RFC 4514, OpenSSL's forms), alternative names and subtrees.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TlsError } from '../../src/base/errors.ts';
import { generalNameText } from '../../src/x509/general_name.ts';
import { alternativeName, nameSubtree } from '../../src/x509/write/general_name.ts';
import { writeName } from '../../src/x509/write/name.ts';

function refused(work: () => unknown, text: RegExp, what: string): void {
  try {
    work();
  } catch (error) {
    assert.instance(error, TlsError, `${what}: ${(error as Error).stack}`);
    assert.is((error as TlsError).code, 'ERR_INVALID_ARGUMENT', what);
    assert.match((error as Error).message, text, what);
    return;
  }
  assert.unreachable(`must be refused: ${what}`);
}

test('every spelling of RFC 4514, RFC 2253 and OpenSSL gives the name it stands for, and its text gives it again', () => {
  const spellings: readonly (readonly [text: string, name: string])[] = [
    ['CN=a,O=b,C=DE', 'CN=a,O=b,C=DE'],
    ['cn=a;o=b', 'CN=a,O=b'],
    ['commonName=a,organizationName=b,countryName=DE', 'CN=a,O=b,C=DE'],
    ['2.5.4.3=a,OID.2.5.4.10=b', 'CN=a,O=b'],
    ['E=a@b.example', 'emailAddress=a@b.example'],
    ['S=Bayern,G=Ada', 'ST=Bayern,GN=Ada'],
    ['CN=a+OU=b,O=c', 'CN=a+OU=b,O=c'],
    ['CN="a, b" , O=c', 'CN=a\\, b,O=c'],
    ['CN=a\\, b', 'CN=a\\, b'],
    ['CN=a\\2c b', 'CN=a\\, b'],
    ['CN="say \\"a\\""', 'CN=say \\"a\\"'],
    ['CN=M\\C3\\BCller', 'CN=M\u00fcller'],
    ['CN=a  ,O=b', 'CN=a,O=b'],
    ['CN=a\\ ', 'CN=a\\ '],
    ['CN="a "', 'CN=a\\ '],
    ['CN=\\#a', 'CN=\\#a'],
    ['CN=#0c0161', 'CN=a'],
    ['1.2.3.4=#0c0161', '1.2.3.4=#0c0161'],
    ['CN=a=b', 'CN=a=b'],
    // OpenSSL's: the most significant attribute first.
    ['/C=DE/O=Example/CN=a', 'CN=a,O=Example,C=DE'],
    ['/O=a\\/b, "c" #d/CN=e+OU=f', 'CN=e+OU=f,O=a/b\\, \\"c\\" #d'],
    ['C = DE, O = Example, CN = a', 'CN=a,O=Example,C=DE'],
    ['C = DE, O = "Example, Ltd", CN = a', 'CN=a,O=Example\\, Ltd,C=DE'],
    ['C=DE, O=Example, CN=a', 'C=DE,O=Example,CN=a'],
    ['', ''],
  ];
  for (const [text, name] of spellings) {
    const written = writeName(text);
    assert.is(written.toString(), name, text);
    assert.ok(writeName(written.toString()).equals(written), text);
  }
  assert.is(writeName('CN=a,CN=b,O=c').attribute('CN'), 'a');
  assert.equal(writeName('CN=a,CN=b,O=c').attributes('commonName'), ['b', 'a']);
  assert.is(writeName('CN=a').attribute('2.5.4.10'), undefined);
  refused(() => writeName('CN=a').attribute('common'), /no attribute type/, 'attribute');
});

test('what is no name is refused, and says why (ERR_INVALID_ARGUMENT)', () => {
  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ['CN="a', /quote without its end/],
    ['CN="a\\"', /quote without its end/],
    ['CN=a"b', /quote inside/],
    ['CN=a"', /quote inside/],
    ['CN="a"b', /behind the quote/],
    ['CN=#', /hex/],
    ['CN=#zz', /hex/],
    ['CN=#0c0', /hex/],
    ['CN=#0c0261', /not the DER of one value/],
    ['CN=#0c01610c0161', /not the DER of one value/],
    ['CN=', /empty/],
    ['CN=""', /empty/],
    ['=a', /begin with a type/],
    ['a', /begin with a type/],
    ['CN=a,', /separator/],
    ['CN=a,,O=b', /type/],
    ['CN=a+', /separator/],
    ['/CN=a/', /separator/],
    ['CN=a,b', /type/],
    ['CN=\\ff', /UTF-8/],
    ['CN=a\\', /backslash/],
    ['CN=\\00', /NUL/],
    ['CN=\ud800', /surrogate/],
    ['nothing=a', /unknown/],
    ['constructor=a', /unknown/],
    ['C=Germany', /two capital letters/],
    ['C=de', /two capital letters/],
    [`CN=${'a'.repeat(65)}`, /64/],
    [`CN=${'a'.repeat(100_000)}`, /65536/],
  ];
  for (const [text, why] of wrong) refused(() => writeName(text), why, text.slice(0, 40));
  for (const value of [undefined, null, 7, {}, []] as never[])
    refused(() => writeName(value), /no string/, typeof value);
});

test('alternative names of every kind go from text to text', () => {
  const names: readonly (readonly [text: string, again: string])[] = [
    ['Example.COM', 'DNS:example.com'],
    ['*.example.com', 'DNS:*.example.com'],
    ['192.0.2.1', 'IP:192.0.2.1'],
    ['IP Address:2001:DB8::1', 'IP:2001:db8::1'],
    ['a@example.com', 'email:a@example.com'],
    ['rfc822:a@example.com', 'email:a@example.com'],
    ['https://example.com/a', 'URI:https://example.com/a'],
    ['URI:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'URI:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['dirName:CN=a,O=b', 'dirName:CN=a,O=b'],
    ['RID:1.2.3.4', 'registeredID:1.2.3.4'],
    ['UPN:ada@corp.example', 'UPN:ada@corp.example'],
    ['otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ada@corp.example', 'UPN:ada@corp.example'],
    ['jos\u00e9@example.com', 'SmtpUTF8Mailbox:jos\u00e9@example.com'],
    ['SmtpUTF8Mailbox:\u8001\u5e2b@xn--fsq.example', 'SmtpUTF8Mailbox:\u8001\u5e2b@xn--fsq.example'],
    ['SRV:_imap.example.com', 'SRV:_imap.example.com'],
    ['XMPP:ada@im.example', 'XMPP:ada@im.example'],
    ['otherName:1.2.3;IA5:a', 'otherName:1.2.3:#160161'],
    ['otherName:1.2.3:#0c0161', 'otherName:1.2.3:#0c0161'],
  ];
  for (const [text, again] of names) {
    const name = alternativeName(text);
    assert.is(generalNameText(name), again, text);
    assert.equal(alternativeName(again), name, text);
    assert.is(alternativeName(name), name);
  }
  for (const wrong of [
    'a b',
    'b\u00fccher.example',
    'IP:1.2.3',
    'a@b@c.example',
    'a@b\u00fccher.example',
    'SmtpUTF8Mailbox:a@example.com',
    'SmtpUTF8Mailbox:\u00e9@b\u00fccher.example',
    'RID:1',
    'dirName:',
    'UPN:',
    'otherName:1.2.3',
    'otherName:1.2.3:#0c02',
    'otherName:1.2.3;NONE:a',
    { type: 'ip', value: new Uint8Array(5) },
    { type: 'dns', value: 'a b' },
    { type: 'other', oid: '1.2.3', value: new Uint8Array(0) },
    { type: 'toString' },
    null,
  ] as never[]) {
    refused(() => alternativeName(wrong), /alternative name|distinguished name|object identifier/, String(wrong));
  }
});

test('subtrees of every kind go from text to GeneralName', () => {
  for (const [text, again] of [
    ['Example.com', 'DNS:example.com'],
    ['.example.com', 'DNS:.example.com'],
    ['DNS:', 'DNS:'],
    ['10.1.2.3/8', 'IP:10.0.0.0/255.0.0.0'],
    ['10.0.0.0/255.255.0.0', 'IP:10.0.0.0/255.255.0.0'],
    ['192.0.2.1', 'IP:192.0.2.1/255.255.255.255'],
    ['2001:db8::/32', 'IP:2001:db8::/ffff:ffff::'],
    ['IP:::/0', 'IP:::/::'],
    ['email:example.com', 'email:example.com'],
    ['a@example.com', 'email:a@example.com'],
    ['URI:.example.com', 'URI:.example.com'],
    ['dirName:O=Example', 'dirName:O=Example'],
    ['O=Example', 'dirName:O=Example'],
    ['RID:1.2.3', 'registeredID:1.2.3'],
  ]) {
    assert.is(generalNameText(nameSubtree(text)), again, text);
  }
  for (const wrong of ['*.example.com', '10.0.0.0/33', '10.0.0.0/255.0.255.0', '10.0.0.0/8/8', '10.0.0.0/::', 'a b']) {
    refused(() => nameSubtree(wrong), /subtree/, wrong);
  }
});

test.run();
