// The options of verification: their tables, and what the rest of this folder works with once they were read.

import {
  bytes,
  either,
  flag,
  instant,
  integer,
  listOf,
  type OptionRule,
  objectWith,
  readOptions,
  required,
  rule,
  text,
} from '../base/options.ts';
import type { HashAlgorithm } from '../crypto/hash.ts';
import type { SignatureVerifier } from '../crypto/signature.ts';
import type { BudgetLimits } from './budget.ts';
import { Certificate } from './certificate.ts';
import type { PathCheck, StapledStatus } from './path_builder.ts';
import type { PolicyOptions } from './policy.ts';
import type { Profile } from './profile.ts';
import { TrustAnchor } from './trust_anchor.ts';

const certificate = either(
  rule<Certificate>('a Certificate', value => value instanceof Certificate),
  { ...bytes, expected: 'its DER' },
);
const anchor = rule<TrustAnchor>('what trustAnchor gives', value => value instanceof TrustAnchor);
const oid = /^[0-2](?:\.(?:0|[1-9][0-9]*))+$/;
const identifier = rule<string>('an object identifier', value => typeof value === 'string' && oid.test(value));
const limit = rule<number>('a number from 0', value => typeof value === 'number' && value >= 0);

const policyTable = {
  initialPolicySet: listOf(identifier),
  requireExplicitPolicy: flag,
  inhibitPolicyMapping: flag,
  inhibitAnyPolicy: flag,
};
const budgetTable = { work: limit, signatures: limit, paths: limit, steps: limit, comparisons: limit };
const stapledTable = { ocspResponse: bytes, timestamps: listOf(bytes) };

/** What both entries have. */
const commonTable = {
  anchors: required(listOf(anchor)),
  verifiers: required(listOf(objectWith<SignatureVerifier>('a SignatureVerifier', 'handles', 'verify'))),
  hashes: listOf(objectWith<HashAlgorithm>('a HashAlgorithm', 'name', 'digest')),
  intermediates: listOf(certificate),
  profile: objectWith<Profile>('a profile, such as webPkiProfile', 'certificateFault', 'crlFault'),
  maxDepth: integer(0, 1000),
  policies: objectWith<PolicyOptions>('an object'),
  checks: listOf(objectWith<PathCheck>('a check, such as revocation() gives', 'check')),
  budget: objectWith<BudgetLimits>('an object'),
};

const purpose = rule<string>(
  "'server', 'client', 'any' or an object identifier",
  value => value === 'server' || value === 'client' || value === 'any' || identifier.accepts(value),
);

const chainTable = () => ({
  ...commonTable,
  leaf: required(certificate as OptionRule<Certificate | Uint8Array | undefined>),
  time: instant,
  serverName: text,
  purpose,
  keyUsage: integer(0, 0x1ff),
  stapled: objectWith<StapledStatus>('an object'),
  signal: objectWith<AbortSignal>('an AbortSignal', 'aborted', 'throwIfAborted'),
});

const peerTable = { ...commonTable, dangerousAnyServerName: flag };

/** @throws ERR_INVALID_ARGUMENT naming the option */
export function readChainOptions(given: unknown) {
  const what = 'verifyCertificateChain';
  const options = readOptions(what, chainTable(), given);
  const { stapled } = options;
  return {
    ...withNested(what, options),
    // A copy: what is kept about it is kept for this verification alone.
    stapled: stapled === undefined ? undefined : { ...readOptions(`${what}: stapled`, stapledTable, stapled) },
  };
}

/** @throws ERR_INVALID_ARGUMENT naming the option */
export function readPeerOptions(given: unknown) {
  return withNested('createPeerVerifier', readOptions('createPeerVerifier', peerTable, given));
}

function withNested<T extends { policies?: PolicyOptions; budget?: BudgetLimits }>(what: string, options: T) {
  const { policies = {}, budget = {} } = options;
  return {
    ...options,
    policies: readOptions(`${what}: policies`, policyTable, policies) as PolicyOptions,
    budget: readOptions(`${what}: budget`, budgetTable, budget) as BudgetLimits,
  };
}
