// Constant-time trace check of the rsa_private binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('rsa_private');
