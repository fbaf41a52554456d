// Constant-time trace check of the rsa_private binary, but for finite-field Diffie-Hellman: ffdh.test.ts.

import { checkFamily } from './check_family.ts';
import { ffdhSubjects } from './subjects/ffdh.ts';

checkFamily('rsa_private', ffdhSubjects);
