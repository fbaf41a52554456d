// Constant-time trace check of RSA keys that are made or read: a file of their own, because they take half as long as all
// of the rsa_private binary.

import { checkSubjects } from './check_family.ts';
import { rsaKeySubjects } from './subjects/rsa.ts';

checkSubjects(rsaKeySubjects);
