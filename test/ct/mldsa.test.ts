// Constant-time trace check of the mldsa binary.

import { checkFamily } from './check_family.ts';

checkFamily('mldsa');
