// Constant-time trace check of the rsa_private binary, but for finite-field Diffie-Hellman (ffdh.test.ts) and for keys
// that are made or read (rsa_keys.test.ts).

import { checkFamily } from './check_family.ts';
import { ffdhSubjects } from './subjects/ffdh.ts';
import { rsaKeySubjects } from './subjects/rsa.ts';

checkFamily('rsa_private', [...ffdhSubjects, ...rsaKeySubjects]);
