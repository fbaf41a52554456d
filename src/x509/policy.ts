// Certificate policies over a path (RFC 5280 §6.1 with the policy graph of RFC 9618 instead of its tree, whose size an
// attacker can make exponential). The graph has one node for each policy and depth.

import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { type Fault, fault } from './certificate_error.ts';
import { ANY_POLICY, hasRepeatedPolicy } from './extensions.ts';

/** The policy inputs of RFC 5280 §6.1.1 (c), (e), (f), (g). */
export interface PolicyOptions {
  /** Acceptable policies; absent stands for any. */
  readonly initialPolicySet?: readonly string[];
  readonly requireExplicitPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly inhibitAnyPolicy?: boolean;
}

interface PolicyNode {
  /** Policies of the level above that lead here. */
  readonly parents: readonly string[];
  expected: ReadonlySet<string>;
}

/** valid_policy -> node, one map for each depth. */
type Graph = Map<string, PolicyNode>[];

/** What a path starts from: the inputs of the caller and of the anchor, which narrow each other (RFC 5937 §3). */
interface Inputs {
  readonly acceptable: readonly string[] | undefined;
  readonly explicit: number;
  readonly mapping: number;
  readonly inhibitAny: number;
}

/**
 * Processes the policies of a path.
 * @param path from the certificate below the anchor to the leaf
 * @param anchor the anchor's certificate, whose policies and constraints count as inputs
 * @param budget charged for every node of the graph each time it is looked at
 * @returns the fault and the index in `path` where it shows, or null
 */
export function policyFault(
  path: readonly Certificate[],
  options: PolicyOptions,
  anchor?: Certificate,
  budget?: Budget,
): { fault: Fault; at: number } | null {
  const n = path.length;
  for (let at = 0; at < n; at++) {
    // RFC 5280 §6.1.4 (a).
    for (const { issuerDomain, subjectDomain } of path[at].policyMappings ?? []) {
      if (issuerDomain === ANY_POLICY || subjectDomain === ANY_POLICY) {
        return { fault: policyError('a policy mapping from or to anyPolicy', 'RFC 5280 §6.1.4 (a)'), at };
      }
    }
  }
  const inputs = inputsOf(options, anchor, n);
  if (!matters(path, inputs)) return null;

  let { explicit, mapping, inhibitAny } = inputs;
  let graph: Graph | null = [new Map([[ANY_POLICY, { parents: [], expected: new Set([ANY_POLICY]) }]])];
  for (let at = 0; at < n; at++) {
    const certificate = path[at];
    const last = at === n - 1;
    const { selfIssued } = certificate;
    const policies = certificate.certificatePolicies?.length ?? 0;
    budget?.takeItems(policies + (certificate.policyMappings?.length ?? 0) + 2 * sizeOf(graph));
    // RFC 5280 §6.1.3 (d), (e), (f).
    graph = grow(graph, certificate, inhibitAny > 0 || (!last && selfIssued));
    if (explicit === 0 && graph === null) {
      return { fault: policyError('no certificate policy holds up to here', 'RFC 5280 §6.1.3 (f)'), at };
    }
    if (last) break;
    // §6.1.4 (b), (h), (i), (j).
    graph = applyMappings(graph, certificate, mapping > 0);
    if (!selfIssued) {
      if (explicit > 0) explicit--;
      if (mapping > 0) mapping--;
      if (inhibitAny > 0) inhibitAny--;
    }
    const constraints = certificate.policyConstraints;
    explicit = Math.min(explicit, constraints?.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, constraints?.inhibitPolicyMapping ?? mapping);
    inhibitAny = Math.min(inhibitAny, certificate.inhibitAnyPolicy ?? inhibitAny);
  }
  // §6.1.5 (a), (b), (g).
  if (explicit > 0) explicit--;
  if (path[n - 1].policyConstraints?.requireExplicitPolicy === 0) explicit = 0;
  if (explicit > 0 || acceptable(graph, inputs.acceptable)) return null;
  return { fault: policyError('the path is valid for no acceptable policy', 'RFC 5280 §6.1.5 (g)'), at: n - 1 };
}

/** RFC 5937 §3.2, RFC 5914 §2.4: what the certificate of an anchor says narrows what the caller says. */
function inputsOf(options: PolicyOptions, anchor: Certificate | undefined, n: number): Inputs {
  const constraints = anchor?.policyConstraints;
  const own = anchor?.certificatePolicies?.map(({ oid }) => oid);
  return {
    acceptable: intersection(options.initialPolicySet, own),
    explicit: Math.min(options.requireExplicitPolicy ? 0 : n + 1, constraints?.requireExplicitPolicy ?? n + 1),
    mapping: Math.min(options.inhibitPolicyMapping ? 0 : n + 1, constraints?.inhibitPolicyMapping ?? n + 1),
    inhibitAny: Math.min(options.inhibitAnyPolicy ? 0 : n + 1, anchor?.inhibitAnyPolicy ?? n + 1),
  };
}

