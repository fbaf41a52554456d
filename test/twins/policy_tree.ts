// The valid_policy_tree of RFC 5280 §6.1, word for word and exponential: the slow twin of src/x509/policy.ts, which does
// the same with the graph of RFC 9618.

/** What of a certificate the algorithm looks at. */
export interface PolicyCertificate {
  readonly selfIssued: boolean;
  readonly certificatePolicies: readonly { readonly oid: string; readonly qualifiers: readonly [] }[] | undefined;
  readonly policyMappings: readonly { readonly issuerDomain: string; readonly subjectDomain: string }[] | undefined;
  readonly policyConstraints:
    | { readonly requireExplicitPolicy: number | undefined; readonly inhibitPolicyMapping: number | undefined }
    | undefined;
  readonly inhibitAnyPolicy: number | undefined;
}

export interface PolicyInputs {
  readonly initialPolicySet?: readonly string[];
  readonly requireExplicitPolicy?: boolean;
  readonly inhibitPolicyMapping?: boolean;
  readonly inhibitAnyPolicy?: boolean;
}

interface TreeNode {
  depth: number;
  policy: string;
  expected: string[];
  parent: TreeNode | null;
  children: TreeNode[];
}

const ANY = '2.5.29.32.0';

/** True if the path is valid as far as policies go. @param path from the anchor down */
export function policyTreeAccepts(path: readonly PolicyCertificate[], inputs: PolicyInputs): boolean {
  const n = path.length;
  let tree: TreeNode | null = { depth: 0, policy: ANY, expected: [ANY], parent: null, children: [] };
  let explicit = inputs.requireExplicitPolicy ? 0 : n + 1;
  let inhibitAny = inputs.inhibitAnyPolicy ? 0 : n + 1;
  let mapping = inputs.inhibitPolicyMapping ? 0 : n + 1;

  for (let i = 1; i <= n; i++) {
    const certificate = path[i - 1];
    const policies = certificate.certificatePolicies?.map(policy => policy.oid);
    // (d)
    if (policies !== undefined && tree !== null) {
      const above = atDepth(tree, i - 1);
      for (const policy of policies.filter(oid => oid !== ANY)) {
        const expecting = above.filter(node => node.expected.includes(policy));
        for (const node of expecting) add(node, policy, [policy]);
        if (expecting.length === 0) for (const node of above.filter(a => a.policy === ANY)) add(node, policy, [policy]);
      }
      if (policies.includes(ANY) && (inhibitAny > 0 || (i < n && certificate.selfIssued))) {
        for (const node of above) {
          for (const value of node.expected)
            if (!node.children.some(c => c.policy === value)) add(node, value, [value]);
        }
      }
      tree = prune(tree, i - 1);
    }
    // (e), (f)
    if (policies === undefined) tree = null;
    if (explicit === 0 && tree === null) return false;
    if (i === n) break;

    // §6.1.4 (a), (b)
    const mappings = certificate.policyMappings ?? [];
    if (mappings.some(m => m.issuerDomain === ANY || m.subjectDomain === ANY)) return false;
    for (const domain of new Set(mappings.map(m => m.issuerDomain))) {
      if (tree === null) break;
      const subjects = [...new Set(mappings.filter(m => m.issuerDomain === domain).map(m => m.subjectDomain))];
      const nodes = atDepth(tree, i).filter(node => node.policy === domain);
      if (mapping > 0) {
        for (const node of nodes) node.expected = subjects;
        if (nodes.length === 0 && atDepth(tree, i).some(node => node.policy === ANY)) {
          for (const node of atDepth(tree, i - 1)) if (node.policy === ANY) add(node, domain, subjects);
        }
      } else {
        for (const node of nodes) remove(node);
        tree = prune(tree, i - 1);
      }
    }
    // (h), (i), (j)
    if (!certificate.selfIssued) {
      if (explicit > 0) explicit--;
      if (mapping > 0) mapping--;
      if (inhibitAny > 0) inhibitAny--;
    }
    explicit = Math.min(explicit, certificate.policyConstraints?.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, certificate.policyConstraints?.inhibitPolicyMapping ?? mapping);
    inhibitAny = Math.min(inhibitAny, certificate.inhibitAnyPolicy ?? inhibitAny);
  }
  // §6.1.5 (a), (b), (g)
  const last = path[n - 1];
  if (last.policyMappings?.some(m => m.issuerDomain === ANY || m.subjectDomain === ANY)) return false;
  if (explicit > 0) explicit--;
  if (last.policyConstraints?.requireExplicitPolicy === 0) explicit = 0;
  if (tree !== null && inputs.initialPolicySet !== undefined && !inputs.initialPolicySet.includes(ANY)) {
    tree = intersect(tree, inputs.initialPolicySet, n);
  }
  return explicit > 0 || tree !== null;
}

function intersect(tree: TreeNode, initial: readonly string[], n: number): TreeNode | null {
  const set = all(tree).filter(node => node.parent?.policy === ANY);
  for (const node of set) if (node.policy !== ANY && !initial.includes(node.policy)) remove(node);
  const any = atDepth(tree, n).find(node => node.policy === ANY);
  if (any !== undefined) {
    for (const policy of initial) if (!set.some(node => node.policy === policy)) add(any.parent!, policy, [policy]);
    remove(any);
  }
  return prune(tree, n - 1);
}

function add(parent: TreeNode, policy: string, expected: string[]): void {
  parent.children.push({ depth: parent.depth + 1, policy, expected, parent, children: [] });
}

function remove(node: TreeNode): void {
  node.parent!.children = node.parent!.children.filter(child => child !== node);
}

function all(tree: TreeNode): TreeNode[] {
  return [tree, ...tree.children.flatMap(all)];
}

function atDepth(tree: TreeNode, depth: number): TreeNode[] {
  return all(tree).filter(node => node.depth === depth);
}

/** Deletes nodes of `depth` or less without children until there are none. */
function prune(tree: TreeNode, depth: number): TreeNode | null {
  for (;;) {
    const childless = all(tree).filter(node => node.depth <= depth && node.children.length === 0);
    if (childless.length === 0) return tree;
    if (childless.includes(tree)) return null;
    for (const node of childless) remove(node);
  }
}
