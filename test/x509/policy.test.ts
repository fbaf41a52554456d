// The policy graph of RFC 9618 decides as the policy tree of RFC 5280 does, on random paths.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Certificate } from '../../src/x509/certificate.ts';
import { policyFault } from '../../src/x509/policy.ts';
import { Dice } from '../support/x509_fuzz.ts';
import { type PolicyCertificate, type PolicyInputs, policyTreeAccepts } from '../twins/policy_tree.ts';

const ANY = '2.5.29.32.0';
const names = ['1.1', '1.2', '1.3'];

function randomCertificate(dice: Dice): PolicyCertificate {
  const chance = (n: number) => dice.roll(n) === 0;
  const policies = [...names, ANY].filter(() => !chance(3));
  const mapped = (dice.roll(3) === 0 ? [...names, ...names] : []).map(() => ({
    issuerDomain: chance(80) ? ANY : dice.pick(names),
    subjectDomain: dice.pick(names),
  }));
  return {
    selfIssued: chance(5),
    certificatePolicies: chance(12) ? undefined : policies.map(oid => ({ oid, qualifiers: [] })),
    policyMappings: mapped.length === 0 ? undefined : mapped,
    policyConstraints: chance(3)
      ? {
          requireExplicitPolicy: chance(2) ? dice.roll(3) : undefined,
          inhibitPolicyMapping: chance(2) ? dice.roll(3) : undefined,
        }
      : undefined,
    inhibitAnyPolicy: chance(4) ? dice.roll(3) : undefined,
  };
}

function randomInputs(dice: Dice): PolicyInputs {
  const set = [...names, ANY].filter(() => dice.roll(3) === 0);
  return {
    initialPolicySet: dice.roll(2) === 0 ? undefined : set,
    requireExplicitPolicy: dice.roll(2) === 0,
    inhibitPolicyMapping: dice.roll(6) === 0,
    inhibitAnyPolicy: dice.roll(6) === 0,
  };
}

test('agrees with the tree of RFC 5280 on random paths', () => {
  const dice = new Dice(9618);
  const seen = { accepted: 0, refused: 0 };
  for (let i = 0; i < 6000; i++) {
    const path = Array.from({ length: 1 + dice.roll(4) }, () => randomCertificate(dice));
    const inputs = randomInputs(dice);
    const expected = policyTreeAccepts(path, inputs);
    const found = policyFault(path as unknown as Certificate[], inputs);
    assert.is(found === null, expected, JSON.stringify({ path, inputs, found }));
    seen[expected ? 'accepted' : 'refused']++;
  }
  assert.ok(seen.accepted > 500 && seen.refused > 500, JSON.stringify(seen));
});

test.run();