/** Of two sets of policies, where absent and anyPolicy stand for all. */
function intersection(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  if (b === undefined || b.includes(ANY_POLICY)) return a;
  if (a === undefined || a.includes(ANY_POLICY)) return b;
  const wanted = new Set(a);
  return b.filter(oid => wanted.has(oid));
}

/** Nodes and edges. */
function sizeOf(graph: Graph | null): number {
  let size = 0;
  for (const level of graph ?? []) for (const node of level.values()) size += 1 + node.parents.length;
  return size;
}

/** Policies decide only where an explicit one is required, by the caller or by a certificate. */
function matters(path: readonly Certificate[], inputs: Inputs): boolean {
  return (
    inputs.explicit <= path.length ||
    path.some(certificate => certificate.policyConstraints?.requireExplicitPolicy !== undefined)
  );
}

function policyError(problem: string, rule: string): Fault {
  return fault('ERR_CERT_POLICY', problem, rule, 'Use certificates issued under a policy that you and the CA accept.');
}

/** RFC 9618 §5.1 (the new §6.1.3 (d) and (e)): the next level of the graph, or null. */
function grow(graph: Graph | null, certificate: Certificate, anyAllowed: boolean): Graph | null {
  const policies = certificate.certificatePolicies;
  if (graph === null || policies === undefined || hasRepeatedPolicy(policies)) return null;
  const above = graph[graph.length - 1];
  // Which nodes above expect a policy; built once, so that the work is linear.
  const expecting = new Map<string, string[]>();
  for (const [policy, node] of above) {
    for (const expected of node.expected) {
      const list = expecting.get(expected);
      if (list === undefined) expecting.set(expected, [policy]);
      else list.push(policy);
    }
  }
  const level = new Map<string, PolicyNode>();
  let hasAny = false;
  for (const { oid } of policies) {
    if (oid === ANY_POLICY) {
      hasAny = true;
      continue;
    }
    const parents = expecting.get(oid) ?? (above.has(ANY_POLICY) ? [ANY_POLICY] : []);
    if (parents.length > 0) level.set(oid, { parents, expected: new Set([oid]) });
  }
  if (hasAny && anyAllowed) {
    for (const [policy, parents] of expecting) {
      if (!level.has(policy)) level.set(policy, { parents, expected: new Set([policy]) });
    }
  }
  graph.push(level);
  return prune(graph);
}

/** RFC 9618 §5.1 (the new §6.1.4 (b)). */
function applyMappings(graph: Graph | null, certificate: Certificate, allowed: boolean): Graph | null {
  const mappings = certificate.policyMappings;
  if (graph === null || mappings === undefined) return graph;
  const level = graph[graph.length - 1];
  const domains = new Map<string, Set<string>>();
  for (const { issuerDomain, subjectDomain } of mappings) {
    const subjects = domains.get(issuerDomain);
    if (subjects === undefined) domains.set(issuerDomain, new Set([subjectDomain]));
    else subjects.add(subjectDomain);
  }
  const hasAny = level.has(ANY_POLICY);
  for (const [policy, subjects] of domains) {
    const node = level.get(policy);
    if (!allowed) level.delete(policy);
    else if (node !== undefined) node.expected = subjects;
    else if (hasAny) level.set(policy, { parents: [ANY_POLICY], expected: subjects });
  }
  return allowed ? graph : prune(graph);
}

/** Deletes nodes without children above the last level; null if nothing is left. */
function prune(graph: Graph): Graph | null {
  for (let depth = graph.length - 1; depth > 0; depth--) {
    const used = new Set<string>();
    for (const node of graph[depth].values()) for (const parent of node.parents) used.add(parent);
    for (const policy of [...graph[depth - 1].keys()]) if (!used.has(policy)) graph[depth - 1].delete(policy);
  }
  return graph[0].size === 0 || graph[graph.length - 1].size === 0 ? null : graph;
}

/** RFC 9618 §5.1 (the new §6.1.5 (g)): is the set of policies that user and authorities agree on not empty? */
function acceptable(graph: Graph | null, initial: readonly string[] | undefined): boolean {
  if (graph === null) return false;
  if (initial === undefined || initial.includes(ANY_POLICY)) return true;
  if (graph[graph.length - 1].has(ANY_POLICY)) return initial.length > 0;
  const wanted = new Set(initial);
  // Policies in the authority's own domain are those whose parent is anyPolicy.
  for (let depth = 1; depth < graph.length; depth++) {
    for (const [policy, node] of graph[depth]) {
      if (policy !== ANY_POLICY && wanted.has(policy) && node.parents.includes(ANY_POLICY)) return true;
    }
  }
  return false;
}
