// Constant-time trace check of the mldsa binary.

import { checkFamilies } from './check_family.ts';

checkFamilies('mldsa');
