// Constant-time trace check of finite-field powers in the rsa_private binary: a file of their own, because the largest
// groups take as long as everything else in it.

import { checkSubjects } from './check_family.ts';
import { ffdhSubjects } from './subjects/ffdh.ts';

checkSubjects(ffdhSubjects);
