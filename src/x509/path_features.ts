// The features of path validation with their code.

import type { VerifierFeatures } from './features.ts';
import { constrainedNames, nameConstraintFault } from './name_constraints.ts';
import { policyFault } from './policy.ts';

/** Name constraints of CAs, and of anchors, are processed. Without: chains that have any are refused. */
export const nameConstraints: VerifierFeatures = {
  nameConstraints: { names: constrainedNames, fault: nameConstraintFault },
};

/** Certificate policies are processed (`policies`). Without: chains whose CAs constrain them are refused. */
export const certificatePolicies: VerifierFeatures = { certificatePolicies: policyFault };

/** All of path validation. */
export const wholePaths: VerifierFeatures = {
  nameConstraints: { names: constrainedNames, fault: nameConstraintFault },
  certificatePolicies: policyFault,
};
