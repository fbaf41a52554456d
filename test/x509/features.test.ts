// A verifier without the features for name constraints and policies refuses what they would have to judge, and judges all else
// as one that has them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { VerifierFeatures } from '../../src/x509/features.ts';
import { type ChainOptions, judgeChain, type VerifiedChain } from '../../src/x509/judgement.ts';
import { certificatePolicies, nameConstraints, wholePaths } from '../../src/x509/path_features.ts';
import { trustAnchor } from '../../src/x509/trust_anchor.ts';
import * as d from '../support/der.ts';
import { nodeVerifier } from '../support/node/signatures.ts';
import * as make from '../support/x509_maker.ts';
import { rejects } from '../support/x509_verify.ts';

const critical = (oid: string, value: Uint8Array) => make.extension(oid, value, true);
const root = make.makeRoot('root');
const UNREAD = 'ERR_CERT_UNKNOWN_CRITICAL_EXTENSION';

/** A chain whose intermediate has an extension. */
function chainWith(...extensions: Uint8Array[]): { leaf: Uint8Array; middle: Uint8Array } {
  const fields = { extensions: make.caExtensions(undefined, ...extensions) };
  const middle = make.makeIntermediate('middle', root, fields);
  return { leaf: make.makeLeaf('host.example', middle), middle: middle.der };
}

function judge(
  { leaf, middle }: { leaf: Uint8Array; middle: Uint8Array },
  features: VerifierFeatures,
  more: Partial<ChainOptions> = {},
): VerifiedChain {
  const options = { leaf, intermediates: [middle], anchors: [trustAnchor(root.der)], verifiers: [nodeVerifier] };
  const chain = judgeChain({ ...options, time: make.NOW, serverName: 'host.example', ...more }, features);
  assert.not.instance(chain, Promise);
  return chain as VerifiedChain;
}

test('a chain without either is verified by no feature at all', () => {
  assert.is(judge(chainWith(), {}).certificates.length, 3);
});

for (const isCritical of [true, false]) {
  const kind = isCritical ? 'critical' : 'not critical';
  test(`name constraints that permit the name, ${kind}: refused without the feature, taken with it`, () => {
    const value = d.seq(d.tagged(0, d.seq(make.dns('example'))));
    const chain = chainWith(make.extension('2.5.29.30', value, isCritical));
    rejects(() => judge(chain, {}), UNREAD, /nameConstraints/, 0);
    rejects(() => judge(chain, certificatePolicies), UNREAD, /nameConstraints/, 0);
    assert.ok(judge(chain, nameConstraints));
  });
}

test('name constraints that the caller sets on an anchor are not passed over', () => {
  const anchors = [
    trustAnchor(root.der, { nameConstraints: { permitted: [{ type: 'dns', value: 'example' }], excluded: [] } }),
  ];
  rejects(() => judge(chainWith(), {}, { anchors }), UNREAD, /nameConstraints/);
  assert.ok(judge(chainWith(), nameConstraints, { anchors }));
});

const requireExplicit = (skip: number) => d.seq(d.primitive(0x00, Uint8Array.of(skip)));
const policies: [string, Uint8Array][] = [
  ['policyConstraints', critical('2.5.29.36', requireExplicit(5))],
  ['inhibitAnyPolicy', critical('2.5.29.54', d.int(0))],
  ['policyMappings', critical('2.5.29.33', d.seq(d.seq(d.oid('1.2.3'), d.oid('1.2.4'))))],
];
for (const [name, extension] of policies) {
  test(`critical ${name} of an intermediate: refused without the feature, judged with it`, () => {
    const chain = chainWith(extension);
    rejects(() => judge(chain, {}), UNREAD, /certificatePolicies/, 1);
    rejects(() => judge(chain, nameConstraints), UNREAD, /certificatePolicies/, 1);
    assert.ok(judge(chain, certificatePolicies));
  });
}

test('an explicit policy that is demanded and not there is refused either way', () => {
  const chain = chainWith(critical('2.5.29.36', requireExplicit(0)));
  rejects(() => judge(chain, wholePaths), 'ERR_CERT_POLICY', /./);
  rejects(() => judge(chain, {}), UNREAD, /certificatePolicies/);
});

test('policies that nobody demands decide nothing (RFC 5280 §6.1.3 (f))', () => {
  const chain = chainWith(make.extension('2.5.29.32', d.seq(d.seq(d.oid('1.2.3')))));
  assert.ok(judge(chain, {}));
  assert.ok(judge(chain, wholePaths));
});

test.run();
