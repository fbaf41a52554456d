// Names and values of the registries, against the ones Node's OpenSSL knows.

import { getCiphers } from 'node:tls';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { AlertDescription, alertName } from '../../src/registry/alerts.ts';
import { CipherSuite12, CipherSuite13, cipherSuiteName, opensslName } from '../../src/registry/cipher_suites.ts';
import { ExtensionType, extensionName } from '../../src/registry/extension_types.ts';
import { groupName, isFiniteFieldGroup, NamedGroup } from '../../src/registry/named_groups.ts';
import { versionName } from '../../src/registry/protocol_versions.ts';
import { SignatureScheme, signatureSchemeName } from '../../src/registry/signature_schemes.ts';

test("OpenSSL knows every alias by castls' rule", () => {
  const known = new Set(getCiphers());
  // Node lists no CCM suites.
  const names = [...Object.keys(CipherSuite12), ...Object.keys(CipherSuite13)].filter(name => !name.includes('CCM'));
  for (const name of names) {
    assert.ok(known.has(opensslName(name).toLowerCase()), `${name}: ${opensslName(name)}`);
  }
});

test('suites have two names', () => {
  assert.is(opensslName('TLS_RSA_WITH_AES_128_CCM_8'), 'AES128-CCM8');
  assert.is(opensslName('TLS_ECDHE_ECDSA_WITH_AES_256_CCM'), 'ECDHE-ECDSA-AES256-CCM');
  assert.is(opensslName('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'), 'ECDHE-RSA-AES128-GCM-SHA256');
  assert.is(opensslName('TLS_RSA_WITH_AES_256_CBC_SHA'), 'AES256-SHA');
  assert.is(opensslName('TLS_AES_128_GCM_SHA256'), 'TLS_AES_128_GCM_SHA256');
  assert.is(cipherSuiteName(0xcca9), 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256');
  assert.is(cipherSuiteName(0x5600), 'TLS_FALLBACK_SCSV');
});

test('values without a name are shown in hex (peers send GREASE)', () => {
  assert.is(cipherSuiteName(0x0a0a), '0x0a0a');
  assert.is(groupName(0x2a2a), '0x2a2a');
  assert.is(signatureSchemeName(0x3a3a), '0x3a3a');
  assert.is(versionName(0x4a4a), '0x4a4a');
  assert.is(extensionName(0x5a5a), 'extension 0x5a5a');
  assert.is(alertName(200), 'alert 200');
});

test('no table has a value twice', () => {
  for (const table of [
    AlertDescription,
    CipherSuite12,
    CipherSuite13,
    ExtensionType,
    NamedGroup,
    SignatureScheme,
  ] as Record<string, number>[]) {
    const values = Object.values(table);
    assert.is(new Set(values).size, values.length);
    assert.equal(
      values,
      [...values].sort((a, b) => a - b),
      'in registry order',
    );
  }
});

test('names and values agree', () => {
  assert.is(groupName(0x11ec), 'X25519MLKEM768');
  assert.is(signatureSchemeName(0x0905), 'mldsa65');
  assert.is(extensionName(0x0010), 'application_layer_protocol_negotiation');
  assert.is(alertName(100), 'no_renegotiation');
  assert.is(versionName(0x0303), 'TLSv1.2');
  assert.ok(isFiniteFieldGroup(0x01ff) && !isFiniteFieldGroup(0x001d));
});

test.run();
