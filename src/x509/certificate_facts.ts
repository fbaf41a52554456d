// What one verification found out about one certificate, each thing once however many paths it is tried in: a stranger may
// send many certificates that nearly fit. All that is found is charged to the budget when it is found.

import { TlsError } from '../base/errors.ts';
import type { CertificateStrength } from '../crypto/signature.ts';
import type { Budget } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { aboutCertificates, type Fault, faultOf } from './certificate_error.ts';
import { certificateFault, issuerFault, purposeFault, trustedFault } from './certificate_rules.ts';
import type { NameConstraints } from './extensions.ts';
import type { NameConstraintsFeature } from './features.ts';
import type { ConstrainedName } from './name_constraints.ts';
import type { Profile, Role } from './profile.ts';

export class CertificateFacts {
  readonly certificate: Certificate;
  readonly #budget: Budget;
  /** Milliseconds since the epoch. */
  readonly #time: number;
  readonly #strength: CertificateStrength;
  readonly #found = new Map<unknown, Fault | null>();
  #names: readonly ConstrainedName[] | undefined;
  #charged = false;

  constructor(certificate: Certificate, budget: Budget, time: number, strength: CertificateStrength) {
    this.certificate = certificate;
    this.#budget = budget;
    this.#time = time;
    this.#strength = strength;
  }

  /** What must hold wherever it stands in a path. */
  fault(): Fault | null {
    return this.#once('fault', () => certificateFault(this.certificate, this.#time, this.#strength));
  }

  /** The same for a certificate that is trusted as it is. */
  trustedFault(): Fault | null {
    return this.#once('trusted', () => trustedFault(this.certificate, this.#time, this.#strength));
  }

  /** May it issue others? */
  issuerFault(): Fault | null {
    return this.#once('issuer', () => issuerFault(this.certificate));
  }

  purposeFault(purpose: string | undefined): Fault | null {
    return this.#once(`purpose ${purpose}`, () => purposeFault(this.certificate, purpose));
  }

  profileFault(profile: Profile | undefined, role: Role): Fault | null {
    if (profile === undefined) return null;
    return this.#once(`profile ${profile.name} ${role}`, () => profile.certificateFault(this.certificate, role));
  }

  /** Do its names satisfy the constraints of one above it? */
  constraintFault(constraints: NameConstraints, { names, fault }: NameConstraintsFeature): Fault | null {
    return this.#once(constraints, () => {
      this.#names ??= names(this.certificate);
      this.#budget.take('comparisons', this.#names.length);
      const bases = constraints.permitted.length + constraints.excluded.length;
      this.#budget.takeItems(this.#names.length + bases);
      return fault(this.#names, constraints);
    });
  }

  /** A decoding error is a fault like any other. */
  #once(what: unknown, find: () => Fault | null): Fault | null {
    const known = this.#found.get(what);
    if (known !== undefined) return known;
    if (!this.#charged) this.#budget.takeReading(this.certificate.der.length);
    this.#charged = true;
    let found: Fault | null;
    try {
      found = find();
    } catch (error) {
      if (!(error instanceof TlsError) || !aboutCertificates(error)) throw error;
      found = faultOf(error);
    }
    this.#found.set(what, found);
    return found;
  }
}
